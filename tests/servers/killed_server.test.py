#!/usr/bin/env python3
"""kill -9 of the server, and of whoever syncs with it, at random moments: everything converges, nothing is lost."""
import contextlib
import os
import random
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
from folders import DONE, LATER, differences, pair  # noqa: E402
from harness import Bucket, main, on  # noqa: E402

CEPH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ceph_rgw.sh")
SEED = int(os.environ.get("SEALSYNC_SEED", "1"))
FILES = 2_000  # of each device
SERVER_KILLS = 4
ROUNDS_MAX = 8


def ceph(command, folder, *arguments):
    done = subprocess.run([CEPH, command, folder, *arguments], env=dict(os.environ, CEPH_STORE="bluestore"),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert done.returncode == 0, f"{CEPH} {command}:\n{done.stderr.decode()}"
    return dict(line.removeprefix("export ").split("=", 1) for line in done.stdout.decode().splitlines())


@contextlib.contextmanager
def ceph_with_a_disk(folder):
    """One whose objects outlive its processes, known to the tests as MORTAL."""
    found = ceph("start", folder)
    fields = ("S3_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    os.environ["SEALSYNC_S3_MORTAL"] = ",".join(found[field] for field in fields)
    try:
        yield
    finally:
        ceph("stop", folder)


class Person:
    """Writes files into a folder, and syncs it again and again; some syncs are killed."""

    def __init__(self, folder, name, seed):
        self.folder, self.name, self.chance = folder, name, random.Random(seed)
        self.written = {}
        self.killed = self.put_off = self.done = 0
        self.failure = None

    def write(self, count):
        for number in range(len(self.written), len(self.written) + count):
            size = 100_000 if number % 100 == 0 else self.chance.randrange(2_000)
            name = f"{self.name}/{number % 40}/{number}"
            self.written[name] = f"{name} ".encode() + self.chance.randbytes(size)
            self.folder.write(name, self.written[name])

    def sync(self, patience=None):
        """Whether it ended, and well: one that meets no server ends with LATER."""
        process = self.folder.start_sync()
        try:
            text = process.communicate(timeout=patience)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.killed += 1
            return False
        assert process.returncode in (DONE, LATER), f"sync ended with {process.returncode}:\n{text}"
        self.put_off += process.returncode == LATER
        self.done += process.returncode == DONE
        return process.returncode == DONE

    def work(self, trouble_is_over):
        try:
            self.write(FILES // 2)
            self.sync(patience=0.3)  # too little for so much: at least this one is killed
            while not trouble_is_over.is_set():
                self.write(min(200, FILES - len(self.written)))
                self.sync(self.chance.choice((None, self.chance.uniform(0.05, 2))))
            self.write(FILES - len(self.written))
        except Exception as why:  # of a thread: told by who waits for it
            self.failure = why


def trouble(folder, chance):
    for _ in range(SERVER_KILLS):
        time.sleep(chance.uniform(0.5, 4))
        ceph("kill", folder)
        time.sleep(chance.choice((0, chance.uniform(0, 3))))
        ceph("restart", folder)


def converge(people):
    """As people do who are told to try again later."""
    folders = [person.folder for person in people]
    for rounds in range(1, ROUNDS_MAX):
        if all([person.sync() for person in people]) and not differences(*folders):
            return rounds
    differing = differences(*folders)
    raise AssertionError(f"{len(differing)} files differ: {differing[:5]}")


def check_nothing_lost(people):
    expected = {name: content for person in people for name, content in person.written.items()}
    for person in people:
        found = {name: content for name, (_, _, content) in person.folder.files().items()}
        lost = sorted(name for name in expected if found.get(name) != expected[name])
        assert not lost, f"{person.name} lacks {len(lost)} of {len(expected)} files: {lost[:5]}"
        assert found.keys() == expected.keys(), sorted(found.keys() - expected.keys())[:5]


def live_through(bucket, folder, server):
    people = [Person(one, name, SEED + number) for number, (one, name) in
              enumerate(zip(pair(bucket, folder), ("laptop", "phone")))]
    over = threading.Event()
    threads = [threading.Thread(target=person.work, args=(over,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        trouble(server, random.Random(SEED))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for person in people:
        if person.failure:
            raise person.failure
    rounds = converge(people)
    check_nothing_lost(people)
    for person in people:
        print(f"{person.name}: {person.killed} syncs killed, {person.put_off} put off, {person.done} done")
    print(people[0].folder.run("verify").strip())
    print(f"radosgw: killed and started again {SERVER_KILLS} times; equal after {rounds} rounds (seed {SEED})")
    assert all(person.killed > 0 for person in people), "a sync that should have been killed was not"


@on("CEPH")
def killed(_, folder):
    """a server and two processes that die again and again lose no file of 4,000, and agree in the end"""
    server = os.path.join(folder, "ceph")
    with ceph_with_a_disk(server):
        live_through(Bucket("MORTAL"), folder, server)


if __name__ == "__main__":
    main()
