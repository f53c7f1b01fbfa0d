#!/usr/bin/env python3
"""What the system does not let be read, named or reached is told once, and is no success."""
import os
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403


def lines_with(world, words, *arguments, expect):
    done = world.run_process(*arguments)
    text = done.stderr.decode("utf-8", "replace")
    assert done.returncode == expect, (done.returncode, text)
    return [line for line in text.splitlines() if words in line]


def give(world, *paths):
    if world.user is not None:
        for path in paths:
            os.chown(path, world.user, -1)


def dig(folder, levels):
    """Folders inside each other, deeper than any one path may be."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    return here


def fill(here, name, content):
    with open(os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here), "wb") as file:
        file.write(content)


@case
def unreadable(world):
    """a file and a folder that may not be read are one line each, end sync and status with 6, and hold up nothing"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    write(laptop, "folder/known", b"1")
    give(world, os.path.join(laptop, b"folder"))
    world.sync(laptop, phone)
    write(laptop, "readable", b"2")
    give(world, write(laptop, "closed", b"3", mode=0o000))
    os.chmod(os.path.join(laptop, b"folder"), 0o000)
    for command in ("sync", "sync", "status"):
        assert len(lines_with(world, "folder", command, laptop, expect=UNUSABLE)) == 1, command
    assert len(lines_with(world, "read: closed: ", "sync", laptop, expect=UNUSABLE)) == 1
    world.sync(phone)
    assert read(phone, "readable") == b"2" and os.path.exists(os.path.join(phone, b"folder"))
    os.chmod(os.path.join(laptop, b"folder"), 0o755)
    os.chmod(os.path.join(laptop, b"closed"), 0o644)
    os.chmod(os.path.join(phone, b"folder"), 0o755)
    world.sync(laptop, phone, laptop)
    check_equal(laptop, phone)
    assert read(phone, "folder/known") == b"1"


@case
def listed_only(world):
    """a folder that lists its names, but lets nobody at them, is one line, and nothing in it counts as deleted"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    for name in ("one", "two", "three"):
        write(laptop, os.path.join("folder", name), b"x")
    give(world, os.path.join(laptop, b"folder"))
    world.sync(laptop, phone)
    os.chmod(os.path.join(laptop, b"folder"), 0o444)
    assert len(lines_with(world, "folder", "sync", laptop, expect=UNUSABLE)) == 1
    os.chmod(os.path.join(laptop, b"folder"), 0o755)
    world.sync(laptop)
    world.run("sync", phone, says=" 0 removed")
    check_equal(laptop, phone)


@case
def large_unreadable(world):
    """a large file that may not be read is told like a small one"""
    world.give_to_nobody()
    laptop, phone = world.pair()
    give(world, write(laptop, "large", os.urandom(200_000), mode=0o000))
    assert len(lines_with(world, "read: large: ", "sync", laptop, expect=UNUSABLE)) == 1


@case
def deep(world):
    """folders inside each other, deeper than files may be open and paths may be long, arrive whole, and go again"""
    laptop, phone = world.pair()
    bottom = dig(laptop, 1500)
    fill(bottom, "small", b"small")
    fill(bottom, "large", b"large" * 20_000)
    os.close(bottom)
    world.sync(laptop, phone, files_max=40)
    world.run("sync", phone, files_max=40, says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed")
    assert depth_of(phone) == (1500, {"small": 5, "large": 100_000})
    os.system(b"rm -r '" + laptop + b"/deep'")
    world.sync(laptop, files_max=40)
    world.run("sync", phone, "--allow-mass-delete", files_max=40)
    assert names(phone) == []


def depth_of(folder):
    here, levels = os.open(folder, os.O_RDONLY), 0
    while "deep" in os.listdir(here):
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here, levels = below, levels + 1
    files = {name: os.stat(name, dir_fd=here).st_size for name in os.listdir(here)}
    os.close(here)
    return levels, files


@case
def branches(world):
    """deep folders with branches on every level are walked whole, however few files may be open"""
    laptop, phone = world.pair()
    for level in range(60):
        for branch in ("a", "z"):
            write(laptop, "/".join(["m"] * level + [branch, "file"]), f"{level} {branch}".encode())
    world.sync(laptop, phone, files_max=40)
    assert len(check_equal(laptop, phone)) == 59 + 60 * 4


if __name__ == "__main__":
    main()
