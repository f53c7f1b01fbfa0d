#!/usr/bin/env python3
"""Who merges manifests how fast: ours against others and against what limits it, in one run.

usage: run.py BIN_DIR [--rounds N] [--large] [--out DIR] [--publish] [--quick]

Makes seeded data, has every contender merge it once to compare the winners, then times all in turn, round after round.
Writes rates.csv, rates.svg and sizes.svg to DIR and prints the tables; with --publish also to docs/ and the README.
BIN_DIR is that of `cmake --preset bench`. Needs gnuplot and node; --large needs 16 GiB of memory.
"""
import argparse
import csv
import random
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
from report import ROOT, google, machine, replace_section, run, say, table  # noqa: E402

OURS, TWO, ANY, NEW = "ours", "ours, 2 threads", "ours, any JSON", "ours, 1,000 new"
COMPACT, SEALED, OPENING = "ours, compact form", "ours, sealed compact form", "AES-256-GCM alone"
READ, STAGE_1, MEMORY = "simdjson, all fields read", "simdjson stage 1", "memory read"
DOM, NLOHMANN, RAPIDJSON, NODE = "simdjson DOM + sort", "nlohmann + sort", "RapidJSON + sort", "node + sort"
PLAIN = "ours, -O2 for any x86-64"
MAIN, PRETTY, BLANK = "1 M", "1 M pretty", "1 M, one blank more"


@dataclass
class DataSet:
    name: str
    changes: int
    repeats: int = 30
    concurrent: int = 0
    form: str = "canonical"
    deltas: int = 0
    programs: tuple = ("ours", "simdjson")
    only: str = "."  # of the programs' contenders


