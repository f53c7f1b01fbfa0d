#!/usr/bin/env python3
"""Any file of one folder comes out the same in the other."""
import os
import socket
import sys

sys.dont_write_bytecode = True
from harness import *  # noqa: E402,F403

DAY = 86_400_000_000_000


@case
def names(world):
    """names of any bytes arrive as they are"""
    laptop, phone = world.pair()
    for name in (b"new\nline", b'quo"te\'s', b"\xff\xfe not UTF-8 \x80", b"-rf", b"--help", b" space ", b"~tilde",
                 b"~0123456789abcdef0123456789abcdef", b"back\\slash", b"tab\there", b"\x01\x1b[31m", b"%s%n",
                 b"*?[x]", b"...", b".hidden", b"con", b"caf\xc3\xa9", b"cafe\xcc\x81", b"A", b"a", b"x" * 255):
        write(laptop, name, b"content of " + name)
        write(laptop, b"folder " + name[:200] + b"/" + name, name)
    world.sync(laptop, phone)
    assert len(check_equal(laptop, phone)) == 63
    assert "\x1b" not in world.run("ls", phone)


@case
def commands_in_names(world):
    """no name commands a terminal, whatever is listed or complained of"""
    laptop, phone = world.pair()
    commands = (b"\x1b[2J", b"\xc2\x9b2J", b"\x9b2J", b"\xe2\x80\xaegpj.exe", b"\xe2\x81\xa6", b"\x7f")
    for name in commands:
        write(laptop, b"one " + name, b"x")
        os.mkfifo(os.path.join(laptop, b"pipe " + name))
    for arguments in (["status", laptop], ["sync", laptop], ["sync", phone], ["ls", "-l", phone]):
        done = world.run_process(*arguments)
        for name in commands:
            assert name not in done.stdout + done.stderr, (arguments, name)
    check_equal_files(laptop, phone)


def check_equal_files(laptop, phone):
    of = lambda folder: {name: what for name, what in snapshot(folder).items() if b"pipe" not in name}
    assert of(laptop) == of(phone)


@case
def state_in_disguise(world):
    """what some system takes for .sealsync is synced by none, and that is told"""
    laptop, phone = world.pair()
    for name in (".SealSync", ".seal\u200csync", ".sealsync.", "SEALSY~1"):
        write(laptop, name + "/config", b"hostile")
        write(laptop, "inner/" + name + "/config", b"hostile")
    write(laptop, "file", b"x")
    world.run("sync", laptop, expect=REFUSED, says=".SealSync: is not synced")
    world.sync(phone)
    assert sorted(snapshot(phone)) == [b"./file", b"./inner"]
    assert read(phone, ".sealsync/.gitignore") == b"*\n"


@case
def deep(world):
    """paths deeper than a system call takes arrive"""
    laptop, phone = world.pair()
    here = os.open(laptop, os.O_RDONLY)
    for level in range(60):
        name = b"%03d-" % level + b"d" * 120
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with open(os.open("file", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here), "w") as file:
        file.write("deep")
    os.close(here)
    world.sync(laptop, phone)
    assert len(check_equal(laptop, phone)) == 61


@case
def sizes(world):
    """empty files, files around the inline limit and large ones arrive"""
    laptop, phone = world.pair()
    for size in (0, 1, 4095, 65_535, 65_536, 65_537, 1 << 20, 5_000_003):
        write(laptop, f"{size} bytes", os.urandom(size))
    world.sync(laptop, phone)
    assert len(check_equal(laptop, phone)) == 8


@case
def metadata(world):
    """permissions and times arrive, and their changes alone"""
    laptop, phone = world.pair()
    write(laptop, "old", b"x", mode=0o640, time=-5 * DAY + 123_456_789)
    write(laptop, "new", b"y", mode=0o755, time=99_000 * DAY + 1)
    large = write(laptop, "large", os.urandom(200_000), mode=0o600)
    os.mkdir(os.path.join(laptop, b"private"), 0o700)
    write(laptop, "read-only/inside", b"z")
    os.chmod(os.path.join(laptop, b"read-only"), 0o555)
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    os.chmod(large, 0o444)
    os.utime(large, ns=(1, 7 * DAY + 7))
    os.chmod(os.path.join(laptop, b"private"), 0o750)
    world.sync(laptop)
    received = int(world.run("sync", phone).split(" bytes in")[0].split()[-1])
    check_equal(laptop, phone)
    assert received < 20_000, f"{received} bytes for times and permissions"


@case
def times(world):
    """times from 1901 to 9999 arrive to the nanosecond, and are shown; where a file system has no such time, that is told"""
    laptop, phone = world.pair()
    years = {"1901": -2_145_916_800, "1969": -1, "2263": 9_246_182_400, "9999": 253_402_300_799}
    for name, seconds in years.items():
        write(laptop, name, name)
        os.utime(os.path.join(laptop, name.encode()), ns=(0, seconds * 1_000_000_000 + 123_456_789))
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    for line in world.run("ls", "-l", phone).splitlines()[:-1]:
        assert f" {line.split()[-1]}-" in line or os.stat(os.path.join(phone, b"9999")).st_mtime < 2e11, line


