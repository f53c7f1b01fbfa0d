#!/usr/bin/env python3
"""Whatever is wrong has its message and its exit code, and nothing is lost."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403


def damaged_pair(world, damage):
    """A pair with a file that only the laptop has; `damage` gets the path of its sealed object."""
    laptop, phone = world.pair()
    world.sync(laptop, phone)
    write(laptop, "precious", b"precious " * 1000)
    world.sync(laptop)
    damage(world.objects(under=b"alice/collections")[-1])
    return laptop, phone


@case
def wrong_passphrase(world):
    """a wrong passphrase is refused, and leaves no device behind"""
    world.device("laptop")
    phone = world.make("phone")
    arguments = ["join", phone, "--store", b"dir:" + world.store, "--user", "alice", "--device", "phone"]
    world.run(*arguments, expect=SECURITY, says="wrong passphrase", passphrase="wrong horse")
    assert names(phone) == [] and not os.path.exists(os.path.join(phone, b".sealsync"))
    world.run(*arguments)


@case
def no_passphrase(world):
    """without a terminal, a file or the environment there is no passphrase, and the message says so"""
    arguments = ["init", world.make("a"), "--store", b"dir:" + world.store, "--user", "u", "--device", "d"]
    world.run(*arguments, passphrase=None, expect=REFUSED, says="SEALSYNC_PASSPHRASE")
    world.run(*arguments, passphrase="", expect=REFUSED, says="SEALSYNC_PASSPHRASE: refused (empty)")


@case
def passphrase_file(world):
    """a passphrase comes from a file's first line; a missing or an empty file is refused"""
    arguments = ["init", world.make("a"), "--fast-kdf", "--store", b"dir:" + world.store, "--user", "u", "--device", "d"]
    for name, content in (("empty", b""), ("good", b"from a file\nmore\n")):
        write(world.root, name, content)
    world.run(*arguments, "--passphrase-file", world.path("missing"), expect=REFUSED, says="missing")
    world.run(*arguments, "--passphrase-file", world.path("empty"), expect=REFUSED, says="no passphrase")
    world.run(*arguments, "--passphrase-file", world.path("good"), passphrase=None)
    world.run("join", world.make("b"), "--store", b"dir:" + world.store, "--user", "u", "--device", "e",
              passphrase="from a file")


@case
def usage(world):
    """a command line that cannot be right is refused with exit code 1"""
    laptop = world.device("laptop")
    world.run(expect=REFUSED)
    world.run("frobnicate", expect=REFUSED)
    world.run("sync", expect=REFUSED)
    world.run("sync", laptop, "--frobnicate", expect=REFUSED)
    world.run("sync", laptop, "--passphrase", "on argv", expect=REFUSED)
    world.run("--help", says="Exit codes")
    world.run("--version")


@case
def names_given(world):
    """users, devices and stores with impossible names are refused"""
    folder = world.make("a")

    def init(store=b"dir:" + world.store, user="alice", device="laptop", **how):
        world.run("init", folder, "--fast-kdf", "--store", store, "--user", user, "--device", device, **how)

    for user in ("../alice", "a/b", "", ".", "a\nb", "\u00e4"):
        init(user=user, expect=REFUSED)
    for device in ("", "a\nb", "\x1b[31m"):
        init(device=device, expect=REFUSED, says="--device")
    for store in ("ftp://example.org", "dir:", "", "dir:new\nline"):
        init(store=store, expect=REFUSED)
    for store in (folder, os.path.join(folder, b"store"), world.root):
        init(store=b"dir:" + store, expect=REFUSED, says="one inside the other")
    init()
    init(expect=REFUSED, says="already")


