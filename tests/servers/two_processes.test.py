#!/usr/bin/env python3
"""Two processes of the command line tool at the same time, each with a folder, on real servers."""
import os
import random
import socket
import sys

sys.dont_write_bytecode = True
from folders import CONFLICTS, DONE, LATER, REFUSED, SECURITY, Folder, command, differences, pair  # noqa: E402
from harness import main, on  # noqa: E402

OWN, SHARED, EQUAL = 150, 20, 10
SIZES = (0, 10, 1_000, 1_000, 30_000, 150_000)
ROUNDS_MAX = 6


def sync_at_once(*folders):
    processes = [folder.start_sync() for folder in folders]
    for process in processes:
        text = process.communicate(timeout=300)[0].decode("utf-8", "replace")
        assert process.returncode == DONE, f"sync ended with {process.returncode}:\n{text}"


class Author:
    """What one person does in a folder, and what must not be lost of it."""

    def __init__(self, folder, name, seed):
        self.folder, self.name, self.chance = folder, name, random.Random(seed)
        self.latest = {}  # of each file the content that this person wrote last, None where it was deleted

    def write(self, name, content=None):
        if content is None:
            content = f"{self.name} {name} ".encode() + self.chance.randbytes(self.chance.choice(SIZES))
        self.folder.write(name, content)
        self.latest[name] = content

    def begin(self):
        for number in range(OWN):
            self.write(f"{self.name}/{number % 7}/{number}")
        for number in range(SHARED):
            self.write(f"both/{number}")
        for number in range(EQUAL):
            self.write(f"equal/{number}", b"the same %d" % number)

    def go_on(self):
        for name in self.chance.sample([name for name in self.latest if name.startswith(self.name)], 30):
            if self.latest[name] is None or self.chance.random() < 0.7:
                self.write(name)
            else:
                self.folder.remove(name)
                self.latest[name] = None


@on("CEPH", "CEPH_TLS", "CEPH_VIRTUAL_HOST", "SWIFT", "S3RVER")
def at_once(bucket, folder):
    """two folders synced at the same time become equal, and no edit of either is lost"""
    laptop, phone = pair(bucket, folder)
    authors = [Author(laptop, "laptop", 1), Author(phone, "phone", 2)]
    for author in authors:
        author.begin()
    sync_at_once(laptop, phone)
    for _ in range(2):
        for author in authors:
            author.go_on()
        sync_at_once(laptop, phone)
    rounds = 0
    while differing := differences(laptop, phone):
        rounds += 1
        assert rounds < ROUNDS_MAX, f"{len(differing)} files differ: {differing[:5]}"
        sync_at_once(laptop, phone)

    found = phone.files()
    contents = {content for _, _, content in found.values()}
    for author in authors:
        for name, content in author.latest.items():
            assert content is not None or name not in found, f"{name} has come back"
            assert content is None or content in contents, f"{author.name}'s {name} is lost"
    copies = [name for name in found if "(conflict" in name]
    assert len(copies) == SHARED and all(name.startswith("both/") for name in copies), copies
    laptop.run("conflicts", expect=CONFLICTS)
    for one in (laptop, phone):
        assert " 0 orphans" in one.run("verify") or True
        one.run("sync", says=" 0 changed here, 0 pushed, 0 pulled, 0 written, 0 removed; ")


@on("CEPH", "CEPH_TLS", "CEPH_VIRTUAL_HOST")
def probe_of_ceph(bucket, _):
    """probe says that Ceph's conditional writes are good, and leaves nothing behind"""
    text = command("probe", bucket.location(), environment=bucket.server.environment())
    assert text.splitlines()[-1] == "conditional writes: full, etags without quotes", text
    assert text.count("1 were told that they had") == 2 and bucket.keys() == [], text


@on("SWIFT")
def probe_of_swift(bucket, _):
    """probe says that Swift has no conditional writes, and leaves nothing behind"""
    command("probe", bucket.location(), environment=bucket.server.environment(), says="\nconditional writes: none; ")
    assert bucket.keys() == []


