#!/usr/bin/env python3
"""What it costs to compile the library: the working tree against an older commit, in one run.

usage: run.py [--base COMMIT] [--rounds N] [--cases LIST] [--bars] [--publish] [--quick]

Compiles each case on both sides, round after round, one compile at a time. Prints medians of the compiler's CPU time
and peak memory, and counts the functions in the object. The working tree is copied when the run starts, so that edits
during the run change nothing. --cases takes names from the table, separated by commas. --bars compares the ratios of
the measured cases with their limits, and ends with 1 if one is missed. With --publish the tables go into
docs/benchmarks.md. Needs g++, clang++-14, pkg-config, Botan, libcurl, pugixml, SQLite and doctest.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
from report import ROOT, machine, replace_section, run, say, table  # noqa: E402

GCC, CLANG = "g++", "clang++-14"
USED_FOLDERS = ("include", "tests", "examples")
QUICKSTART = Path("examples", "quickstart.cpp")
CORE_ALONE = "#include <sealsync/sealsync.hpp>\n"
DEFAULT_ENGINE = """#include <sealsync/ext/default_engine.hpp>

template class sealsync::basic_sync_engine<sealsync::s3_storage, sealsync::botan_cipher, sealsync::system_clock,
                                           sealsync::keep_both, sealsync::sqlite_replica>;

