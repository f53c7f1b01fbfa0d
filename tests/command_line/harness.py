"""For the *.test.py beside it: cases in sentences, each in a scratch folder of its own, run against the built tool."""
import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARIES = os.environ.get("SEALSYNC_BIN_DIR", os.path.join(SOURCE, "build", "dev-gcc", "bin"))
TOOL = os.environ.get("SEALSYNC_CLI", os.path.join(BINARIES, "sealsync"))

GOOD, REFUSED, LATER, CONFLICTS, DAMAGED, SECURITY, UNUSABLE = range(7)
CASES = []


class Skip(Exception):
    pass


def case(check):
    """A test whose docstring is a true sentence."""
    CASES.append(check)
    return check


class World:
    """A store, and devices that sync a folder each through it."""

    def __init__(self, root):
        self.root = os.fsencode(root)
        self.store = self.make("store")
        self.enrolled = False
        self.user = None

    def give_to_nobody(self):
        """Root may do everything: the tool runs as somebody who may not."""
        if os.geteuid() == 0:
            self.user = 65534
            for folder in (self.root, self.store):
                os.chmod(folder, 0o777)
            try:
                subprocess.run([TOOL, "--version"], user=self.user, check=True, capture_output=True)
            except OSError as why:
                raise Skip(f"{why}, as a user without rights") from why

    def path(self, *parts):
        return os.path.join(self.root, *[os.fsencode(part) for part in parts])

    def make(self, *parts):
        os.makedirs(self.path(*parts))
        return self.path(*parts)

    def run_process(self, *arguments, passphrase="correct horse", env=None, files_max=None):
        environment = dict(os.environ, SEALSYNC_PASSPHRASE=passphrase or "", **(env or {}))
        if passphrase is None:
            del environment["SEALSYNC_PASSPHRASE"]
        limit = [] if files_max is None else ["sh", "-c", f'ulimit -n {files_max}; exec "$0" "$@"']
        return subprocess.run([*limit, TOOL, *arguments], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300, start_new_session=True, user=self.user)

    def run(self, *arguments, expect=GOOD, says=None, never=None, **how):
        done = self.run_process(*arguments, **how)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        shown = " ".join(os.fsdecode(argument) for argument in arguments)
        assert done.returncode == expect, f"{shown}: ended with {done.returncode}, not {expect}:\n{text}"
        assert says is None or says in text, f"{shown}: does not say {says!r}:\n{text}"
        assert never is None or never not in text, f"{shown}: says {never!r}:\n{text}"
        return done.stdout.decode("utf-8", "replace")

    def device(self, name, **options):
        """A folder that is a device of the vault, the first one of a new vault."""
        folder = self.path(name)
        os.makedirs(folder, exist_ok=True)
        if self.user is not None:
            os.chown(folder, self.user, -1)
        command = ["join"] if self.enrolled else ["init", "--fast-kdf"]
        self.run(*command, folder, "--store", b"dir:" + self.store, "--user", "alice", "--device", name, **options)
        self.enrolled = True
        return folder

    def pair(self):
        return self.device("laptop"), self.device("phone")

    def sync(self, *folders, **options):
        for folder in folders:
            self.run("sync", folder, **options)

    def objects(self, ending=b".blob", under=b""):
        """The files of the store, largest last."""
        found = []
        for folder, folders, files in os.walk(os.path.join(self.store, b"users", under) if under else self.store):
            folders[:] = [one for one in folders if one != b".sealsync"]
            found += [os.path.join(folder, name) for name in files if name.endswith(ending)]
        return sorted(found, key=lambda path: (os.path.getsize(path), path))


def write(folder, name, content=b"", mode=None, time=None):
    path = os.path.join(folder, os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    if mode is not None:
        os.chmod(path, mode)
    if time is not None:
        os.utime(path, ns=(time, time))
    return path


def read(folder, name):
    with open(os.path.join(folder, os.fsencode(name)), "rb") as file:
        return file.read()


def snapshot(folder):
    """All that is synced: names, kinds, permissions, times, contents and link targets."""
    found = {}
    base = os.open(folder, os.O_RDONLY)
    for path, folders, files, inside in os.fwalk(b".", dir_fd=base):
        if b".sealsync" in folders:
            folders.remove(b".sealsync")
        for name in folders + files:
            info = os.stat(name, dir_fd=inside, follow_symlinks=False)
            kind, mode = stat.S_IFMT(info.st_mode), stat.S_IMODE(info.st_mode)
            if stat.S_ISLNK(kind):
                found[os.path.join(path, name)] = (kind, info.st_mtime_ns, os.readlink(name, dir_fd=inside))
            elif stat.S_ISREG(kind):
                with open(os.open(name, os.O_RDONLY, dir_fd=inside), "rb") as file:
                    found[os.path.join(path, name)] = (kind, mode, info.st_mtime_ns, file.read())
            else:
                found[os.path.join(path, name)] = (kind, mode)
    os.close(base)
    return found


def check_equal(left, right):
    one, other = snapshot(left), snapshot(right)
    differing = sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
    describe = [f"{path[:200]!r}: {str(one.get(path))[:120]} / {str(other.get(path))[:120]}" for path in differing[:5]]
    assert not differing, f"{len(differing)} files differ:\n" + "\n".join(describe)
    return one


def names(folder):
    return sorted(os.fsdecode(name) for name in os.listdir(folder) if name != b".sealsync")


@contextlib.contextmanager
def mounted(path, *arguments):
    """Something mounted at `path` meanwhile; a skip where that is not allowed."""
    if os.geteuid() != 0 or subprocess.run(["mount", *arguments, path], capture_output=True).returncode != 0:
        raise Skip("needs to mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


@contextlib.contextmanager
def failing_store(world):
    """The store takes no objects meanwhile, but can be opened."""
    users = os.path.join(world.store, b"users", b"alice")
    hidden = []
    for name in os.listdir(users):
        path = os.path.join(users, name)
        if os.path.isdir(path):
            os.rename(path, path + b".away")
            with open(path, "wb"):
                pass
            hidden.append(path)
    assert hidden, os.listdir(users)
    try:
        yield
    finally:
        for path in hidden:
            os.remove(path)
            os.rename(path + b".away", path)


def flip(path):
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def add_to(folder, name, what):
    write(folder, name, read(folder, name) + what)


def contents(folder):
    return sorted(entry[3] for entry in snapshot(folder).values())


def sync_in_vain(world, folder):
    with failing_store(world):
        try:
            world.sync(folder)
        except AssertionError:
            return
    raise AssertionError("the sync did not fail")


def run_case(check):
    root = tempfile.mkdtemp(prefix="sealsync-cli-")
    try:
        check(World(root))
        return "passed"
    except Skip as why:
        print(f"skipped: {check.__doc__} ({why})")
        return "skipped"
    except Exception:
        print(f"failed: {check.__doc__}\n{traceback.format_exc()}")
        return "failed"
    finally:
        for folder, _, _ in os.walk(root):
            os.chmod(folder, 0o700)
        shutil.rmtree(root)


def main():
    if not os.path.exists(TOOL):
        print(f"skipped: {TOOL} is not built")
        sys.exit(77)
    chosen = [check for check in CASES if len(sys.argv) < 2 or sys.argv[1] in check.__doc__]
    results = [run_case(check) for check in chosen]
    counts = ", ".join(f"{results.count(one)} {one}" for one in ("passed", "failed", "skipped"))
    print(f"tally: {counts}")
    sys.exit(1 if "failed" in results else 0)
