"""For the *.test.py beside it: folders that the command line tool keeps equal through a bucket."""
import os
import subprocess

from harness import BINARIES

COMMAND = os.path.join(BINARIES, "sealsync")
DONE, REFUSED, LATER, CONFLICTS, DAMAGED, SECURITY = range(6)
CANNOT_CREATE_ONCE = ("SWIFT", "S3RVER")


def command(*arguments, environment, expect=DONE, says=None, never=None):
    done = subprocess.run([COMMAND, *arguments], env=dict(environment, SEALSYNC_PASSPHRASE="correct horse"),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == expect, f"{arguments}: ended with {done.returncode}, not {expect}:\n{text}"
    assert says is None or says in text, f"{arguments}: does not say {says!r}:\n{text}"
    assert never is None or never not in text, f"{arguments}: says {never!r}:\n{text}"
    return text


class Folder:
    """One device: its folder, and what people do in it."""

    def __init__(self, path, environment):
        self.path = path
        self.environment = environment
        os.makedirs(path, exist_ok=True)

    def run(self, name, *arguments, **options):
        return command(name, self.path, *arguments, environment=self.environment, **options)

    def start_sync(self):
        """A sync in a process of its own, which may be killed."""
        return subprocess.Popen([COMMAND, "sync", self.path], env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def write(self, name, content):
        """At once, as a good editor does: a sync may be looking."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(self.path + ".new", "wb") as file:
            file.write(content)
        os.replace(self.path + ".new", path)

    def remove(self, name):
        os.remove(os.path.join(self.path, name))

    def files(self):
        """Name: permissions, time, content."""
        found = {}
        for folder, folders, names in os.walk(self.path):
            if ".sealsync" in folders:
                folders.remove(".sealsync")
            for name in names:
                path = os.path.join(folder, name)
                info = os.stat(path)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, self.path)] = (info.st_mode, info.st_mtime_ns, file.read())
        return found


def pair(bucket, folder):
    """Two devices of a new vault."""
    environment = bucket.server.environment()
    laptop, phone = (Folder(os.path.join(folder, name), environment) for name in ("laptop", "phone"))
    weak = ["--accept-unsafe-creation"] if bucket.server.name in CANNOT_CREATE_ONCE else []
    who = ["--store", bucket.location("vaults"), "--user", "alice", "--device"]
    laptop.run("init", "--fast-kdf", *weak, *who, "laptop")
    phone.run("join", *who, "phone")
    return laptop, phone


def differences(left, right):
    one, other = left.files(), right.files()
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
