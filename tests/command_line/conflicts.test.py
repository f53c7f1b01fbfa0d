#!/usr/bin/env python3
"""What two devices changed at once stays on both, until a person decides."""
import os
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403


def disputed_pair(world, name="report.txt", laptops=b"laptop's", phones=b"phone's"):
    """A pair with one conflict; the phone's edit is the newer one."""
    laptop, phone = world.pair()
    write(laptop, name, b"first")
    world.sync(laptop, phone)
    write(laptop, name, laptops)
    world.sync(laptop)
    write(phone, name, phones)
    world.sync(phone, laptop)
    return laptop, phone


def copy_of(folder):
    return next(name for name in names(folder) if "(conflict " in name)


@case
def both_stay(world):
    """a conflict leaves both versions on both devices under the same names"""
    laptop, phone = disputed_pair(world)
    check_equal(laptop, phone)
    assert read(laptop, "report.txt") == b"phone's"
    copy = copy_of(laptop)
    assert copy.startswith("report (conflict laptop ") and copy.endswith(").txt"), copy
    assert read(laptop, copy) == b"laptop's"
    assert copy in world.run("conflicts", phone, expect=CONFLICTS)
    world.run("sync", laptop, says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed")


@case
def delete_the_copy(world):
    """deleting the copy decides for the other"""
    laptop, phone = disputed_pair(world)
    os.remove(os.path.join(laptop, os.fsencode(copy_of(laptop))))
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    assert names(phone) == ["report.txt"] and read(phone, "report.txt") == b"phone's"
    world.run("conflicts", phone)


@case
def delete_the_shown(world):
    """deleting the file itself gives its name to the copy"""
    laptop, phone = disputed_pair(world)
    os.remove(os.path.join(phone, b"report.txt"))
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert names(phone) == ["report.txt"] and read(phone, "report.txt") == b"laptop's"


@case
def delete_both(world):
    """deleting both deletes the file"""
    laptop, phone = disputed_pair(world)
    for name in names(laptop):
        os.remove(os.path.join(laptop, os.fsencode(name)))
    world.sync(laptop, phone)
    assert names(phone) == [] and names(laptop) == []


@case
def edit_the_copy(world):
    """an edit of the copy is an edit of that version"""
    laptop, phone = disputed_pair(world)
    write(laptop, copy_of(laptop), b"laptop's, better")
    world.sync(laptop, phone)
    contents = sorted(entry[3] for entry in check_equal(laptop, phone).values())
    assert contents == [b"laptop's, better", b"phone's"], contents


@case
def merge_by_hand(world):
    """the copy's words moved into the file, and the copy deleted, is a merge"""
    laptop, phone = disputed_pair(world)
    write(laptop, "report.txt", b"both's")
    os.remove(os.path.join(laptop, os.fsencode(copy_of(laptop))))
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    assert names(phone) == ["report.txt"] and read(phone, "report.txt") == b"both's"


@case
def large(world):
    """large files conflict like small ones"""
    one, other = os.urandom(300_000), os.urandom(300_000)
    laptop, phone = disputed_pair(world, "large", one, other)
    assert sorted(entry[3] for entry in check_equal(laptop, phone).values()) == sorted([one, other])


@case
def long_names(world):
    """a copy's name is no longer than a file system takes"""
    laptop, phone = disputed_pair(world, "x" * 251 + ".txt")
    assert len(check_equal(laptop, phone)) == 2


@case
def same_content(world):
    """equal contents with other times and permissions are no conflict"""
    laptop, phone = world.pair()
    write(laptop, "file", b"equal", time=1_000)
    write(phone, "file", b"equal", mode=0o600, time=2_000)
    world.sync(laptop, phone, laptop, phone)
    check_equal(laptop, phone)
    assert names(phone) == ["file"]
    world.run("conflicts", laptop)


@case
def edit_beats_delete(world):
    """an edit survives a deletion made at the same time"""
    laptop, phone = world.pair()
    write(laptop, "file", b"first")
    world.sync(laptop, phone)
    os.remove(os.path.join(laptop, b"file"))
    write(phone, "file", b"second")
    world.sync(laptop, phone, laptop)
    check_equal(laptop, phone)
    assert read(laptop, "file") == b"second"


@case
def three(world):
    """three versions are a file and two copies"""
    laptop, phone = world.pair()
    tablet = world.device("tablet")
    for number, folder in enumerate((laptop, phone, tablet)):
        write(folder, "file", b"%d" % number)
        world.sync(folder)
    world.sync(laptop, phone, tablet)
    assert sorted(entry[3] for entry in check_equal(laptop, phone).values()) == [b"0", b"1", b"2"]
    check_equal(laptop, tablet)


@case
def file_and_folder(world):
    """where one device makes a file and the other a folder, the folder has the name and the file is beside it"""
    laptop, phone = world.pair()
    write(laptop, "name", b"a file")
    write(phone, "name/inside", b"in a folder")
    world.sync(laptop, phone, laptop, phone)
    os.chmod(os.path.join(laptop, b"name"), 0o755)  # it has no record: where it is made for its file, it is private
    found = check_equal(laptop, phone)
    assert found[b"./name/inside"][3] == b"in a folder"
    assert [entry[3] for path, entry in found.items() if b"(conflict " in path] == [b"a file"], found


@case
def folder_deleted(world):
    """a new file in a folder that another device deletes is not lost"""
    laptop, phone = world.pair()
    write(laptop, "folder/old", b"old")
    world.sync(laptop, phone)
    os.remove(os.path.join(laptop, b"folder/old"))
    os.rmdir(os.path.join(laptop, b"folder"))
    write(phone, "folder/new", b"new")
    world.sync(laptop, phone, laptop)
    check_equal(laptop, phone)
    assert read(laptop, "folder/new") == b"new"


@case
def edit_the_copy_then_the_shown(world):
    """an edit of the copy that could not be pushed survives an edit of the file"""
    laptop, phone = disputed_pair(world)
    add_to(phone, copy_of(phone), b" COPYEDIT")
    sync_in_vain(world, phone)
    add_to(phone, "report.txt", b" MAINEDIT")
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert contents(phone) == [b"laptop's COPYEDIT", b"phone's MAINEDIT"], contents(phone)
    assert read(phone, "report.txt") == b"phone's MAINEDIT"


@case
def edit_the_copy_then_delete_the_shown(world):
    """an edit of the copy that could not be pushed survives the deletion of the file"""
    laptop, phone = disputed_pair(world)
    add_to(phone, copy_of(phone), b" COPYEDIT")
    sync_in_vain(world, phone)
    os.remove(os.path.join(phone, b"report.txt"))
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert names(phone) == ["report.txt"] and read(phone, "report.txt") == b"laptop's COPYEDIT"


@case
def edit_the_copy_then_the_copy(world):
    """an edit of the copy that could not be pushed can be edited, deleted, and beside it the file"""
    laptop, phone = disputed_pair(world)
    add_to(phone, copy_of(phone), b" COPYEDIT")
    sync_in_vain(world, phone)
    add_to(phone, copy_of(phone), b" AGAIN")
    sync_in_vain(world, phone)
    assert contents(phone) == [b"laptop's COPYEDIT AGAIN", b"phone's"], contents(phone)
    add_to(phone, "report.txt", b" MAINEDIT")
    os.remove(os.path.join(phone, os.fsencode(copy_of(phone))))
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert names(phone) == ["report.txt"] and read(phone, "report.txt") == b"phone's MAINEDIT"


@case
def edit_both(world):
    """edits of the file and its copy at once are edits of both, under the same names"""
    laptop, phone = disputed_pair(world)
    add_to(phone, copy_of(phone), b" COPYEDIT")
    add_to(phone, "report.txt", b" MAINEDIT")
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert contents(phone) == [b"laptop's COPYEDIT", b"phone's MAINEDIT"], contents(phone)
    assert read(phone, "report.txt") == b"phone's MAINEDIT"
    world.run("sync", phone, says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed")


@case
def edit_the_copy_and_delete_the_shown(world):
    """an edit of the copy together with the deletion of the file leaves the edit under the file's name"""
    laptop, phone = disputed_pair(world)
    add_to(phone, copy_of(phone), b" COPYEDIT")
    os.remove(os.path.join(phone, b"report.txt"))
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert names(phone) == ["report.txt"] and read(phone, "report.txt") == b"laptop's COPYEDIT"


@case
def without_index(world):
    """an edit of the copy that the index has not seen loses nothing"""
    laptop, phone = disputed_pair(world)
    index = os.path.join(phone, b".sealsync", b"index")
    with open(index, "rb") as file:
        before = file.read()
    add_to(phone, copy_of(phone), b" COPYEDIT")
    sync_in_vain(world, phone)
    with open(index, "wb") as file:
        file.write(before[:5] + b"U" + before[6:])  # as a crash between replica and index leaves it
    add_to(phone, "report.txt", b" MAINEDIT")
    world.sync(phone, laptop, phone)
    check_equal(laptop, phone)
    assert contents(phone) == [b"laptop's COPYEDIT", b"phone's MAINEDIT"], contents(phone)


if __name__ == "__main__":
    main()