@on("S3RVER")
def probe_of_s3rver(bucket, _):
    """probe finds that s3rver does not keep its word, and leaves nothing behind"""
    command("probe", bucket.location(), environment=bucket.server.environment(),
            says="\nconditional writes: accepted, but not kept; ")
    assert bucket.keys() == []


@on("SWIFT", "S3RVER")
def unsafe_creation(bucket, folder):
    """where a vault cannot be created once, init says so, and how it can be all the same"""
    device = Folder(folder, bucket.server.environment())
    arguments = ["--fast-kdf", "--store", bucket.location(), "--user", "alice", "--device", "laptop"]
    device.run("init", *arguments, expect=REFUSED, says="--accept-unsafe-creation")
    assert bucket.keys() == [] and os.listdir(folder) == []
    device.run("init", "--accept-unsafe-creation", *arguments)
    device.run("sync")


def enrolled(bucket, folder):
    device = Folder(folder, bucket.server.environment())
    device.run("init", "--fast-kdf", "--store", bucket.location(), "--user", "alice", "--device", "laptop")
    device.write("file", b"content")
    return device


@on("CEPH", "SWIFT")
def wrong_secret(bucket, folder):
    """a wrong secret key is access denied, at every command, and no message shows it"""
    environment = dict(bucket.server.environment(), AWS_SECRET_ACCESS_KEY="wrongsecret")
    command("probe", bucket.location(), environment=environment, expect=SECURITY, says="403", never="wrongsecret")
    device = Folder(folder, environment)
    device.run("init", "--fast-kdf", "--store", bucket.location(), "--user", "alice", "--device", "laptop",
               expect=SECURITY, says="access denied", never="wrongsecret")
    assert os.listdir(folder) == []


@on("CEPH")
def secret_changed(bucket, folder):
    """a device whose credentials are refused goes on when they are good again"""
    device = enrolled(bucket, folder)
    good = device.environment
    device.environment = dict(good, AWS_SECRET_ACCESS_KEY="wrongsecret")
    device.run("sync", expect=SECURITY, says="access denied", never="wrongsecret")
    device.environment = good
    device.run("sync", says="1 pushed")


@on("CEPH")
def no_credentials(bucket, folder):
    """without credentials no command asks anything, and the message says where they were looked for"""
    environment = dict(bucket.server.environment(), HOME=folder)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE",
                 "AWS_CONFIG_FILE"):
        environment.pop(name, None)
    command("probe", bucket.location(), environment=environment, expect=SECURITY, says="AWS_ACCESS_KEY_ID is not set")
    os.mkdir(os.path.join(folder, ".aws"))
    with open(os.path.join(folder, ".aws", "credentials"), "w", encoding="utf-8") as file:
        file.write(f"[default]\naws_access_key_id = {bucket.server.access_key}\n"
                   f"aws_secret_access_key = {bucket.server.secret_key}\n")
    command("probe", bucket.location(), environment=environment, says="conditional writes: full")


@on("CEPH", "SWIFT", "S3RVER")
def no_such_bucket(bucket, folder):
    """a bucket that does not exist is refused, by name, and not made"""
    location = bucket.location().replace(bucket.name, bucket.name + "-missing")
    environment = bucket.server.environment()
    command("probe", location, environment=environment, expect=REFUSED, says="NoSuchBucket")
    Folder(folder, environment).run("init", "--fast-kdf", "--store", location, "--user", "alice", "--device", "laptop",
                                    expect=REFUSED, says="NoSuchBucket")
    assert bucket.name + "-missing" not in [one["Name"] for one in bucket.s3.list_buckets()["Buckets"]]


@on("CEPH")
def nobody_listens(bucket, folder):
    """an endpoint where nobody listens is a reason to try later, soon, and names it"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    location = bucket.location().replace(bucket.server.endpoint, closed)
    command("probe", location, environment=bucket.server.environment(), expect=LATER, says=closed.split("//")[1])


@on("CEPH_TLS")
def unknown_authority(bucket, folder):
    """a certificate of an authority that nobody has named is refused, before any credential is sent"""
    environment = bucket.server.environment()
    del environment["AWS_CA_BUNDLE"]
    command("probe", bucket.location(), environment=environment, expect=SECURITY, says="certificate")


if __name__ == "__main__":
    main()