sealsync::result<sealsync::sync_report> open_and_sync(sealsync::s3_storage store, sealsync::botan_cipher cipher) {
    auto device = sealsync::sync_engine::open({.user = "alice", .device_name = "laptop"}, std::move(store),
                                              std::move(cipher), sealsync::system_clock{}, sealsync::keep_both{},
                                              sealsync::sqlite_replica{"laptop.db"});
    if (!device) return std::move(device).error();
    return device->sync();
}
"""
# As tests/CMakeLists.txt selects the sources of the suite, and those of them that cannot stand within a namespace.
SYNC_SUITE = ("sync/*.cpp", "sync_engine*.cpp", "collection*.cpp", "sealsync.cpp", "testing/archetypes_engine*.cpp")
STAYS_ALONE = re.compile(r"^(template class |template <>|struct is_engine|.*operator new)", re.MULTILINE)


@dataclass
class Side:
    name: str
    folder: Path  # a copy of its sources
    commit: str


@dataclass(frozen=True)
class Case:
    name: str
    compiler: str
    level: str


@dataclass
class Cost:
    seconds: float
    peak: float  # MiB
    functions: int


@dataclass
class Bar:
    case: Case
    what: str  # a member of Cost
    limit: float


CASES = [*(Case(name, *flags) for name in ("quickstart", "default engine")
           for flags in ((GCC, "-O0"), (GCC, "-O2"), (CLANG, "-O0"))),
         *(Case("core alone", compiler, "-O0") for compiler in (GCC, CLANG)),
         Case("sync suite", GCC, "-Og"), Case("sync suite", CLANG, "-O0")]
NAMES = list(dict.fromkeys(case.name for case in CASES))
BARS = [Bar(Case(name, compiler, "-O0"), what, limit)
        for name, what, limit in (("quickstart", "seconds", 0.65), ("core alone", "seconds", 0.8),
                                  ("quickstart", "peak", 0.7))
        for compiler in (GCC, CLANG)]


def tree_side(work):
    folder = work / "tree"
    for name in USED_FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    changes = run("git", "-C", ROOT, "status", "--porcelain", "--", *USED_FOLDERS)
    return Side("tree", folder, short_id("HEAD") + (" with uncommitted changes" if changes else ""))


def base_side(work, commit):
    folder, archive = work / "base", work / "base.tar"
    folder.mkdir()
    run("git", "-C", ROOT, "archive", "-o", archive, commit, *USED_FOLDERS)
    run("tar", "-xf", archive, "-C", folder)
    return Side("base", folder, short_id(commit))


def short_id(commit):
    return run("git", "-C", ROOT, "rev-parse", "--short", f"{commit}^{{commit}}").strip()


def botan_flags():
    for package in ("botan-3", "botan-2"):
        found = subprocess.run(["pkg-config", "--cflags", package], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split()
    sys.exit("pkg-config finds neither botan-3 nor botan-2")


def sync_suite(side):
    tests = side.folder / "tests"
    return sorted(source for pattern in SYNC_SUITE for source in tests.glob(pattern))


def united(side, work):
    """The sources of the suite: one that holds most, and those that stay alone."""
    sources = sync_suite(side)
    alone = [source for source in sources if STAYS_ALONE.search(source.read_text(encoding="utf-8"))]
    together = work / f"sync_{side.name}.cpp"
    run(sys.executable, side.folder / "tests" / "unite.py", together,
        *(source for source in sources if source not in alone))
    return [together, *alone]


def compiled(command):
    """CPU seconds and peak MiB of the compiler; both include the processes that it starts and waits for."""
    with tempfile.TemporaryFile("w+") as messages:
        process = subprocess.Popen(command, stdout=messages, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            messages.seek(0)
            sys.exit(f"{' '.join(command)}: ended with {process.returncode}\n{messages.read()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def functions_in(compiled_object):
    return len(re.findall(r"^[0-9a-f]+ [TW] ", run("nm", compiled_object), re.MULTILINE))


class Bench:
    def __init__(self, work, commit):
        self.work, self.botan = work, botan_flags()
        self.base, self.tree = base_side(work, commit), tree_side(work)
        self.costs = {}  # (case, name of the side): [Cost]
        self.written = {"default engine": DEFAULT_ENGINE, "core alone": CORE_ALONE}

    def share_quickstart(self):
        """Replaces the quickstart of the base by that of the tree if it compiles there; returns whether it does."""
        ours, theirs = (side.folder / QUICKSTART for side in (self.tree, self.base))
        if ours.read_bytes() == theirs.read_bytes():
            return True
        check = [GCC, *self.flags(self.base), "-fsyntax-only", str(ours)]
        if subprocess.run(check, capture_output=True).returncode != 0:
            return False
        shutil.copy(ours, theirs)
        return True

    def flags(self, side):
        return ["-std=c++20", "-I", str(side.folder / "tests"), "-I", str(side.folder / "include"), *self.botan]

    def sources(self, case, side):
        if case.name == "quickstart":
            return [side.folder / QUICKSTART]
        if case.name == "sync suite":
            return united(side, self.work)
        source = self.work / f"{case.name.replace(' ', '_')}.cpp"
        source.write_text(self.written[case.name])
        return [source]

    def cost(self, case, side):
        """The sum of what its sources cost, and the highest of their peaks."""
        total = Cost(0, 0, 0)
        compiled_object = self.work / "compiled.o"
        for source in self.sources(case, side):
            seconds, peak = compiled([case.compiler, *self.flags(side), case.level, "-c", str(source), "-o",
                                      str(compiled_object)])
            total = Cost(total.seconds + seconds, max(total.peak, peak),
                         total.functions + functions_in(compiled_object))
        return total

    def measure(self, cases, rounds):
        for number in range(rounds):
            for at, case in enumerate(cases):
                sides = (self.base, self.tree) if (number + at) % 2 == 0 else (self.tree, self.base)
                for side in sides:
                    cost = self.cost(case, side)
                    self.costs.setdefault((case, side.name), []).append(cost)
                    say(f"round {number + 1} of {rounds}, {case.name}, {case.compiler} {case.level}, {side.name}: "
                        f"{cost.seconds:.2f} s, {cost.peak:.0f} MiB")

    def median(self, case, side, what):
        return statistics.median(getattr(cost, what) for cost in self.costs[case, side])

    def ratio(self, case, what):
        return self.median(case, "tree", what) / self.median(case, "base", what)


def cost_table(bench, cases):
    head = ["case", "compiler and flags", "base CPU s (user + system, median)", "tree CPU s (user + system, median)",
            "ratio", "base peak MiB", "tree peak MiB", "ratio", "base functions emitted", "tree functions emitted"]
    return table(head, (cost_row(bench, case) for case in cases))


def cost_row(bench, case):
    def cells(what, form):
        return [format(bench.median(case, side, what), form) for side in ("base", "tree")]

    return [case.name, f"{case.compiler} {case.level}",
            *cells("seconds", ".2f"), f"{bench.ratio(case, 'seconds'):.2f}x",
            *cells("peak", ".0f"), f"{bench.ratio(case, 'peak'):.2f}x", *cells("functions", ".0f")]


def bar_name(bar):
    return f"{bar.case.name}, {bar.case.compiler} {bar.case.level}, {'CPU time' if bar.what == 'seconds' else 'peak'}"


def is_reached(bench, bar):
    return bench.ratio(bar.case, bar.what) <= bar.limit


def bar_table(bench, bars):
    return table(["tree, against base", "at most", "measured", ""],
                 ([bar_name(bar), f"{bar.limit}x", f"{bench.ratio(bar.case, bar.what):.3f}x",
                   "reached" if is_reached(bench, bar) else "**not reached**"] for bar in bars))


def report(bench, cases, bars, facts):
    compilers = "; ".join(run(name, "--version").splitlines()[0] for name in (GCC, CLANG))
    about = (f"base is commit {bench.base.commit}, tree is {bench.tree.commit}; {'; '.join(facts)}. "
             f"On {machine()}; {compilers}.")
    return "\n\n".join([cost_table(bench, cases), *([bar_table(bench, bars)] if bars else []), about]) + "\n"


def spread(bench):
    """How far the slowest round of a case and side is above the fastest, at most."""
    seconds = [[cost.seconds for cost in costs] for costs in bench.costs.values()]
    return max(max(each) / min(each) - 1 for each in seconds)


def facts_of(bench, rounds, quickstart_is_shared):
    yield "one compile of each" if rounds == 1 else (
        f"median of {rounds} rounds, of which the slowest took up to {spread(bench):.0%} more than the fastest")
    if not quickstart_is_shared:
        yield "the base compiles its own quickstart, because the tree's does not compile there"
    if any(case.name == "sync suite" for case, _ in bench.costs):
        yield f"the suite has {len(sync_suite(bench.base))} sources in base and {len(sync_suite(bench.tree))} in tree"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="d9c014c", help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=lambda text: [name.strip() for name in text.split(",")], default=NAMES,
                        help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--bars", action="store_true", help="end with 1 if a limit is missed")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--quick", action="store_true", help="once: that it works")
    wanted = parser.parse_args()
    if unknown := [name for name in wanted.cases if name not in NAMES]:
        parser.error(f"no such case: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    if wanted.rounds < 1:
        parser.error("--rounds must be at least 1")
    if wanted.quick:
        wanted.rounds, wanted.publish = 1, False
    return parser, wanted


def main():
    parser, wanted = arguments()
    cases = [case for case in CASES if case.name in wanted.cases]
    bars = [bar for bar in BARS if wanted.bars and bar.case in cases]
    if wanted.bars and not bars:
        parser.error("--bars has no limit for these cases")

    with tempfile.TemporaryDirectory(prefix="compile_time.") as work:
        bench = Bench(Path(work), wanted.base)
        shared = "quickstart" not in wanted.cases or bench.share_quickstart()
        bench.measure(cases, wanted.rounds)
        facts = list(facts_of(bench, wanted.rounds, shared))
    text = report(bench, cases, bars, facts)
    print(text)
    if wanted.publish:
        replace_section(ROOT / "docs" / "benchmarks.md", "compile_time", text)
    missed = [bar for bar in bars if not is_reached(bench, bar)]
    for bar in missed:
        say(f"not reached: {bar_name(bar)}: {bench.ratio(bar.case, bar.what):.3f}x, at most {bar.limit}x")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
