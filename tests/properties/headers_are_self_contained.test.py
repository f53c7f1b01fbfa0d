#!/usr/bin/env python3
"""Every header compiles as the first of a source.

One that another includes before all else is compiled there as it would be alone. So those that none begins with are
enough, and each of them is compiled after a precompiled header that it begins with anyway."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SEALSYNC_SOURCE_DIR"])
INCLUDE = SOURCE / "include"
PRECOMPILED_FOR = 8  # headers, at least: for fewer it costs more than it saves


def from_common(function):
    common = SOURCE / "tests/properties/common.sh"
    return subprocess.run(["bash", "-c", f'source "$0" && {function}', common], check=True, capture_output=True,
                          text=True).stdout.split()


def is_usable(header, parts):
    part = re.search(r"/ext/(\w+)|/sealsync_(\w+)\.hpp$", str(header))
    return part is None or (part[1] or part[2]) in (*parts, "merge")


def first_include(header):
    named = re.match(r'#ifndef \w+\n#define \w+\n+#include "(.+)"', header.read_text(encoding="utf-8"))
    return pathlib.Path(os.path.normpath(header.parent / named[1])) if named else None


def beginnings(header, first):
    """What a header begins with, the longest first."""
    while header := first.get(header):
        yield header


class Compiler:
    def __init__(self, scratch):
        # Half the time of g++, over the same standard library.
        program = shutil.which("clang++-14") or os.environ["CXX"]
        self.command = [program, "-std=c++20", "-I", INCLUDE, *from_common("third_party_flags")]
        self.scratch = pathlib.Path(scratch)
        self.precompiled = {}

    def run(self, header, *arguments):
        done = subprocess.run([*self.command, *arguments, header], capture_output=True, text=True)
        return f"{header}:\n{done.stderr}" if done.returncode != 0 else None

    def precompile(self, header):
        beside = self.scratch / str(len(self.precompiled))
        self.precompiled[header] = beside
        return self.run(header, "-x", "c++-header", "-o", beside.with_suffix(".gch"))

    def check(self, header, first):
        known = next((self.precompiled[one] for one in beginnings(header, first) if one in self.precompiled), None)
        return self.run(header, *(["-include", known] if known else []), "-x", "c++", "-fsyntax-only")


def main():
    parts = from_common("usable_parts")
    headers = [header for header in INCLUDE.rglob("*.hpp") if is_usable(header, parts)]
    first = {header: first_include(header) for header in headers}
    last = sorted(set(headers) - set(first.values()))
    shared = [one for one in headers if sum(one in beginnings(other, first) for other in last) >= PRECOMPILED_FOR]
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as threads:
        compiler = Compiler(scratch)
        failed = list(filter(None, threads.map(compiler.precompile, shared)))
        failed = failed or list(filter(None, threads.map(lambda header: compiler.check(header, first), last)))
    print(*failed, f"{len(headers)} headers: {len(shared)} precompiled, {len(last)} compiled", sep="\n")
    return 1 if failed or len(headers) < 100 else 0


sys.exit(main())
