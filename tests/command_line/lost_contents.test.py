#!/usr/bin/env python3
"""What the store has lost or damaged of one file holds back no other, and never costs a file that is here."""
import os
import re
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403


def keep_and_flip(path):
    with open(path, "rb") as file:
        kept = file.read()
    flip(path)
    return path, kept


def put_back(kept):
    with open(kept[0], "wb") as file:
        file.write(kept[1])


def newest(world, before):
    """The one record that was not there before."""
    fresh = set(records(world)) - set(before)
    assert len(fresh) == 1, fresh
    return fresh.pop()


def records(world):
    return [path for path in world.objects() if b"/records/" in path]


def requests(text):
    return int(re.search(r"(\d+) requests", text).group(1))


@case
def one_of_many(world):
    """of 630 files one is damaged: the other 629 are written, and it is asked for alone from then on"""
    laptop, phone = world.pair()
    for i in range(630):
        write(laptop, f"folder {i % 7}/file {i}", f"content {i}\n" * (i % 50))
    world.sync(laptop)
    kept = keep_and_flip(records(world)[300])
    key = os.fsdecode(os.path.relpath(kept[0], world.store))
    text = world.run("sync", phone, expect=SECURITY, says=key)
    wrong = [path for path, what in snapshot(laptop).items() if snapshot(phone).get(path) != what]
    assert len(wrong) == 1, wrong
    total = len(records(world))
    assert requests(text) < total + 20, f"{requests(text)} requests for {total} records"
    assert requests(world.run("sync", phone, expect=SECURITY, says=key)) < 10
    world.run("verify", laptop, expect=SECURITY, says=f"{os.fsdecode(wrong[0])[2:]}: {key}")
    world.run("ls", phone, says="1 files more, lost in the store")
    put_back(kept)
    world.sync(phone)
    check_equal(laptop, phone)
    assert requests(world.run("sync", phone)) < 5


@case
def old_version(world):
    """a file whose new version is damaged stays as it is, by its name, and everything else arrives"""
    laptop, phone = world.pair()
    write(laptop, "report", b"first")
    world.sync(laptop, phone)
    before = records(world)
    write(laptop, "report", b"second")
    world.sync(laptop)
    kept = keep_and_flip(newest(world, before))
    write(laptop, "other", b"x")
    world.sync(laptop)
    world.run("sync", phone, expect=SECURITY, says="report: users/alice/")
    world.run("sync", phone, expect=SECURITY, says="report: is left as it is")
    assert read(phone, "report") == b"first" and names(phone) == ["other", "report"]
    for command in (["status"], ["conflicts"], ["ls"], ["ls", "-l"]):
        world.run(*command, phone)
    put_back(kept)
    world.sync(phone)
    check_equal(laptop, phone)


@case
def changed_here(world):
    """a file that is changed while another's version of it is damaged stays in its place; later both are there"""
    laptop, phone = world.pair()
    write(laptop, "report", b"first")
    world.sync(laptop, phone)
    before = records(world)
    write(laptop, "report", b"the laptop's")
    world.sync(laptop)
    kept = keep_and_flip(newest(world, before))
    world.run("sync", phone, expect=SECURITY)
    write(phone, "report", b"the phone's")
    world.run("sync", phone, expect=SECURITY)
    world.run("sync", phone, expect=SECURITY)
    assert read(phone, "report") == b"the phone's" and names(phone) == ["report"]
    world.sync(laptop)
    assert contents(laptop) == [b"the laptop's", b"the phone's"]
    put_back(kept)
    world.sync(phone, laptop, phone)
    check_equal(laptop, phone)
    assert contents(phone) == [b"the laptop's", b"the phone's"]


@case
def made_here_too(world):
    """a file of the same name as a damaged one that was never here replaces nothing: later both are there"""
    laptop, phone = world.pair()
    write(laptop, "report", b"the laptop's")
    world.sync(laptop)
    kept = keep_and_flip(records(world)[0])
    write(phone, "report", b"the phone's")
    world.run("sync", phone, expect=SECURITY)
    write(phone, "report", b"the phone's, changed")
    world.run("sync", phone, expect=SECURITY)
    world.sync(laptop)
    assert contents(laptop) == [b"the laptop's", b"the phone's, changed"]
    put_back(kept)
    world.sync(phone, laptop, phone)
    check_equal(laptop, phone)
    assert contents(phone) == [b"the laptop's", b"the phone's, changed"]


@case
def deleted_here(world):
    """a file that is deleted while another's version of it is damaged comes back in that version"""
    laptop, phone = world.pair()
    write(laptop, "report", b"first")
    world.sync(laptop, phone)
    before = records(world)
    write(laptop, "report", b"second")
    world.sync(laptop)
    kept = keep_and_flip(newest(world, before))
    world.run("sync", phone, expect=SECURITY)
    os.remove(os.path.join(phone, b"report"))
    world.run("sync", phone, expect=SECURITY)
    put_back(kept)
    world.sync(phone, laptop)
    check_equal(laptop, phone)
    assert read(phone, "report") == b"second"


@case
def folder_of_files(world):
    """the files in a folder whose own record is damaged arrive, and its permissions when that is mended"""
    laptop, phone = world.pair()
    os.makedirs(os.path.join(laptop, b"folder"), 0o700)
    world.sync(laptop)
    kept = keep_and_flip(records(world)[0])
    write(laptop, "folder/inside", b"x")
    world.sync(laptop)
    world.run("sync", phone, expect=SECURITY)
    assert read(phone, "folder/inside") == b"x"
    world.run("sync", phone, expect=SECURITY)
    put_back(kept)
    world.sync(phone, laptop, phone)
    assert contents_of_files(phone) == contents_of_files(laptop) == {"folder/inside": b"x"}


def contents_of_files(folder):
    return {os.fsdecode(path)[2:]: what[3] for path, what in snapshot(folder).items() if len(what) == 4}


@case
def the_only_file(world):
    """the only file of a vault, damaged and mended, arrives"""
    laptop, phone = world.pair()
    write(laptop, "only", b"x")
    world.sync(laptop)
    kept = keep_and_flip(records(world)[0])
    for _ in range(2):
        world.run("sync", phone, expect=SECURITY)
    assert names(phone) == []
    put_back(kept)
    world.sync(phone)
    check_equal(laptop, phone)


@case
def forgotten_replica(world):
    """a folder whose replica is gone keeps a file whose content is lost in the store"""
    laptop, phone = world.pair()
    write(laptop, "report", b"x")
    write(laptop, "other", b"y")
    world.sync(laptop, phone)
    kept = [keep_and_flip(path) for path in records(world)]
    for name in os.listdir(os.path.join(phone, b".sealsync")):
        if name.startswith(b"replica.db"):
            os.remove(os.path.join(phone, b".sealsync", name))
    world.run("sync", phone, expect=SECURITY)
    assert contents(phone) == [b"x", b"y"]
    for one in kept:
        put_back(one)
    world.sync(phone, laptop, phone)
    check_equal(laptop, phone)
    assert contents(phone) == [b"x", b"y"]


if __name__ == "__main__":
    main()