@case
def missing_folders(world):
    """a folder that is missing, or not synced, is named"""
    laptop = world.device("laptop")
    world.run("sync", world.path("missing"), expect=REFUSED, says="missing")
    world.run("sync", world.make("plain"), expect=REFUSED, says="init or join")
    world.run("init", world.path("missing"), "--store", b"dir:" + world.store, "--user", "u", "--device", "d",
              expect=REFUSED, says="missing")
    world.run("sync", world.path("missing"), expect=REFUSED, says="no such folder")
    file = write(laptop, "file", b"x")
    world.run("sync", file, expect=REFUSED, says="not a synced folder")
    world.run("init", file, "--store", b"dir:" + world.store, "--user", "u", "--device", "d", expect=REFUSED,
              says="not a folder")
    os.rename(world.store, world.path("unplugged"))
    world.run("sync", laptop, expect=LATER, says="no such folder")
    world.run("status", laptop, says="A file")
    world.run("join", world.make("b"), "--store", b"dir:" + world.store, "--user", "u", "--device", "d",
              expect=LATER, says="no such folder")
    os.rename(world.path("unplugged"), world.store)
    world.sync(laptop)


@case
def no_vault(world):
    """joining where there is no vault, or creating where there is one, is refused"""
    arguments = ["--store", b"dir:" + world.store, "--user", "alice", "--device", "phone"]
    world.make("phone")
    for says in ("no vault here", "the store is empty", "is its disk mounted?"):
        world.run("join", os.path.join(world.root, b"phone"), *arguments, expect=DAMAGED, says=says)
    world.device("laptop")
    world.run("join", world.path("phone"), *arguments[:2], "--user", "bob", "--device", "phone", expect=DAMAGED,
              says="nothing is under that user")
    world.run("init", world.path("phone"), *arguments, expect=LATER, says="`sealsync join`")
    world.run("join", world.path("phone"), *arguments)


@case
def lost_key_file(world):
    """a vault that has lost its key file is not taken for none: no new one is made over it, and any device has a copy"""
    laptop, phone = world.pair()
    write(laptop, "file", b"x")
    world.sync(laptop)
    os.remove(os.path.join(world.store, b"users/alice/master-key.blob"))
    before = world.objects(ending=b"")
    others = ["--store", b"dir:" + world.store, "--user", "alice", "--device", "third"]
    for command in (["init", world.make("third"), *others], ["join", world.path("third"), *others], ["sync", phone],
                    ["verify", phone]):
        world.run(*command, expect=DAMAGED, says="copy FOLDER/.sealsync/master-key.blob of any of its devices there")
    assert world.objects(ending=b"") == before
    shutil.copy(os.path.join(laptop, b".sealsync/master-key.blob"), os.path.join(world.store, b"users/alice/"))
    world.sync(phone)
    check_equal(laptop, phone)
    world.run("join", world.path("third"), *others)


@case
def other_vault(world):
    """another vault under the prefix is refused, and nothing is put there"""
    laptop = world.device("laptop")
    write(laptop, "file", b"x")
    world.sync(laptop)
    shutil.rmtree(world.store)
    os.mkdir(world.store)
    world.enrolled = False
    world.device("stranger")
    before = world.objects(ending=b"")
    write(laptop, "file", b"y")
    world.run("sync", laptop, expect=SECURITY, says="another vault")
    assert world.objects(ending=b"") == before
    assert read(laptop, "file") == b"y"


@case
def emptied_store(world):
    """an emptied store deletes nothing here"""
    laptop = world.device("laptop")
    write(laptop, "file", b"x")
    world.sync(laptop)
    shutil.rmtree(os.path.join(world.store, b"users"))
    for command in ("sync", "verify", "log"):
        world.run(command, laptop, expect=DAMAGED, says="no vault here (the store is empty); is its disk mounted?")
    assert read(laptop, "file") == b"x"


def truncate(path):
    os.truncate(path, os.path.getsize(path) - 1)


def check_damage(world, damage, code, says):
    """Nothing else is held up, nothing is overwritten, and the object's return mends it."""
    kept = []

    def keep_and_damage(path):
        with open(path, "rb") as file:
            kept.append((path, file.read()))
        damage(path)

    laptop, phone = damaged_pair(world, keep_and_damage)
    write(phone, "phone's", b"phone's")
    world.run("sync", phone, expect=code, says=says)
    assert read(phone, "phone's") == b"phone's" and names(phone) == ["phone's"]
    world.run("verify", laptop, expect=code, says=says)
    world.run("verify", laptop, expect=code, says="precious: users/alice/collections/")
    world.sync(laptop)
    assert names(laptop) == ["phone's", "precious"]
    path, content = kept[0]
    with open(path, "wb") as file:
        file.write(content)
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    world.run("verify", laptop)


