#!/usr/bin/env python3
"""usage: run.py SEALSYNC [--rounds N] [--small N] [--large-mib N] [--folder DIR | --image] [--publish]

Times the same folders through three tools, in interleaved rounds: `sealsync sync`, `rclone copy` with a crypt remote
on a local folder, `restic backup` and `restic restore`. Small: 10,000 files of 4 KiB. Large: one file of 1 GiB. Prints
median wall time, CPU time and peak memory of each, and the ratios, as Markdown; with --publish also into
docs/benchmarks.md. What came back is compared with what
went in before a time counts. sealsync has made what it wrote durable when it ends (two barriers per batch of the store,
counted here under strace); the others do not wait for the disk. So each has a second time, "on disk": with a sync of
the file system after it. --image (root) measures on a new ext4 with a journal, in a file that is not cached a second
time: without a journal, ext4 is slow for some time to create files where others were deleted, and whoever comes second
pays.
"""
import argparse
import contextlib
import filecmp
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from report import ROOT, machine, replace_section  # noqa: E402

PASSPHRASE = "a benchmark's passphrase"


def make_small(folder: Path, count: int) -> None:
    rng = random.Random(1)
    for i in range(count):
        path = folder / f"{i // 100:03}" / f"file-{i:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(4096))


def make_large(folder: Path, mib: int) -> None:
    rng = random.Random(2)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "large.bin", "wb") as file:
        for _ in range(mib):
            file.write(rng.randbytes(1 << 20))


def equal(left: Path, right: Path) -> bool:
    """Every file of `left` is in `right` with the same bytes, and nothing else is but hidden state."""
    names = lambda top: sorted(p.relative_to(top) for p in top.rglob("*") if p.is_file() and ".sealsync" not in p.parts)
    mine = names(left)
    return mine == names(right) and all(filecmp.cmp(left / n, right / n, shallow=False) for n in mine)


class Run:
    """One process: wall and CPU seconds, peak resident memory in MiB; `durable` seconds until `folder` is on disk."""

    def __init__(self, command, env, folder: Path):
        # Nobody pays for what others left in the page cache; but the source stays warm for all.
        os.sync()
        start = time.monotonic()
        process = subprocess.Popen([str(c) for c in command], env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - start
        subprocess.run(["sync", "-f", folder], check=True)
        self.durable = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"{' '.join(map(str, command))}\nfailed: {errors.decode(errors='replace')}")


def quiet(command, env):
    subprocess.run([str(c) for c in command], env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, check=True)


class Sealsync:
    name = "sealsync"

    def __init__(self, program):
        self.program, self.env = program, {"SEALSYNC_PASSPHRASE": PASSPHRASE}

    def up(self, source: Path, work: Path) -> Run:
        store = work / "store"
        store.mkdir()
        quiet([self.program, "init", source, "--store", f"dir:{store}", "--user", "bench", "--device", "one"], self.env)
        return Run([self.program, "sync", source], self.env, work)

    def down(self, target: Path, work: Path) -> Run:
        quiet([self.program, "join", target, "--store", f"dir:{work / 'store'}", "--user", "bench", "--device", "two"],
              self.env)
        return Run([self.program, "sync", target], self.env, work)

    def clean(self, source: Path):
        shutil.rmtree(source / ".sealsync", ignore_errors=True)


class Rclone:
    name = "rclone crypt"

    def environment(self, work: Path):
        obscured = subprocess.run(["rclone", "obscure", PASSPHRASE], capture_output=True, text=True, check=True).stdout
        return {"RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_SECRET_TYPE": "crypt",
                "RCLONE_CONFIG_SECRET_REMOTE": str(work / "store"), "RCLONE_CONFIG_SECRET_PASSWORD": obscured.strip()}

    def up(self, source: Path, work: Path) -> Run:
        return Run(["rclone", "copy", source, "secret:"], self.environment(work), work)

    def down(self, target: Path, work: Path) -> Run:
        return Run(["rclone", "copy", "secret:", target], self.environment(work), work)

    def clean(self, source: Path):
        pass


class Restic:
    name = "restic"

    def environment(self, work: Path):
        return {"RESTIC_PASSWORD": PASSPHRASE, "RESTIC_REPOSITORY": str(work / "store"),
                "RESTIC_CACHE_DIR": str(work / "cache")}

    def up(self, source: Path, work: Path) -> Run:
        quiet(["restic", "init", "--quiet"], self.environment(work))
        self.source = source
        return Run(["restic", "backup", "--quiet", source], self.environment(work), work)

    def down(self, target: Path, work: Path) -> Run:
        run = Run(["restic", "restore", "latest", "--quiet", "--target", target], self.environment(work), work)
        restored = target / self.source.relative_to("/")
        for entry in restored.iterdir():
            entry.rename(target / entry.name)
        shutil.rmtree(target / restored.relative_to(target).parts[0])
        return run

    def clean(self, source: Path):
        pass


def measure(tools, source: Path, base: Path, rounds: int):
    """{(tool, direction): [Run]}, one run of each tool after the other in every round."""
    runs = {}
    for _ in range(rounds):
        for tool in tools:
            work = Path(tempfile.mkdtemp(dir=base))
            target = work / "back"
            target.mkdir()
            up, down = tool.up(source, work), tool.down(target, work)
            tool.clean(source)
            if not equal(source, target):
                sys.exit(f"{tool.name}: what came back is not what went in")
            runs.setdefault((tool.name, "up"), []).append(up)
            runs.setdefault((tool.name, "down"), []).append(down)
            shutil.rmtree(work)
    return runs


