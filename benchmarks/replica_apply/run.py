#!/usr/bin/env python3
"""How fast a SQLite replica takes the objects of a large pull, by their order.

usage: run.py BIN_DIR [--rounds N] [--objects N] [--folder DIR] [--publish] [--quick]

Each round puts the same rows into a new replica in --folder (the system's for temporary files unless told), sorted by
their keys and in the order of arrival, and compares all of them afterwards. Prints medians; with --publish also into
docs/benchmarks.md. BIN_DIR is that of `cmake --preset bench`.
"""
import argparse
import statistics
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
from report import ROOT, machine, replace_section, run, say, table  # noqa: E402

ORDERS = ("sorted", "arrival")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--quick", action="store_true", help="few, once: that it works")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.rounds, wanted.objects = 1, 10_000

    taken = {order: [] for order in ORDERS}
    for number in range(wanted.rounds):
        for order in ORDERS:
            with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
                out = run(wanted.bin_dir / "bench_replica_apply_sqlite", folder, order, wanted.objects)
            taken[order].append([float(seconds) for seconds in out.split()])
            say(f"round {number + 1} of {wanted.rounds}, {order}: {taken[order][-1][1]:.2f} s")

    median = {order: [statistics.median(column) for column in zip(*taken[order])] for order in ORDERS}
    rate = {order: wanted.objects / median[order][1] / 1e6 for order in ORDERS}
    rows = [["sorted by key", f"{rate['sorted']:.2f}", *(f"{s:.2f}" for s in median["sorted"])],
            ["in the order of arrival", f"{rate['arrival']:.2f}", "-", *(f"{s:.2f}" for s in median["arrival"][1:])]]
    ratio = rate["sorted"] / rate["arrival"]
    verdict = lambda reached: "reached" if reached else "**not reached**"
    goals = [["sorted, against arrival", "3x", f"{ratio:.1f}x", verdict(ratio >= 3)],
             ["sorted, M objects/s", "0.8", f"{rate['sorted']:.2f}", verdict(rate["sorted"] >= 0.8)]]
    head = [f"{wanted.objects:,} objects, one transaction", "M objects/s", "sorting s", "s", "CPU s"]
    text = (f"{table(head, rows)}\n\n{table(['', 'at least', 'measured', ''], goals)}\n\n"
            f"On {machine()}; median of {wanted.rounds} rounds.\n")
    print(text)
    if wanted.publish and not wanted.quick:
        replace_section(ROOT / "docs" / "benchmarks.md", "replica_apply", text)


if __name__ == "__main__":
    main()
