#!/usr/bin/env python3
"""Whatever ends a sync at whatever moment, and whatever changes during it: the next one puts it right."""
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403

FILES = 300


def start(_, *arguments):
    return subprocess.Popen([TOOL, *arguments], env=dict(os.environ, SEALSYNC_PASSPHRASE="correct horse"),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True)


def fill(folder, seed):
    chance = random.Random(seed)
    for number in range(FILES):
        write(folder, f"{number % 17}/{number}", chance.randbytes(chance.choice((0, 10, 4096, 70_000))),
              mode=chance.choice((0o644, 0o600)))


def shake(folder, seed):
    """Edits, renames and deletions, never of what the other device touches."""
    chance = random.Random(seed)
    for number in range(seed % 2, FILES, 2):
        path = os.path.join(folder, b"%d/%d" % (number % 17, number))
        what = chance.randrange(30)
        if not os.path.exists(path) or what > 9:
            continue
        if what == 0:
            os.remove(path)
        elif what == 1:
            os.rename(path, path + b" renamed")
        else:
            write(folder, f"{number % 17}/{number}", chance.randbytes(chance.choice((5, 5000, 66_000))))


def killed_syncs(world, folder, how_often, chance):
    """How many of the syncs were killed before they ended."""
    began = time.monotonic()
    world.sync(folder)
    usual = time.monotonic() - began
    killed = 0
    for round_number in range(how_often):
        yield round_number
        process = start(world, "sync", folder)
        try:
            process.communicate(timeout=chance.random() * usual * 1.2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
        usual = max(usual, 0.05)
    assert killed > 0, "no sync was killed"


def kill(world, seed):
    chance = random.Random(seed)
    laptop, phone = world.pair()
    fill(laptop, seed)
    for number in killed_syncs(world, laptop, 5, chance):
        shake(laptop, 2 * number)
    for number in killed_syncs(world, phone, 5, chance):
        shake(laptop, 2 * number + 100)
        world.sync(laptop)
        shake(phone, 2 * number + 1)
    world.sync(phone, laptop, phone, laptop)
    found = check_equal(laptop, phone)
    assert not any(b"(conflict" in path for path in found), [path for path in found if b"(conflict" in path]
    assert len(found) > FILES / 2
    world.run("verify", laptop)


@case
def kill_one(world):
    """syncs killed at random moments lose nothing (seed 1)"""
    kill(world, 1)


@case
def kill_two(world):
    """syncs killed at random moments lose nothing (seed 2)"""
    kill(world, 2)


def put_to_use(folder, chance):
    """What people do to large files: write, copy, rename, swap and delete them."""
    for _ in range(chance.randrange(1, 5)):
        there = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name != b".sealsync"]
        what = chance.randrange(8) if there else 0
        one, other = (chance.choice(there), chance.choice(there)) if there else (None, None)
        if what < 2:
            write(folder, f"file {chance.randrange(6)}", chance.randbytes(chance.choice((10, 70_000, 70_000, 150_000))))
        elif what == 2:
            os.remove(one)
        elif what == 3:
            os.rename(one, os.path.join(folder, b"renamed %d" % chance.randrange(6)))
        elif what == 4:
            write(folder, f"copied {chance.randrange(4)}", read(folder, os.path.basename(one)))
        elif what > 5:
            write(folder, os.path.basename(one), chance.randbytes(chance.choice((10, 70_000))))
        elif one != other:
            content = read(folder, os.path.basename(one))
            os.rename(other, one)
            write(folder, os.path.basename(other), content)


def shortened_sync(folder, chance):
    process = start(None, "sync", folder)
    try:
        process.communicate(timeout=chance.random() * 0.04)
    except subprocess.TimeoutExpired:
        process.send_signal(chance.choice((signal.SIGKILL, signal.SIGINT)))
        process.communicate()


def large_conflicts(world, seed):
    chance = random.Random(seed)
    folders = world.pair()
    for _ in range(8):
        for folder in folders * 4:
            put_to_use(folder, chance)
            shortened_sync(folder, chance)
            if chance.random() < 0.3:
                put_to_use(folder, chance)
            if chance.random() < 0.4:
                world.sync(folder)
        world.sync(*folders * 3)
        check_equal(*folders)
        for folder in folders:
            world.run("sync", folder, never="wait")
            assert ", 0 to push" in world.run("status", folder)


@case
def large_conflicts_one(world):
    """no large file waits for ever, whatever was in conflict, copied or renamed when a sync was cut short (seed 1)"""
    large_conflicts(world, 1)


@case
def large_conflicts_two(world):
    """no large file waits for ever, whatever was in conflict, copied or renamed when a sync was cut short (seed 2)"""
    large_conflicts(world, 2)