@case
def corrupt(world):
    """a corrupt object is found out"""
    check_damage(world, flip, SECURITY, "not the bytes whose digest its segment has")


@case
def truncated(world):
    """a truncated object is found out"""
    check_damage(world, truncate, SECURITY, "not the bytes whose digest its segment has")


@case
def removed(world):
    """a removed object is found out"""
    check_damage(world, os.remove, DAMAGED, "missing")


@case
def named(world):
    """of a damaged object the file is named where it is known, and a change of that file mends it"""
    laptop, phone = world.pair()
    write(laptop, "folder/precious", b"first")
    world.sync(laptop, phone)
    write(laptop, "folder/precious", b"second " * 1000)
    world.sync(laptop)
    flip(world.objects(under=b"alice/collections")[-1])
    for command in ("sync", "verify"):
        world.run(command, phone, expect=SECURITY, says="folder/precious: users/alice/")
        world.run(command, phone, expect=SECURITY, says="change the file's content on a device that has it")
    assert read(phone, "folder/precious") == b"first"
    os.rename(os.path.join(laptop, b"folder/precious"), os.path.join(laptop, b"away"))
    world.sync(laptop)
    os.rename(os.path.join(laptop, b"away"), os.path.join(laptop, b"folder/precious"))
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    world.run("verify", phone)


@case
def named_large(world):
    """a damaged large file is named, and mended by a change of its content, not of its time"""
    laptop, phone = world.pair()
    for name in ("large", "large, too"):
        write(laptop, name, b"large" * 50_000)
    world.sync(laptop)
    flip(next(one for one in world.objects() if one.endswith(b"/data.blob")))
    for says in ("large, large, too: users/alice/", "change the file's content", "its time is not enough"):
        world.run("verify", laptop, expect=SECURITY, says=says)
    os.utime(os.path.join(laptop, b"large"))
    world.sync(laptop)
    world.run("sync", phone, expect=SECURITY, says="write large")
    os.remove(os.path.join(laptop, b"large, too"))
    write(laptop, "large", b"other" * 50_000)
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    world.run("verify", phone)


@case
def waiting(world):
    """status tells which files wait to be pushed"""
    laptop, phone = world.pair()
    for name in ("deleted", "edited"):
        write(laptop, name, b"x")
    world.sync(laptop)
    os.remove(os.path.join(laptop, b"deleted"))
    write(laptop, "edited", b"y")
    write(laptop, "large", os.urandom(100_000))
    sync_in_vain(world, laptop)
    write(laptop, "new", b"z")
    lines = world.run("status", laptop).splitlines()
    assert [line for line in lines if line[:2] in ("P ", "A ", "M ", "D ")] == ["P deleted", "P edited", "P large", "A new"], lines
    assert "1 changed here, 3 to push" in lines[-1], lines
    world.sync(laptop)
    world.run("status", laptop, says="0 changed here, 0 to push")


@case
def unwritable_folder(world):
    """a folder that cannot become a device is said to take no writes"""
    world.give_to_nobody()
    laptop = world.device("laptop")
    os.chmod(world.make("phone"), 0o555)
    world.run("join", world.path("phone"), "--store", b"dir:" + world.store, "--user", "alice", "--device", "phone",
              expect=UNUSABLE, says="phone: takes no writes (Permission denied)")
    world.sync(laptop)


