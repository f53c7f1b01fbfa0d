#!/usr/bin/env python3
"""Permissions and times that a device cannot have are its own affair; those that it has are right from the start."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403


def mode_of(folder, name):
    return os.stat(os.path.join(folder, os.fsencode(name))).st_mode & 0o7777


def chmod(world, folder, name, mode):
    path = os.path.join(folder, os.fsencode(name))
    if world.user is not None:
        os.chown(path, world.user, -1)
    os.chmod(path, mode)


@case
def drop_box(world):
    """a folder that nobody may list gets new permissions, and none are pushed back"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    os.mkdir(os.path.join(laptop, b"drop"))
    chmod(world, laptop, "drop", 0o311)
    world.sync(laptop, expect=UNUSABLE)
    world.sync(phone)
    assert mode_of(phone, "drop") == 0o311
    chmod(world, laptop, "drop", 0o750)
    world.sync(laptop)
    for _ in range(2):
        world.run_process("sync", phone)
        world.sync(laptop)
    assert mode_of(phone, "drop") == mode_of(laptop, "drop") == 0o750


@case
def unreadable_file(world):
    """a file that even its owner may not read gets new permissions and times"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    write(laptop, "file", b"x" * 70_000)
    chmod(world, laptop, "file", 0o400)
    world.sync(laptop, phone)
    os.chmod(os.path.join(phone, b"file"), 0o000)
    world.run_process("sync", phone)
    chmod(world, laptop, "file", 0o640)
    world.sync(laptop)
    world.run_process("sync", phone)
    os.chmod(os.path.join(phone, b"file"), 0o640)
    world.sync(phone, laptop)
    check_equal(laptop, phone)


@case
def not_ours(world):
    """permissions that this device may not set are left as they are, and stay what they are elsewhere"""
    world.give_to_nobody()
    if world.user is None:
        raise Skip("needs files of somebody else")
    laptop, phone = world.pair()
    write(laptop, "folder/file", b"x" * 70_000)
    for name in ("folder", "folder/file"):
        chmod(world, laptop, name, 0o755)
    world.sync(laptop, phone)
    for name in ("folder", "folder/file"):
        os.chown(os.path.join(phone, os.fsencode(name)), 0, -1)
        chmod(world, laptop, name, 0o750)
    world.sync(laptop, phone, phone, laptop)
    for name in ("folder", "folder/file"):
        assert mode_of(phone, name) == 0o755 and mode_of(laptop, name) == 0o750, name


@case
def no_permissions_at_all(world):
    """a file system without permissions changes none elsewhere, also when a file on it is edited"""
    laptop = world.device("laptop")
    write(laptop, "folder/script.sh", b"1", mode=0o750)
    os.chmod(os.path.join(laptop, b"folder"), 0o700)
    write(laptop, "large", os.urandom(100_000), mode=0o640)
    world.sync(laptop)
    image, phone = world.path("image"), world.make("phone")
    with open(image, "wb") as file:
        file.truncate(40_000_000)
    if shutil.which("mkfs.vfat") is None or subprocess.run(["mkfs.vfat", image], capture_output=True).returncode != 0:
        raise Skip("needs mkfs.vfat")
    with mounted(phone, "-o", "loop,umask=0", image):
        world.device("phone")
        world.sync(phone, laptop, phone)
        world.run("sync", phone, says=" 0 changed here, 0 pushed")
        write(phone, "folder/script.sh", b"2")
        world.sync(phone, laptop)
    with mounted(phone, "-o", "loop,umask=0", image):  # with other inode numbers
        world.run("sync", phone, says=", 0 pushed")
    world.sync(laptop)
    assert read(laptop, "folder/script.sh") == b"2"
    assert [mode_of(laptop, name) for name in ("folder/script.sh", "folder", "large")] == [0o750, 0o700, 0o640]


@case
def refused(world):
    """where no permissions can be set, files and folders arrive, and nothing is pushed back, also by later edits"""
    laptop, phone = world.pair()
    if shutil.which("strace") is None:
        raise Skip("needs strace")
    write(laptop, "folder/script.sh", b"1", mode=0o757)
    write(laptop, "large", os.urandom(100_000), mode=0o666)
    os.chmod(os.path.join(laptop, b"folder"), 0o777)
    world.sync(laptop)

    def sync_refused():
        traced = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=chmod,fchmod,fchmodat", "-e",
                                 "inject=chmod,fchmod,fchmodat:error=EPERM", TOOL, "sync", phone], capture_output=True)
        if b"ptrace" in traced.stderr:
            raise Skip("needs ptrace")
        assert traced.returncode == GOOD, traced
        assert not traced.stderr, traced

    os.umask(0o022)
    sync_refused()
    assert [mode_of(phone, name) for name in ("folder", "folder/script.sh", "large")] == [0o755, 0o755, 0o644]
    sync_refused()
    write(phone, "folder/script.sh", b"2")
    os.utime(os.path.join(phone, b"large"))
    sync_refused()
    world.sync(laptop)
    assert read(laptop, "folder/script.sh") == b"2"
    assert [mode_of(laptop, name) for name in ("folder", "folder/script.sh", "large")] == [0o777, 0o757, 0o666]


@case
def private(world):
    """a private folder that one device deletes while another puts a file into it stays private on all"""
    folders = [world.device(name) for name in ("laptop", "phone", "tablet")]
    laptop, phone, tablet = folders
    write(laptop, "private/deeper/old", b"1")
    for name in ("private", "private/deeper"):
        os.chmod(os.path.join(laptop, os.fsencode(name)), 0o710)
    world.sync(*folders)
    shutil.rmtree(os.path.join(laptop, b"private"))
    world.sync(laptop)
    write(phone, "private/deeper/new", b"secret")
    world.sync(phone, laptop, tablet, phone, laptop, tablet)
    for folder in folders:
        assert mode_of(folder, "private") == mode_of(folder, "private/deeper") == 0o710, folder
    check_equal(laptop, phone)
    check_equal(laptop, tablet)


@case
def never_open(world):
    """no folder is open to others for a moment while it is made"""
    laptop, phone = world.pair()
    if shutil.which("strace") is None:
        raise Skip("needs strace")
    write(laptop, "private/deeper/file", b"secret")
    os.chmod(os.path.join(laptop, b"private/deeper"), 0o500)
    os.chmod(os.path.join(laptop, b"private"), 0o700)
    world.sync(laptop)
    trace = world.path("trace")
    traced = subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=mkdir,mkdirat", TOOL, "sync", phone], capture_output=True)
    if b"ptrace" in traced.stderr:
        raise Skip("needs ptrace")
    with open(trace, encoding="utf-8") as file:
        made = [line for line in file if '"private"' in line or '"deeper"' in line]
    assert len(made) == 2 and all(", 0700)" in line for line in made), made
    check_equal(laptop, phone)


@case
def read_only(world):
    """read-only folders take changes, new files and deletions, and are read-only again afterwards"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    for name in ("package/deep/changed", "package/deep/deleted", "package/gone/file"):
        write(laptop, name, b"1")
    inner = ("package/deep", "package/gone", "package")
    for name in inner:
        chmod(world, laptop, name, 0o555)
    world.sync(laptop, phone)
    for name in inner:
        chmod(world, laptop, name, 0o755)
    write(laptop, "package/deep/changed", b"2")
    write(laptop, "package/deep/new", b"3")
    write(laptop, "package/new folder/file", b"4")
    chmod(world, laptop, "package/new folder", 0o555)
    os.remove(os.path.join(laptop, b"package/deep/deleted"))
    shutil.rmtree(os.path.join(laptop, b"package/gone"))
    for name in ("package/deep", "package"):
        chmod(world, laptop, name, 0o555)
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    world.run("sync", phone, says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed")


if __name__ == "__main__":
    main()
