#!/usr/bin/env python3
"""Where the time of a whole sync goes: many small records, pushed by one device and pulled by another, over a store in
memory, sealed.

usage: run.py BIN_DIR [--records N] [--rest N] [--publish] [--quick]

Samples bench_whole_sync_ours with perf, and gives each sample to the part that the innermost known function on its
stack belongs to. --rest N shows which N functions of the engine itself take most. With --publish the table goes
into docs/benchmarks.md. BIN_DIR is that of `cmake --preset bench`.
"""
import argparse
import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
from report import ROOT, machine, replace_section, run, say, table  # noqa: E402

PHASES = {"push": "whole_push", "pull": "whole_pull"}
# The first that a frame matches: a function, without template arguments, and the file that it is in.
PARTS = [
    ("cipher", re.compile(r"libbotan|botan_|::envelope|::key_schedule|detail::hkdf|sealing_context")),
    ("manifests", re.compile(r"canonical_codec|json_|lay_out_|compact_|segment_form|write_segment|row_writer|row_viewer|"
                             r"simdjson|check_change|check_rows|text_forms|write_rows")),
    ("replica", re.compile(r"libsqlite|sqlite_|memory_replica|unit_of_work::(load|store|erase|scan|commit)\b")),
    ("replica's rows", re.compile(r"detail::encode|detail::decode|read_row|write_row|read_change|write_change|write_ref|"
                                  r"read_ref|object_ref::(key|parse)|interval_set|unit_of_work|wire_(reader|writer)")),
    ("store", re.compile(r"memory_storage|metered_storage")),
]
REST = "the engine itself"


def stacks(script):
    """Of each sample the functions, each with its file, innermost first."""
    for sample in script.split("\n\n"):
        frames = [bare(line.strip().split(" ", 1)[1]) for line in sample.splitlines()[1:] if " " in line.strip()]
        if frames:
            yield frames


def part_of(frames):
    for frame in frames:
        for part, pattern in PARTS:
            if pattern.search(frame):
                return part
    return REST


def bare(frame):
    """Without template arguments and parameters, which name other parts."""
    name, _, file = frame.rpartition(" (")
    out, depth = "", 0
    for c in name.replace("operator<", "operator").replace("operator()", "call").replace("(anonymous namespace)", ""):
        depth += c in "<("
        if depth == 0:
            out += c
        depth -= c in ">)"
    return f"{out} ({file}"


def sampled(program, records, replica, show_rest):
    """{phase: {part: share}}, {phase: CPU seconds}"""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        data = Path(folder) / "perf.data"
        out = run("perf", "record", "--call-graph", "dwarf,16384", "-F", 1499, "-o", data, program, records, replica,
                  folder)
        script = subprocess.run(["perf", "script", "--no-inline", "-F", "comm,ip,sym,dso", "-i", data],
                                capture_output=True, text=True, errors="replace", check=True).stdout
    seconds = {line.split()[0]: float(line.split()[2]) for line in out.splitlines() if line.split()[0] in PHASES}
    counts = {phase: collections.Counter() for phase in PHASES}
    rest = {phase: collections.Counter() for phase in PHASES}
    for frames in stacks(script):
        phase = next((phase for phase, name in PHASES.items() if any(name in frame for frame in frames)), None)
        if phase is None:
            continue
        frames = frames[:next(i for i, frame in enumerate(frames) if PHASES[phase] in frame)]
        part = part_of(frames)
        counts[phase][part] += 1
        if part == REST:
            ours = next((frame for frame in frames if "sealsync::" in frame), "?")
            rest[phase][ours.split(" (")[0]] += 1
    for phase in PHASES:
        for name, count in rest[phase].most_common(show_rest):
            say(f"{phase}, {replica}: {count / counts[phase].total():.1%} {name}")
    shares = {phase: {part: n / counts[phase].total() for part, n in counts[phase].items()} for phase in PHASES}
    return shares, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rest", type=int, default=0)
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--quick", action="store_true", help="few records: that it works")
    wanted = parser.parse_args()
    records = 5_000 if wanted.quick else wanted.records

    columns, shares, seconds = [], {}, {}
    for replica in ("memory", "sqlite"):
        parts, taken = sampled(wanted.bin_dir / "bench_whole_sync_ours", records, replica, wanted.rest)
        for phase in PHASES:
            column = f"{phase}, {'SQLite' if replica == 'sqlite' else 'memory'}"
            columns.append(column)
            shares[column], seconds[column] = parts[phase], taken[phase]

    rows = [[part, *(f"{shares[column].get(part, 0):.0%}" for column in columns)]
            for part in (*(part for part, _ in PARTS), REST)]
    rows.append(["CPU us a record", *(f"{seconds[column] / records * 1e6:.1f}" for column in columns)])
    text = (f"{table([f'{records:,} records of 200 bytes', *columns], rows)}\n\n"
            f"On {machine()}; sampled by perf, which makes it slower than it is.\n")
    print(text)
    if wanted.publish and not wanted.quick:
        replace_section(ROOT / "docs" / "benchmarks.md", "whole_sync", text)


if __name__ == "__main__":
    main()