def data_sets(wanted):
    everyone = ("ours", "ours_plain", "simdjson", "nlohmann", "rapidjson", "memory", "node")
    unit = 10_000 if wanted.quick else 1_000_000
    rivals = everyone if not wanted.quick else ("ours", "simdjson")
    sets = [DataSet(MAIN, unit, deltas=50 if not wanted.quick else 2, programs=everyone),
            DataSet(PRETTY, unit, form="pretty", only="any JSON|all fields|stage 1"),
            DataSet(BLANK, unit, form="blank", only="any JSON|all fields|stage 1"),
            DataSet("1 M, 95 % repeats", unit, repeats=95),
            DataSet("1 M, 5 % concurrent", unit, concurrent=5, programs=("ours",)),
            DataSet("100 k", unit // 10, programs=rivals),
            DataSet("10 k", unit // 100, programs=rivals)]
    if wanted.large:
        sets.append(DataSet("10 M", unit * 10, only="^ours(, 2 threads)?/|all fields"))
    return sets


class Bench:
    def __init__(self, wanted, work):
        self.bin, self.work, self.rounds = wanted.bin_dir.resolve(), work, wanted.rounds
        self.quick = wanted.quick
        self.min_time = 0.01 if wanted.quick else 0.25
        self.sets = data_sets(wanted)
        self.rates = {}  # (set, contender): [M changes/s]

    def measure(self):
        for one in self.sets:
            say(f"{one.name}: generating")
            run(self.program("generate"), self.work / one.name, one.changes, one.repeats, one.concurrent, one.form,
                one.deltas)
        for number in range(self.rounds):
            turns = [(one, program) for one in self.sets for program in one.programs]
            random.Random(number).shuffle(turns)
            say(f"round {number + 1} of {self.rounds}")
            for one, program in turns:
                for contender, rate in self.node(one) if program == "node" else self.google(one, program):
                    self.rates.setdefault((one.name, contender), []).append(rate)

    def program(self, name):
        return self.bin / f"bench_manifest_merge_{name}"

    def google(self, one, program):
        only = "^ours/" if program == "ours_plain" else one.only
        for each in google(self.program(program), self.work / one.name, f"--benchmark_min_time={self.min_time}",
                           f"--benchmark_filter={only}", env=LARGE_PAGES):
            name = each["name"].split("/")[0]
            yield PLAIN if program == "ours_plain" else name, each["items_per_second"] / 1e6

    def node(self, one):
        out = run("node", "--expose-gc", "--max-old-space-size=8192", HERE / "rival.js", self.work / one.name, 1)
        yield NODE, one.changes / float(out) / 1e3

    def median(self, name, contender):
        rates = self.rates.get((name, contender))
        return statistics.median(rates) if rates else None


# Large pages for everyone's memory.
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def targets(bench):
    """[(what, measured, must reach, aim, how the first compares: 2 aim reached, 1 must, 0 neither, None unknown)]"""
    found = []

    def add(what, must, aim, show, measure, smaller=False):
        try:
            value = measure()
        except TypeError:  # a contender that was not measured has no median
            return found.append((what, "not measured", show(must), show(aim), None))
        reaches = (lambda wanted: value <= wanted) if smaller else (lambda wanted: value >= wanted)
        found.append((what, show(value), show(must), show(aim), 2 if reaches(aim) else 1 if reaches(must) else 0))

    rate = lambda contender, name=MAIN: bench.median(name, contender)
    times = lambda value: f"{value:.3g}x" if value < 10 else f"{value:.0f}x"
    add("canonical JSON, 1 thread, against simdjson's all-field read", 1.5, 2.5, times, lambda: rate(OURS) / rate(READ))
    for rival, must, aim in ((NLOHMANN, 150, 300), (DOM, 55, 110), (NODE, 55, 110)):
        add(f"against {rival}", must, aim, times, lambda: rate(OURS) / rate(rival))
    for name, form in ((PRETTY, "pretty"), (BLANK, "canonical but for one blank")):
        add(f"any JSON ({form}), against the all-field read", 0.6, 0.9, times,
            lambda: rate(ANY, name) / rate(READ, name))
    add("2 threads against 1", 1.5, 1.9, times, lambda: rate(TWO) / rate(OURS))
    add("cost of a change, 10 M against 100 k", 0.3, 0.1, lambda value: f"{value:+.0%}",
        lambda: rate(OURS, "100 k") / rate(OURS, "10 M") - 1, smaller=True)
    add("1,000 new changes into 700 k objects, against the full merge", 1 / 1000, 1 / 2000,
        lambda value: f"1/{1 / value:.0f}", lambda: 1e-3 / rate(NEW) / (1 / rate(OURS)), smaller=True)
    add("sealed compact form, against 1 / (1/cipher + 1/fold)", 0.8, 0.95, times,
        lambda: rate(SEALED) * (1 / rate(OPENING) + 1 / rate(COMPACT)))
    add("-O2 for any x86-64, against -O3 for this one", 0.8, 0.95, times, lambda: rate(PLAIN) / rate(OURS))
    add("(the all-field read itself, against simdjson's stage 1)", 0.28, 0.28, times, lambda: rate(READ) / rate(STAGE_1))
    return found


def target_table(bench):
    words = {2: "aim reached", 1: "reached", 0: "**not reached**", None: "-"}
    return table(["1 M changes, `replaces` honoured and siblings kept", "must reach", "aim", "measured", ""],
                 ([what, must, aim, got, words[how]] for what, got, must, aim, how in targets(bench)))


def rate_table(bench, names, title):
    """Median (best) M changes/s of every contender, the fastest first."""
    contenders = {contender for name, contender in bench.rates if name in names}
    fastest = lambda contender: max(bench.median(name, contender) or 0 for name in names)

    def cell(name, contender):
        rates = bench.rates.get((name, contender))
        return f"{figure(statistics.median(rates))} ({figure(max(rates))})" if rates else ""

    return table([title, *names], ([contender, *(cell(name, contender) for name in names)]
                                   for contender in sorted(contenders, key=fastest, reverse=True)))


def figure(value):
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"


def write_csv(bench, path):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["data", "contender", "round", "M changes/s"])
        for (name, contender), rates in bench.rates.items():
            for number, rate in enumerate(rates, 1):
                out.writerow([name, contender, number, f"{rate:.4f}"])


def plot(script):
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


STYLE = """set terminal svg size 880,{height} dynamic font 'sans-serif,13' background rgb 'white'
set output '{path}'
set grid x lt 1 lc rgb '#dddddd'
set border 3
set tics nomirror
"""


def plot_rates(bench, path):
    """A bar for each who was measured with the main data, the fastest above, by a logarithmic scale."""
    rows = sorted((bench.median(*key), key[1]) for key in bench.rates if key[0] == MAIN and key[1] != NEW)
    labels = ", ".join(f'"{name}" {at}' for at, (_, name) in enumerate(rows))
    script = STYLE.format(path=path, height=90 + 26 * len(rows))
    script += f"""set logscale x
set xlabel 'M changes/s of 1 M changes, logarithmic'
set yrange [-0.7:{len(rows) - 0.3}]
set xrange [{rows[0][0] / 2}:{rows[-1][0] * 2.5}]
set ytics ({labels})
set style fill solid
unset key
plot '-' using (0.0001):1:(0.0001):2:($1-0.36):($1+0.36):3 with boxxyerror lc rgb variable, \\
     '-' using 1:2:3 with labels left offset 0.4,0
"""
    colour = lambda name: 0x1f6fb4 if name.startswith("ours") else 0x9a9a9a
    script += "".join(f"{at} {rate} {colour(name)}\n" for at, (rate, name) in enumerate(rows)) + "e\n"
    script += "".join(f'{rate} {at} "{figure(rate)}"\n' for at, (rate, name) in enumerate(rows)) + "e\n"
    plot(script)


def plot_sizes(bench, path):
    """Rates by the number of changes."""
    sizes = [(one.changes, one.name) for one in bench.sets if one.name in ("10 k", "100 k", MAIN, "10 M")]
    sizes.sort()
    shown = [name for name in (TWO, OURS, ANY, READ, DOM, RAPIDJSON, NODE, NLOHMANN)
             if sum((size, name) in bench.rates for _, size in sizes) > 1]
    script = STYLE.format(path=path, height=460)
    script += """set logscale xy
set grid y lt 1 lc rgb '#dddddd'
set xlabel 'changes'
set ylabel 'M changes/s'
set format x '10^{%T}'
set format y '%g'
set key outside right
plot """
    script += ", ".join(f"'-' using 1:2 with linespoints lw 2 pt 7 ps 0.6 title \"{name}\"" for name in shown) + "\n"
    for name in shown:
        rates = [(changes, bench.median(size, name)) for changes, size in sizes]
        script += "".join(f"{changes} {rate}\n" for changes, rate in rates if rate) + "e\n"
    plot(script)


def versions():
    compiler = run("g++", "--version").splitlines()[0]
    packages = run("dpkg-query", "-W", "-f=${Package} ${Version}, ", "libsimdjson-dev", "nlohmann-json3-dev",
                   "rapidjson-dev", "nodejs").rstrip(", ") if shutil.which("dpkg-query") else ""
    return f"{compiler}; {packages}"


def report(bench, command):
    sizes = [name for name in ("10 k", "100 k", MAIN, "10 M") if any(name == key[0] for key in bench.rates)]
    others = [one.name for one in bench.sets if one.name not in sizes]
    return "\n\n".join([
        *(["**--quick: a hundredth of the sizes that are named, no figures.**"] if bench.quick else []),
        target_table(bench),
        f"M changes/s, median (best) of {bench.rounds} rounds:",
        rate_table(bench, sizes, "30 % repeats"),
        rate_table(bench, others, "other data"),
        f"On {machine()}; {versions()}; by `{command}`."])


def publish(bench, text, out):
    folder = ROOT / "docs" / "benchmarks"
    folder.mkdir(exist_ok=True)
    for name in ("rates.csv", "rates.svg", "sizes.svg"):
        shutil.copy(out / name, folder / f"merge-{name}")
    replace_section(ROOT / "docs" / "benchmarks.md", "manifest_merge", "\n![rates](benchmarks/merge-rates.svg)\n\n"
                    f"![rates by size](benchmarks/merge-sizes.svg)\n\n{text}\n")
    replace_section(ROOT / "README.md", "manifest_merge", "![Manifest merge, M changes/s](docs/benchmarks/merge-rates.svg)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="10 M changes, too")
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm"), help="for the data; 2 GB, 6 GB with --large")
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a hundredth of everything, once: that it works")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.rounds, wanted.publish = 1, False

    work = Path(tempfile.mkdtemp(prefix="manifest_merge.", dir=wanted.folder))
    try:
        bench = Bench(wanted, work)
        bench.measure()
    finally:
        shutil.rmtree(work)
    wanted.out.mkdir(parents=True, exist_ok=True)
    write_csv(bench, wanted.out / "rates.csv")
    plot_rates(bench, wanted.out / "rates.svg")
    plot_sizes(bench, wanted.out / "sizes.svg")
    options = f"--rounds {wanted.rounds}{' --large' * wanted.large}{' --publish' * wanted.publish}"
    command = f"benchmarks/manifest_merge/run.py build/bench/bin {options}"
    text = report(bench, command)
    print(text)
    if wanted.publish:
        publish(bench, text, wanted.out)


if __name__ == "__main__":
    main()