@case
def large_files_of_one_content(world):
    """a large file's bytes are fetched once, however many files they are"""
    laptop, phone = world.pair()
    requests = lambda: int(world.run("sync", phone).split(" requests")[0].split()[-1])
    content = os.urandom(5_000_000)
    write(laptop, "single", os.urandom(5_000_000))
    world.sync(laptop)
    of_one = requests()
    for name in ("one", "sub/two", "three"):
        write(laptop, name, content, mode=0o640)
    world.sync(laptop)
    assert requests() == of_one + 2, "one more record for each file more"
    write(laptop, "four", content, time=DAY)
    world.sync(laptop)
    again = requests()
    assert again < of_one, f"{again} requests for what stands here, {of_one} for what does not"
    check_equal(laptop, phone)
    for name in ("one", "sub/two", "three", "four"): # nothing here holds these bytes any more
        os.remove(os.path.join(phone, os.fsencode(name)))
    write(laptop, "five", content)
    world.sync(laptop)
    assert requests() > again
    world.sync(laptop, phone)
    assert sorted(check_equal(laptop, phone)) == [b"./five", b"./single", b"./sub"]


@case
def set_ids(world):
    """no file becomes set-user-id by a sync"""
    laptop, phone = world.pair()
    write(laptop, "program", b"x", mode=0o4755)
    world.sync(laptop, phone)
    assert os.stat(os.path.join(phone, b"program")).st_mode & 0o7777 == 0o755


@case
def renames(world):
    """renames and deletions arrive, and no renamed content is sent again"""
    laptop, phone = world.pair()
    write(laptop, "a/b/large", os.urandom(3_000_000))
    write(laptop, "a/b/small", b"small")
    write(laptop, "a/gone", b"gone")
    world.sync(laptop, phone)
    os.rename(os.path.join(laptop, b"a/b"), os.path.join(laptop, b"moved"))
    os.remove(os.path.join(laptop, b"a/gone"))
    sent = int(world.run("sync", laptop).split(" bytes out")[0].split()[-1])
    world.sync(phone)
    assert sorted(check_equal(laptop, phone)) == [b"./a", b"./moved", b"./moved/large", b"./moved/small"]
    assert sent < 20_000, f"{sent} bytes for a rename"


@case
def links(world):
    """symbolic links arrive as links, and nothing is written through one"""
    laptop, phone = world.pair()
    outside = world.make("outside")
    write(outside, "victim", b"untouched")
    os.symlink(outside, os.path.join(laptop, b"out"))
    os.symlink(b"no such \xff file", os.path.join(laptop, b"dangling"))
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    os.remove(os.path.join(laptop, b"out"))
    write(laptop, "out/victim", b"inside")
    world.sync(laptop, phone)
    check_equal(laptop, phone)
    assert read(outside, "victim") == b"untouched"


@case
def local_link(world):
    """a symbolic link put in the way of a pull is not followed"""
    laptop, phone = world.pair()
    write(laptop, "folder/first", b"1")
    world.sync(laptop, phone)
    outside = world.make("outside")
    os.rename(os.path.join(phone, b"folder"), os.path.join(phone, b"kept"))
    os.symlink(outside, os.path.join(phone, b"folder"))
    write(laptop, "folder/second", b"2")
    world.sync(laptop, phone, laptop, phone)
    os.chmod(os.path.join(phone, b"folder"), 0o755)  # its record is the link: made for its files, it is private
    check_equal(laptop, phone)
    assert os.listdir(outside) == []


@case
def kinds(world):
    """a file becomes a folder, a folder a file, a link a file"""
    laptop, phone = world.pair()
    write(laptop, "file", b"was a file")
    write(laptop, "folder/inside", b"was inside")
    os.symlink(b"file", os.path.join(laptop, b"link"))
    world.sync(laptop, phone)
    os.remove(os.path.join(laptop, b"file"))
    write(laptop, "file/inside", b"is a folder")
    os.remove(os.path.join(laptop, b"folder/inside"))
    os.rmdir(os.path.join(laptop, b"folder"))
    write(laptop, "folder", b"is a file")
    os.remove(os.path.join(laptop, b"link"))
    write(laptop, "link", b"is a file")
    world.sync(laptop, phone)
    assert len(check_equal(laptop, phone)) == 4


@case
def special(world):
    """sockets and pipes are skipped with a note"""
    laptop, phone = world.pair()
    os.mkfifo(os.path.join(laptop, b"pipe"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(laptop, b"socket"))
    write(laptop, "file", b"x")
    world.sync(laptop, says="pipe: skipped")
    world.sync(phone)
    assert list(snapshot(phone)) == [b"./file"]


@case
def existing(world):
    """a folder that has the same files already joins without a conflict, and sends nothing"""
    laptop = world.device("laptop")
    for folder in (laptop, world.make("phone")):
        for number in range(20):
            write(folder, f"{number}", b"%d" % number, time=number * DAY)
        write(folder, "large", b"large" * 100_000, time=DAY)
    world.sync(laptop)
    phone = world.device("phone")
    world.run("sync", phone, says=" 0 changed here, 0 pushed")
    check_equal(laptop, phone)
    world.run("conflicts", phone)


@case
def existing_other(world):
    """a folder that has another file of the same name keeps both"""
    laptop = world.device("laptop")
    write(laptop, "file", b"laptop's")
    write(world.make("phone"), "file", b"phone's")
    world.sync(laptop)
    phone = world.device("phone")
    world.sync(phone, laptop)
    contents = sorted(entry[3] for entry in check_equal(laptop, phone).values())
    assert contents == [b"laptop's", b"phone's"], contents


@case
def nested_state(world):
    """the keys of another synced folder below are not synced"""
    laptop, phone = world.pair()
    write(laptop, "inner/.sealsync/device.key", b"secret")
    write(laptop, "inner/file", b"x")
    world.sync(laptop, phone)
    assert not os.path.exists(os.path.join(phone, b"inner/.sealsync"))
    assert read(phone, "inner/file") == b"x"


if __name__ == "__main__":
    main()