@case
def interrupted_in_conflict(world):
    """a sync interrupted between what it pulled and what it had to push replaces no file that is not pushed yet"""
    laptop, phone = world.pair()
    write(laptop, "large", os.urandom(100_000))
    world.sync(laptop, phone)
    write(phone, "large", os.urandom(100_000))
    sync_in_vain(world, phone)
    write(laptop, "large", os.urandom(100_000))  # the newer one
    world.sync(laptop)
    for number in range(40):
        write(phone, f"other {number}", os.urandom(300_000))
    before, stored = read(phone, "large"), len(world.objects(ending=b"data.blob"))
    process = start(world, "sync", phone)
    while process.poll() is None and len(world.objects(ending=b"data.blob")) == stored:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == LATER and read(phone, "large") == before
    world.sync(phone)
    assert ", 0 to push" in world.run("status", phone)
    world.sync(laptop)
    check_equal(laptop, phone)


@case
def copied_and_deleted(world):
    """a large file whose latest copy is deleted, or edited, before it was pushed is pushed from where it still is"""
    laptop, phone = world.pair()
    write(laptop, "small", b"")
    world.sync(laptop)
    for number, undo in enumerate((lambda folder: os.remove(os.path.join(folder, b"copy 0")),
                                   lambda folder: write(folder, "copy 1", os.urandom(90_000)))):
        content = os.urandom(100_000)
        write(laptop, f"large {number}", content)
        sync_in_vain(world, laptop)
        write(laptop, f"copy {number}", content)
        sync_in_vain(world, laptop)
        undo(laptop)
        world.run("sync", laptop, never="wait")
        assert ", 0 to push" in world.run("status", laptop)
        world.sync(phone)
        check_equal(laptop, phone)


@case
def lost_index(world):
    """what others rename, change and delete while a device has lost its index is no edit of that device"""
    laptop, phone = world.pair()
    for name in ("old/renamed", "changed", "deleted", "edited here"):
        write(laptop, name, b"first")
    write(laptop, "old/large", os.urandom(100_000))
    world.sync(laptop, phone)
    os.remove(os.path.join(phone, b".sealsync/index"))
    write(phone, "edited here", b"phone's")
    os.rename(os.path.join(laptop, b"old"), os.path.join(laptop, b"new"))
    os.remove(os.path.join(laptop, b"deleted"))
    write(laptop, "changed", b"second")
    world.sync(laptop, phone, laptop)
    found = check_equal(laptop, phone)
    assert b"./old" not in found and b"./deleted" not in found and read(phone, "changed") == b"second"
    assert b"phone's" in contents_of_files(found)


def contents_of_files(found):
    return [what[3] for what in found.values() if len(what) == 4]


@case
def first_sync_killed(world):
    """a first sync that is killed while it writes, before the others rename all, brings no old name back"""
    laptop, phone = world.pair()
    for number in range(3000):
        write(laptop, f"old/{number}", b"%d" % number)
    world.sync(laptop)
    process = start(world, "sync", phone)
    while process.poll() is None and not os.path.exists(os.path.join(phone, b"old")):
        time.sleep(0.001)
    time.sleep(0.02)
    process.kill()
    process.communicate()
    os.rename(os.path.join(laptop, b"old"), os.path.join(laptop, b"new"))
    write(laptop, "new/0", b"changed")
    world.sync(laptop)
    world.run("sync", phone, "--allow-mass-delete")
    world.sync(laptop)
    found = check_equal(laptop, phone)
    assert len(found) == 3001 and b"./old" not in found, len(found)


@case
def nowhere_any_more(world):
    """a version whose bytes were overwritten before they were pushed, with a crash between, is given up, and said so"""
    laptop, phone = world.pair()
    write(laptop, "large", os.urandom(100_000))
    world.sync(laptop, phone)
    for folder in (laptop, phone):
        write(folder, "large", os.urandom(100_000))
    world.sync(laptop, phone, laptop)
    index = os.path.join(phone, b".sealsync", b"index")
    with open(index, "rb") as file:
        before = file.read()
    write(phone, "large", os.urandom(100_000))
    sync_in_vain(world, phone)
    with open(index, "wb") as file:
        file.write(before[:5] + b"U" + before[6:])  # as a crash between replica and index leaves it
    last = os.urandom(100_000)
    write(phone, "large", last)
    world.run("sync", phone, says="nobody has that version any more")
    assert ", 0 to push" in world.run("status", phone)
    world.sync(laptop, phone)
    assert last in [entry[3] for entry in check_equal(laptop, phone).values()]


@case
def kill_init(world):
    """an init or join that was killed can be done again"""
    for name in ("laptop", "phone", "tablet"):
        folder = world.make(name)
        for pause in (0.001, 0.01, 0.03, 0.06):
            process = start(world, "join" if world.enrolled else "init", "--fast-kdf", folder, "--store",
                            b"dir:" + world.store, "--user", "alice", "--device", name)
            try:
                process.communicate(timeout=pause)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            if os.path.exists(os.path.join(folder, b".sealsync/config")):
                break
        else:
            world.enrolled = os.path.exists(os.path.join(world.store, b"users/alice/master-key.blob"))
            world.device(name)
        world.enrolled = True
        world.sync(folder)


