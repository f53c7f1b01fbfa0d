#!/usr/bin/env python3
"""What sealing and opening an object costs, digest of the sealed bytes included: ours, the same primitives of Botan
called by hand, and those of OpenSSL.

usage: run.py BIN_DIR [--rounds N] [--publish] [--quick]

Prints medians of CPU time over interleaved rounds; with --publish also into docs/benchmarks.md. BIN_DIR is that of
`cmake --preset bench`.
"""
import argparse
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
from report import ROOT, google, machine, replace_section, table  # noqa: E402

OURS, BOTAN, OPENSSL = "ours", "Botan by hand", "OpenSSL by hand"
LIMIT = 1.25


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--quick", action="store_true", help="once: that it works")
    wanted = parser.parse_args()

    times = {}
    for each in google(wanted.bin_dir / "bench_seal_compare", "--benchmark_enable_random_interleaving=true",
                       f"--benchmark_repetitions={1 if wanted.quick else wanted.rounds}",
                       f"--benchmark_min_time={0.01 if wanted.quick else 0.2}"):
        if each["run_type"] == "iteration":
            task, who = each["run_name"].split(", ")
            times.setdefault(task, {}).setdefault(who, []).append(each["cpu_time"] / 1e3)

    rows = []
    for task, by_whom in sorted(times.items()):
        us = {who: statistics.median(values) for who, values in by_whom.items()}
        ratio = us[OURS] / us[BOTAN]
        rows.append([task, *(f"{us[who]:.2f}" for who in (OURS, BOTAN, OPENSSL)), f"{ratio:.2f}x", f"{LIMIT}x",
                     "reached" if ratio <= LIMIT else "**not reached**"])
    head = ["CPU us", OURS, BOTAN, OPENSSL, "ours, against Botan", "at most", ""]
    text = f"{table(head, rows)}\n\nOn {machine()}; median of {wanted.rounds} rounds.\n"
    print(text)
    if wanted.publish and not wanted.quick:
        replace_section(ROOT / "docs" / "benchmarks.md", "seal", text)


if __name__ == "__main__":
    main()
