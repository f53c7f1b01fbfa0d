#!/usr/bin/env python3
"""`log` tells every push, and `log --json` shows its manifest, whatever form it is stored in."""
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403

HERE = os.path.dirname(os.path.abspath(__file__))


def segments(world, folder):
    """Each line of `log --json`, read; the line must be what a canonical writer makes of it."""
    read = []
    for line in world.run("log", "--json", folder).splitlines():
        read.append(json.loads(line))
        assert json.dumps(read[-1], separators=(",", ":"), ensure_ascii=False) == line, line
    return read


def actions(read):
    return sorted(change["action"] for segment in read for change in segment["changes"])


def schema():
    try:
        from jsonschema import Draft202012Validator
    except ImportError as why:
        raise Skip("python3-jsonschema is missing") from why
    with open(os.path.join(SOURCE, "docs", "schema", "segment.schema.json")) as file:
        return Draft202012Validator(json.load(file))


@case
def one_object_a_line(world):
    """log --json gives one canonical object a line, and nothing else"""
    laptop = world.device("laptop")
    assert world.run("log", "--json", laptop) == ""
    for number in range(3):
        write(laptop, f"file {number}", b"x")
    world.sync(laptop)
    write(laptop, "file 0", b"longer")
    os.remove(world.path("laptop", "file 1"))
    world.sync(laptop)
    read = segments(world, laptop)
    assert len(read) == 2
    assert actions(read) == ["delete", "insert", "insert", "insert", "update"]
    assert {segment["device_name"] for segment in read} == {"laptop"}
    assert world.run("log", laptop).splitlines()[-1].startswith("log: 2 pushes; ")


@case
def jq_reads_it(world):
    """jq reads it as it comes"""
    if shutil.which("jq") is None:
        raise Skip("jq is missing")
    laptop = world.device("laptop")
    write(laptop, "file", b"x")
    world.sync(laptop)
    done = subprocess.run(["jq", "-r", ".changes[].action"], input=world.run("log", "--json", laptop).encode(),
                          capture_output=True, check=True)
    assert done.stdout == b"insert\n"


@case
def as_described(world):
    """what it shows is what docs/schema says"""
    judge = schema()
    laptop, phone = world.pair()
    write(laptop, "large", os.urandom(100_000))
    write(laptop, "small", b"x")
    world.sync(laptop, phone)
    write(phone, "large", os.urandom(100_000))
    world.sync(phone)
    read = segments(world, laptop)
    assert len(read) == 2
    for segment in read:
        judge.validate(segment)
    assert "attachment" in {change["type"] for segment in read for change in segment["changes"]}


@case
def stored_smaller(world):
    """a segment takes a fraction of its JSON in the store"""
    laptop = world.device("laptop")
    for number in range(500):
        write(laptop, f"file {number}", b"x")
    world.sync(laptop)
    stored = sum(os.path.getsize(path) for path in world.objects() if b"/manifest/" in path)
    shown = len(world.run("log", "--json", laptop))
    assert stored / 500 < 80 < 350 < shown / 500, (stored, shown)


@case
def written_before(world):
    """a store whose segments were sealed as JSON, by an older version, is read, shown, checked and written to"""
    shutil.copytree(os.fsencode(os.path.join(HERE, "json_store")), world.store, dirs_exist_ok=True)
    world.enrolled = True
    phone = world.device("phone")
    world.sync(phone)
    assert names(phone) == ["one"] and read(phone, "one") == b"one\nmore\n"
    before = segments(world, phone)
    assert len(before) == 2 and actions(before) == ["delete", "insert", "insert", "update"]
    write(phone, "three", b"3")
    world.sync(phone)
    tablet = world.device("tablet")
    world.sync(tablet)
    assert names(tablet) == ["one", "three"]
    assert len(segments(world, tablet)) == 3
    assert all(segment in segments(world, tablet) for segment in before)
    world.run("verify", tablet)


if __name__ == "__main__":
    main()