def count_barriers(program, source: Path, base: Path) -> str:
    work = Path(tempfile.mkdtemp(dir=base))
    tool = Sealsync(program)
    store, log = work / "store", work / "strace"
    store.mkdir()
    quiet([program, "init", source, "--store", f"dir:{store}", "--user", "bench", "--device", "one"], tool.env)
    traced = "trace=syncfs,fsync,fdatasync,renameat,renameat2,linkat"
    quiet(["strace", "-f", "-o", log, "-e", traced, program, "sync", source], tool.env)
    calls = {}
    for line in log.read_text(errors="replace").splitlines():
        for call in ("syncfs(", "fsync(", "fdatasync(", "renameat", "linkat("):
            if f" {call}" in line:
                calls[call.rstrip("(")] = calls.get(call.rstrip("("), 0) + 1
    tool.clean(source)
    shutil.rmtree(work)
    return ", ".join(f"{count} {call}" for call, count in sorted(calls.items()))


def median(runs, name, way, what):
    return statistics.median(getattr(r, what) for r in runs[name, way])


def targets(small, large) -> str:
    """What is wanted of sealsync, against rclone; the first figure is rclone's time as it ends, the second on disk."""
    lines = ["#### Targets", "", "| rclone's time over sealsync's | measured | on disk | wanted | |",
             "| --- | --- | --- | --- | --- |"]
    for title, runs, least in (("small files", small, 1.2), ("large file", large, 1.0)):
        for way in ("up", "down"):
            ratio = lambda what: median(runs, "rclone crypt", way, what) / median(runs, "sealsync", way, what)
            met = "yes" if ratio("wall") >= least else "on disk only" if ratio("durable") >= least else "**no**"
            lines.append(f"| {title}, {way} | {ratio('wall'):.2f}x | {ratio('durable'):.2f}x | {least:.1f}x | {met} |")
    peak = max(r.memory for runs in (small, large) for way in ("up", "down") for r in runs["sealsync", way])
    lines.append(f"| peak memory | {peak:.0f} MiB | | under 64 MiB | {'yes' if peak < 64 else '**no**'} |")
    return "\n".join(lines) + "\n"


def table(title, runs, tools):
    """One row per tool and direction. A ratio above 1 says how many times sealsync's time another took."""
    lines = [f"#### {title}", "", "| | s | on disk s | CPU s | MiB | against sealsync | on disk |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for way in ("up", "down"):
        for tool in tools:
            n = tool.name
            ratio = lambda what: median(runs, n, way, what) / median(runs, "sealsync", way, what)
            lines.append(f"| {n}, {way} | {median(runs, n, way, 'wall'):.2f} | {median(runs, n, way, 'durable'):.2f} "
                         f"| {median(runs, n, way, 'cpu'):.2f} | {max(r.memory for r in runs[n, way]):.0f} "
                         f"| {ratio('wall'):.2f}x | {ratio('durable'):.2f}x |")
    return "\n".join(lines) + "\n"


def mount_image(image: Path, mount: Path) -> str:
    """A new ext4 in a file; gives its loop device. Written past the cache: the disk has only one."""
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate(16 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    device = subprocess.run(["losetup", "--find", "--show", "--direct-io=on", image], check=True, capture_output=True,
                            text=True).stdout.strip()
    subprocess.run(["mount", device, mount], check=True)
    return device


@contextlib.contextmanager
def work_folder(folder: Path, image: bool):
    base = Path(tempfile.mkdtemp(prefix="folder_sync.", dir=folder))
    device = None
    try:
        if image:
            device = mount_image(base / "image", base / "mount")
        yield base / "mount" if image else base
    finally:
        if image:
            subprocess.run(["umount", base / "mount"], check=False)
        if device:
            subprocess.run(["losetup", "--detach", device], check=False)
        shutil.rmtree(base)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sealsync", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large-mib", type=int, default=1024)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on the disk to measure, 10 GiB free")
    parser.add_argument("--image", action="store_true", help="on a new ext4 in a file there (root)")
    parser.add_argument("--publish", action="store_true", help="into docs/benchmarks.md, too")
    wanted = parser.parse_args()

    tools = [Sealsync(wanted.sealsync.resolve()), Rclone(), Restic()]
    with work_folder(wanted.folder, wanted.image) as base:
        small, large = base / "small", base / "large"
        small.mkdir()
        make_small(small, wanted.small)
        make_large(large, wanted.large_mib)
        of_small = measure(tools, small, base, wanted.rounds)
        of_large = measure(tools, large, base, wanted.rounds)
        text = "\n".join([table(f"{wanted.small} files of 4 KiB, median of {wanted.rounds}", of_small, tools),
                          table(f"One file of {wanted.large_mib} MiB, median of {wanted.rounds}", of_large, tools),
                          targets(of_small, of_large),
                          "Barriers of `sealsync sync` of the small files, up: "
                          f"{count_barriers(tools[0].program, small, base)}. On {machine()}."])
    print(text)
    if wanted.publish:
        replace_section(ROOT / "docs" / "benchmarks.md", "folder_sync", text)


if __name__ == "__main__":
    main()
