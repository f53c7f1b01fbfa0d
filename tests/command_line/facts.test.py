#!/usr/bin/env python3
"""Times and permissions are no content: their changes hide no edit, undo no deletion, and send no bytes of a file."""
import os
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403

SIZES = {"small": 300, "medium": 60_000, "large": 200_000}


def path_in(folder, name):
    return os.path.join(folder, os.fsencode(name))


def mode_of(folder, name):
    return os.stat(path_in(folder, name)).st_mode & 0o777


def time_of(folder, name):
    return os.stat(path_in(folder, name)).st_mtime_ns


def bytes_out(text):
    return int(text.split(" bytes out")[0].split()[-1])


def filled_pair(world):
    laptop, phone = world.pair()
    for name, size in SIZES.items():
        write(laptop, name, os.urandom(size), mode=0o644, time=1_000_000_000_000)
    os.mkdir(path_in(laptop, "folder"), 0o755)
    world.sync(laptop, phone)
    return laptop, phone


def settle(world, *folders):
    world.sync(*folders, *folders)
    for folder in folders[1:]:
        check_equal(folders[0], folder)
    for folder in folders:
        world.run("sync", folder, says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed")
        world.run("conflicts", folder)


@case
def no_content(world):
    """new permissions and times arrive, again and again, and send nothing of the files"""
    laptop, phone = filled_pair(world)
    for mode in (0o600, 0o664, 0o644):
        for name in SIZES:
            os.chmod(path_in(laptop, name), mode)
            os.utime(path_in(laptop, name), ns=(0, mode * 1_000_000_007))
        os.chmod(path_in(laptop, "folder"), mode | 0o100)
        assert bytes_out(world.run("sync", laptop)) < 8_000
        world.run("sync", phone, says=" 4 written")
        check_equal(laptop, phone)
        assert f"{mode:o}" == f"{mode_of(phone, 'small'):o}"
    settle(world, laptop, phone)
    tablet = world.device("tablet")
    world.sync(tablet)
    check_equal(laptop, tablet)


@case
def beside_an_edit(world):
    """new permissions and times beside an edit elsewhere: the edit has the name, and each fact its newest change"""
    for first in (0, 1):
        other = world if first == 0 else World(world.make("again"))
        laptop, phone = filled_pair(other)
        for name in SIZES:
            write(laptop, name, b"edited " + name.encode() * (1 if name == "small" else 20_000))
            os.chmod(path_in(phone, name), 0o755)
        os.utime(path_in(phone, "small"))
        order = (laptop, phone) if first == 0 else (phone, laptop)
        other.sync(*order)
        settle(other, *order)
        for name in SIZES:
            assert read(phone, name).startswith(b"edited") and mode_of(laptop, name) == 0o755, name
            assert time_of(phone, name) > 1_000_000_000_000


@case
def beside_a_deletion(world):
    """new permissions and times beside a deletion elsewhere undo nothing, and are not the next file's of that name"""
    laptop, phone = filled_pair(world)
    for name in SIZES:
        os.remove(path_in(laptop, name))
        os.chmod(path_in(phone, name), 0o755)
    os.rmdir(path_in(laptop, "folder"))
    os.chmod(path_in(phone, "folder"), 0o700)
    world.sync(phone, laptop)
    settle(world, phone, laptop)
    assert names(laptop) == []
    write(laptop, "small", b"another", mode=0o644)
    settle(world, laptop, phone)
    assert mode_of(laptop, "small") == mode_of(phone, "small") == 0o644


@case
def both_facts(world):
    """permissions changed here and a time changed there come together"""
    laptop, phone = filled_pair(world)
    for name in SIZES:
        os.chmod(path_in(laptop, name), 0o751)
        os.utime(path_in(phone, name), ns=(0, 7_000_000_000_000))
    world.sync(laptop, phone)
    settle(world, laptop, phone)
    for name in SIZES:
        assert mode_of(phone, name) == 0o751 and time_of(laptop, name) == 7_000_000_000_000, name


@case
def before_and_after_an_edit(world):
    """an edit carries the facts that were changed alone before, and both can be changed again"""
    laptop, phone = filled_pair(world)
    os.chmod(path_in(laptop, "small"), 0o755)
    world.sync(laptop, phone)
    write(phone, "small", b"edited")
    world.sync(phone, laptop)
    assert mode_of(laptop, "small") == 0o755
    settle(world, laptop, phone)
    os.chmod(path_in(phone, "small"), 0o644)
    world.sync(phone, laptop)
    assert mode_of(laptop, "small") == 0o644
    os.chmod(path_in(laptop, "small"), 0o700)
    write(laptop, "small", b"edited again")
    os.utime(path_in(phone, "small"))
    world.sync(laptop, phone)
    settle(world, laptop, phone)
    assert read(phone, "small") == b"edited again" and mode_of(phone, "small") == 0o700


@case
def copies(world):
    """a touch of a copy in conflict is no edit of it: the file keeps its name"""
    laptop, phone = filled_pair(world)
    write(laptop, "small", b"laptop's")
    world.sync(laptop)
    write(phone, "small", b"phone's")
    world.sync(phone, laptop)
    copy = next(name for name in names(laptop) if "(conflict " in name)
    os.utime(path_in(laptop, copy))
    os.chmod(path_in(laptop, copy), 0o600)
    world.run("sync", laptop, says=" 0 pushed")
    world.sync(phone, laptop)
    for folder in (laptop, phone):
        assert read(folder, "small") == b"phone's" and read(folder, copy) == b"laptop's"
    os.chmod(path_in(phone, "small"), 0o600)
    world.sync(phone, laptop)
    assert mode_of(laptop, "small") == 0o600 and read(laptop, "small") == b"phone's"


@case
def links(world):
    """the new time of a symbolic link arrives"""
    laptop, phone = filled_pair(world)
    os.symlink(b"small", path_in(laptop, "link"))
    world.sync(laptop, phone)
    os.utime(path_in(laptop, "link"), ns=(0, 7_000_000_000_000), follow_symlinks=False)
    settle(world, laptop, phone)


@case
def in_vain(world):
    """new permissions that could not be pushed wait, are listed under the file's name, and survive a lost index"""
    laptop, phone = filled_pair(world)
    os.chmod(path_in(laptop, "small"), 0o755)
    sync_in_vain(world, laptop)
    assert "P small" in world.run("status", laptop)
    os.remove(path_in(laptop, ".sealsync/index"))
    settle(world, laptop, phone)
    assert mode_of(phone, "small") == 0o755
    assert "rwxr-xr-x          300" in world.run("ls", "-l", phone)


if __name__ == "__main__":
    main()