@case
def interrupted(world):
    """an interrupted sync ends by itself, says so, and the next goes on"""
    laptop, phone = world.pair()
    for number in range(40):
        write(laptop, f"large {number}", os.urandom(300_000))
    process = start(world, "sync", laptop)
    while process.poll() is None and not any(b"attachments" in path for path in world.objects()):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == LATER and b"interrupted" in said, (process.returncode, said)
    world.sync(laptop, phone)
    check_equal(laptop, phone)


@case
def two_syncs(world):
    """of two syncs at once on one device the second is told so, and both devices are equal afterwards"""
    laptop, phone = world.pair()
    for number in range(30):
        write(laptop, f"large {number}", os.urandom(400_000))
    first = start(world, "sync", laptop)
    while first.poll() is None and not any(b"attachments" in path for path in world.objects()):
        time.sleep(0.002)
    world.run("sync", laptop, expect=LATER, says="is using this folder")
    first.communicate(timeout=60)
    assert first.returncode == GOOD
    world.sync(phone)
    check_equal(laptop, phone)


@case
def two_devices_at_once(world):
    """two devices that sync at the same time end up equal"""
    laptop, phone = world.pair()
    for number in range(100):
        write(laptop, f"laptop's {number}", os.urandom(100))
        write(phone, f"phone's {number}", os.urandom(100))
    for process in [start(world, "sync", folder) for folder in (laptop, phone)]:
        _, said = process.communicate(timeout=60)
        assert process.returncode == GOOD, said
    world.sync(laptop, phone, laptop)
    assert len(check_equal(laptop, phone)) == 200


@case
def written_meanwhile(world):
    """a file that changes during the sync arrives whole, then or the next time"""
    laptop, phone = world.pair()
    for number in range(100):
        write(laptop, f"other {number}", os.urandom(100_000))
    over = threading.Event()

    def keep_writing():
        chance = random.Random(3)
        while not over.is_set():
            for name, size in (("small", 3000), ("large", 200_000)):
                letter = bytes([chance.randrange(256)])
                write(laptop, name, letter * size)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for _ in range(5):
            done = world.run_process("sync", laptop)
            assert done.returncode in (GOOD, LATER), done
            world.run("sync", phone)
            for name in ("small", "large"):
                path = os.path.join(phone, name.encode())
                content = read(phone, name) if os.path.exists(path) else b""
                if name == "small" and content:
                    assert content == content[:1] * len(content) or len(set(content)) <= 2
    finally:
        over.set()
        writer.join()
    world.sync(laptop, phone)
    check_equal(laptop, phone)


@case
def edited_while_pulled(world):
    """a file edited here while another version of it arrives is kept beside it"""
    laptop, phone = world.pair()
    for number in range(50):
        write(laptop, f"large {number:02}", os.urandom(200_000))
    write(laptop, "zz", b"first")
    world.sync(laptop, phone)
    for number in range(50):
        write(laptop, f"large {number:02}", os.urandom(200_000))
    write(laptop, "zz", b"laptop's")
    world.sync(laptop)
    process = start(world, "sync", phone)
    staged = os.path.join(phone, b".sealsync/tmp")
    while process.poll() is None and not os.listdir(staged):
        time.sleep(0.001)
    write(phone, "zz", b"phone's")
    process.communicate(timeout=60)
    world.sync(phone, laptop, phone)
    found = check_equal(laptop, phone)
    versions = {entry[3] for path, entry in found.items() if path.startswith(b"./zz")}
    assert b"phone's" in versions, versions


@case
def watching(world):
    """watch syncs local edits and what others push, and ends when told to"""
    laptop, phone = world.pair()
    watchers = [start(world, "watch", "--poll", "1", folder) for folder in (laptop, phone)]
    lines = []
    try:
        for number in range(2):
            write(laptop, f"file {number}", b"from the laptop")
            until = time.monotonic() + 60
            while not os.path.exists(os.path.join(phone, b"file %d" % number)):
                assert time.monotonic() < until, "it did not arrive"
                time.sleep(0.05)
        world.run("status", laptop, expect=LATER, says="`sealsync watch` or another command is using this folder")
    finally:
        for watcher in watchers:
            watcher.send_signal(signal.SIGTERM)
            told, said = watcher.communicate(timeout=60)
            assert watcher.returncode == GOOD, said
            lines.append(told.decode().splitlines())
    check_equal(laptop, phone)
    for told in lines:
        assert "began" in told[0] and "ended after" in told[-1] and len(told) > 3, told
    pushed = [line for line in lines[0] if " 1 pushed" in line]
    assert len(pushed) == 2, lines[0]  # each line tells of its own round, and what that cost
    sent = [int(line.split(" bytes out")[0].split()[-1]) for line in pushed]
    assert max(sent) < 1.5 * min(sent), lines[0]


if __name__ == "__main__":
    main()