@case
def unwritable(world):
    """a folder that takes no writes is said to be one, what is beside it arrives, and the rest follows"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    for name in ("folder/changed", "folder/deleted", "emptied/below/file"):
        write(laptop, name, b"first")
    for name in ("folder", "emptied"):
        os.chown(os.path.join(laptop, os.fsencode(name)), world.user or -1, -1)
    world.sync(laptop, phone)
    if os.geteuid() != 0:
        raise Skip("needs folders of somebody else")
    for name in ("folder", "emptied"):
        os.chown(os.path.join(phone, os.fsencode(name)), 0, -1)
    write(laptop, "folder/changed", b"second")
    write(laptop, "folder/new", b"new")
    write(laptop, "folder/made/below", b"new")
    write(laptop, "beside", b"beside")
    os.remove(os.path.join(laptop, b"folder/deleted"))
    shutil.rmtree(os.path.join(laptop, b"emptied/below"))
    world.sync(laptop)
    for name in ("folder/changed", "folder/deleted", "folder/new", "folder/made/below", "emptied/below"):
        world.run("sync", phone, expect=UNUSABLE, says=f"write: {name}: takes no writes (Permission denied)",
                  never="while it was synced")
    assert read(phone, "beside") == b"beside" and read(phone, "folder/changed") == b"first"
    for name in ("folder", "emptied"):
        os.chown(os.path.join(phone, os.fsencode(name)), world.user, -1)
    world.sync(phone, laptop)
    assert len(check_equal(laptop, phone)) == 7  # what was deleted is not taken for new
    assert read(phone, "folder/changed") == b"second" and names(os.path.join(phone, b"emptied")) == []


@case
def swapped(world):
    """two swapped objects are found out"""
    laptop, phone = world.pair()
    for name in ("one", "two"):
        write(laptop, name, name.encode() * 500)
    world.sync(laptop)
    one, two = world.objects(under=b"alice/collections")[-2:]
    os.rename(one, one + b".aside")
    os.rename(two, one)
    os.rename(one + b".aside", two)
    world.run("sync", phone, expect=SECURITY, says="digest")
    assert names(phone) == []


@case
def damaged_large(world):
    """a damaged large file is found out, what is beside it arrives, and the file follows when it is mended"""
    laptop, phone = world.pair()
    write(laptop, "large", os.urandom(500_000))
    write(laptop, "small", b"small")
    world.sync(laptop)
    path = next(one for one in world.objects() if one.endswith(b"/data.blob"))
    flip(path)
    world.run("sync", phone, expect=SECURITY, says="write large")
    assert names(phone) == ["small"]
    flip(path)
    world.sync(phone)
    check_equal(laptop, phone)


@case
def damaged_manifest(world):
    """a damaged manifest is found out"""
    laptop, phone = world.pair()
    write(laptop, "file", b"x")
    world.sync(laptop)
    flip(world.objects(under=b"alice/devices")[-1])
    world.run("sync", phone, expect=SECURITY)
    assert names(phone) == []


@case
def damaged_head(world):
    """a damaged head is told and written anew by the same sync, which brings all over"""
    laptop, phone = world.pair()
    write(laptop, "file", b"x")
    world.sync(laptop)
    flip(os.path.join(world.store, b"users/alice/sync-manifest.blob"))
    world.run("sync", phone, expect=SECURITY, says="users/alice/sync-manifest.blob: not what its author wrote")
    check_equal(laptop, phone)
    world.sync(phone, laptop)
    flip(os.path.join(world.store, b"users/alice/sync-manifest.blob"))
    world.run("sync", laptop, expect=SECURITY, says="each sync writes it anew")
    world.sync(laptop, phone)


@case
def damaged_keys(world):
    """a damaged key file is refused before anything is done"""
    laptop, phone = world.pair()
    write(laptop, "file", b"x")
    flip(os.path.join(world.store, b"users/alice/master-key.blob"))
    world.run("sync", laptop, expect=SECURITY)
    world.run("join", world.make("third"), "--store", b"dir:" + world.store, "--user", "alice", "--device", "third",
              expect=SECURITY)


@case
def damaged_state(world):
    """a damaged index costs time, not files; damaged keys and replicas are refused"""
    laptop, phone = world.pair()
    write(laptop, "file", b"x")
    world.sync(laptop, phone)
    index = os.path.join(laptop, b".sealsync/index")
    flip(index)
    write(laptop, "other", b"y")
    world.sync(laptop, phone)
    assert len(check_equal(laptop, phone)) == 2
    os.remove(index)
    world.sync(laptop, phone)
    assert len(check_equal(laptop, phone)) == 2
    flip(os.path.join(laptop, b".sealsync/device.key"))
    world.run("sync", laptop, expect=SECURITY, says="key slot")
    write(phone, ".sealsync/replica.db", b"not a database" * 1000)
    world.run("sync", phone, expect=DAMAGED, says="move .sealsync out of the folder")
    assert read(phone, "file") == b"x"


@case
def read_only_store(world):
    """a read-only store is said to be one; edits wait"""
    laptop, phone = world.pair()
    write(laptop, "file", b"x")
    with mounted(world.store, "--bind", world.store):
        subprocess.run(["mount", "-o", "remount,ro,bind", world.store], check=True)
        world.run("sync", laptop, expect=UNUSABLE, says="takes no writes")
        world.run("init", world.make("b"), "--store", b"dir:" + world.store, "--user", "bob", "--device", "d",
                  expect=UNUSABLE)
    world.sync(laptop, phone)
    check_equal(laptop, phone)


@case
def full_store(world):
    """a full store is said to be one; edits wait"""
    laptop = world.make("laptop")
    with mounted(world.store, "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        world.device("laptop")
        write(laptop, "fits", b"x")
        write(laptop, "large", os.urandom(2_000_000))
        world.run("sync", laptop, expect=UNUSABLE, says="no space left")
        subprocess.run(["mount", "-o", "remount,size=10m", world.store], check=True)
        world.sync(laptop)
        phone = world.device("phone")
        world.sync(phone)
        check_equal(laptop, phone)


@case
def full_folder(world):
    """a full disk below the folder is said to be one; what is there stays, the rest follows"""
    laptop = world.device("laptop")
    phone = world.make("phone")
    write(laptop, "file", b"second")
    write(laptop, "large", os.urandom(3_000_000))
    world.sync(laptop)
    with mounted(phone, "-t", "tmpfs", "-o", "size=1500k", "tmpfs"):
        world.device("phone")
        world.run("sync", phone, expect=UNUSABLE, says="no space left")
        subprocess.run(["mount", "-o", "remount,size=20m", phone], check=True)
        world.sync(phone)
        check_equal(laptop, phone)


@case
def mass_delete(world):
    """the deletion of more than half of everything waits for a person"""
    laptop, phone = world.pair()
    for number in range(120):
        write(laptop, str(number), b"x")
    world.sync(laptop, phone)
    for number in range(100):
        os.remove(os.path.join(laptop, b"%d" % number))
    world.sync(laptop)
    world.run("sync", phone, expect=SECURITY, says="more than half")
    assert len(names(phone)) == 120
    world.run("sync", phone, "--allow-mass-delete")
    check_equal(laptop, phone)


@case
def hostile_device(world):
    """records of a hostile device stay inside the folder, and hold nothing up"""
    laptop, phone = world.pair()
    outside = world.make("outside")
    world.sync(laptop, phone)
    helper = os.path.join(BINARIES, "sealsync_hostile_device")
    if not os.path.exists(helper):
        raise Skip("sealsync_hostile_device is not built")
    subprocess.run([helper, laptop, outside], check=True)
    for reason in ("leads out of the folder", "NUL in the name", "absolute", "inside a device's own state", "a name over 255 bytes",
                   "not a file's record", "unknown kind"):
        world.run("sync", phone, expect=DAMAGED, says=reason)
    found = snapshot(phone)
    assert read(phone, "harmless") == b"harmless"
    links = [entry[2] for path, entry in found.items() if path.startswith(b"./link (conflict ")]
    assert links == [outside] and found[b"./link/escaped"][3] == b"hostile", found
    assert os.listdir(outside) == [] and not os.path.exists(world.path("escaped"))
    assert os.stat(os.path.join(phone, b"program")).st_mode & 0o7000 == 0
    with open(os.path.join(phone, b".sealsync/config"), "rb") as file:
        assert b"hostile" not in file.read()


@case
def full_output(world):
    """output that cannot be written is no success"""
    laptop = world.device("laptop")
    if not os.path.exists("/dev/full"):
        raise Skip("needs /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TOOL, "ls", laptop], stdout=full, stderr=subprocess.PIPE, timeout=300)
    assert done.returncode == UNUSABLE and b"could not be written" in done.stderr, done


if __name__ == "__main__":
    main()
