#!/usr/bin/env python3
"""A write that the system refuses is told with its reason, tried again by the next sync, and never an edit."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403


def failing(world, calls, error, folder):
    """A sync during which the system answers some calls with an error."""
    if shutil.which("strace") is None:
        raise Skip("needs strace")
    done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e",
                           f"inject={calls}:error={error}", TOOL, "sync", folder], capture_output=True, timeout=300)
    if b"ptrace" in done.stderr:
        raise Skip("needs ptrace")
    return done.returncode, done.stderr.decode()


@case
def mounted_inside(world):
    """a folder that is a mounted disk gets new files, links, changes, folders and deletions, and keeps nothing else"""
    laptop, phone = world.pair()
    disk = world.make("phone", "disk")
    os.mkdir(os.path.join(laptop, b"disk"))
    with mounted(disk, "-t", "tmpfs", "tmpfs"):
        os.chmod(disk, 0o755)
        world.sync(laptop, phone)
        write(laptop, "disk/small", b"1", mode=0o600, time=7_000_000_000)
        write(laptop, "disk/secret", b"1", mode=0o000)
        write(laptop, "disk/below/large", os.urandom(300_000), mode=0o751)
        os.symlink(b"small", os.path.join(laptop, b"disk/link"))
        world.sync(laptop)
        world.run("sync", phone, never="changed here while")
        check_equal(laptop, phone)
        write(laptop, "disk/small", b"2")
        write(laptop, "disk/below/large", os.urandom(300_001))
        os.remove(os.path.join(laptop, b"disk/secret"))
        os.remove(os.path.join(laptop, b"disk/link"))
        world.sync(laptop)
        world.run("sync", phone, never="changed here while")
        check_equal(laptop, phone)
        world.run("sync", phone, says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed")
        assert names(disk) == ["below", "small"] and not os.path.exists(os.path.join(disk, b".sealsync"))


@case
def bound(world):
    """a folder of the same disk that is mounted a second time is no different"""
    laptop, phone = world.pair()
    inside, elsewhere = world.make("phone", "inside"), world.make("elsewhere")
    os.mkdir(os.path.join(laptop, b"inside"))
    with mounted(inside, "--bind", elsewhere):
        write(laptop, "inside/file", b"1")
        world.sync(laptop, phone)
        write(laptop, "inside/file", b"2")
        world.sync(laptop, phone)
        check_equal(laptop, phone)


@case
def mount_point_deleted(world):
    """a mounted folder that is deleted elsewhere is told to be in use, and does not come back on other devices"""
    laptop, phone = world.pair()
    os.mkdir(os.path.join(laptop, b"disk"))
    world.sync(laptop, phone)
    with mounted(os.path.join(phone, b"disk"), "-t", "tmpfs", "tmpfs"):
        os.chmod(os.path.join(phone, b"disk"), 0o755)
        os.rmdir(os.path.join(laptop, b"disk"))
        world.sync(laptop)
        for _ in range(2):
            world.run("sync", phone, expect=UNUSABLE, says="disk: the operating system failed (Device or resource busy)")
            world.sync(laptop)
        assert names(laptop) == []
    world.sync(phone)
    assert names(phone) == []


@case
def read_only_disk(world):
    """a mounted disk that is read-only is said to be, and gets all when it can be written to"""
    laptop, phone = world.pair()
    write(laptop, "disk/changed", b"1")
    disk = world.make("phone", "disk")
    with mounted(disk, "-t", "tmpfs", "tmpfs"):
        os.chmod(disk, 0o755)
        world.sync(laptop, phone)
        write(laptop, "disk/changed", b"2")
        write(laptop, "disk/new", b"3")
        write(laptop, "beside", b"4")
        world.sync(laptop)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for name in ("disk/changed", "disk/new"):
            world.run("sync", phone, expect=UNUSABLE, says=f"write: {name}: takes no writes (Read-only file system)")
        assert read(phone, "beside") == b"4"
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        world.sync(phone, laptop)
        check_equal(laptop, phone)


@case
def strange_errors(world):
    """an error that nobody expects leaves the file, the index and the vault as they are, and the next sync tries again"""
    laptop, phone = world.pair()
    for name in ("changed", "deleted"):
        write(laptop, name, b"1")
    write(laptop, "large", os.urandom(100_000))
    world.sync(laptop, phone)
    write(laptop, "changed", b"2")
    write(laptop, "large", os.urandom(100_000))
    write(laptop, "new", b"3")
    os.mkdir(os.path.join(laptop, b"folder"))
    os.remove(os.path.join(laptop, b"deleted"))
    world.sync(laptop)
    before, there = snapshot(phone), snapshot(laptop)
    for error, words in (("EIO", "Input/output error"), ("EILSEQ", "wide character"), ("EBUSY", "busy"),
                         ("ENAMETOOLONG", "too long"), ("ETXTBSY", "busy")):
        code, said = failing(world, "renameat2", error, phone)
        assert code == UNUSABLE and words in said and "changed here while" not in said, (error, code, said)
        for name in ("changed", "deleted", "large", "new"):
            assert len([line for line in said.splitlines() if f": {name}: " in line]) == 1, said
        now = snapshot(phone)
        now.pop(b"./folder", None)
        assert now == before, error
        world.run("sync", laptop, says=" 0 pulled")
        assert snapshot(laptop) == there
    code, said = failing(world, "mkdirat", "EMLINK", phone)
    world.sync(phone)
    check_equal(laptop, phone)


if __name__ == "__main__":
    main()
