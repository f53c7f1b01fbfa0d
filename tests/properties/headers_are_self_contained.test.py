#!/usr/bin/env python3
"""Every header compiles with no more than what it includes.

Each is compiled after a header that it includes anyway, directly or not, which is precompiled: so no declaration is
there that it does not ask for, and little is read twice. One that another begins with is compiled there."""
import concurrent.futures
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SEALSYNC_SOURCE_DIR"])
INCLUDE = SOURCE / "include"
BYTES_OF_ANOTHERS = 50_000  # a header that is not ours, about: those of the standard library are of this size
WORTH_PRECOMPILING = 0.7  # what it must save, of its own size: the fastest of 2, 1.2 and 0.7


def from_common(function):
    common = SOURCE / "tests/properties/common.sh"
    return subprocess.run(["bash", "-c", f'source "$0" && {function}', common], check=True, capture_output=True,
                          text=True).stdout.split()


def is_usable(header, parts):
    part = re.search(r"/ext/(\w+)|/sealsync_(\w+)\.hpp$", str(header))
    return part is None or (part[1] or part[2]) in (*parts, "merge")


@functools.cache
def closure(header):
    """A header and all it includes, directly or not: paths of ours, names of others'."""
    found = {header}
    for ours, anothers in re.findall(r'^ *# *include (?:"(.+)"|<(.+)>)', header.read_text(encoding="utf-8"), re.M):
        found |= closure(pathlib.Path(os.path.normpath(header.parent / ours))) if ours else {anothers}
    return frozenset(found)


@functools.cache
def size(header):
    return sum(one.stat().st_size if isinstance(one, pathlib.Path) else BYTES_OF_ANOTHERS for one in closure(header))


def base(header, bases):
    """The largest of those that a header includes."""
    return max((one for one in bases if one in closure(header) and one != header), key=size, default=None)


def choose_bases(headers):
    """What to precompile, so that least is read in all: one after another, as long as it is worth it."""
    chosen, saved = [], {header: 0 for header in headers}

    def saves(one):
        return sum(max(0, size(one) - saved[header]) for header in headers if one in closure(header) and one != header)

    while saves(best := max(headers, key=saves)) > WORTH_PRECOMPILING * size(best):
        chosen.append(best)
        for header in headers:
            if best in closure(header) and header != best:
                saved[header] = max(saved[header], size(best))
    return chosen


def beginnings(header):
    """What a header includes before all else, and so on."""
    while first := re.match(r'#ifndef \w+\n#define \w+\n+#include "(.+)"', header.read_text(encoding="utf-8")):
        yield (header := pathlib.Path(os.path.normpath(header.parent / first[1])))


def choose_checks(headers, bases):
    """A header to compile, and what after; the bases first."""
    checks, covered = [], set()
    for header in bases + sorted(headers, key=size, reverse=True):
        if header in covered:
            continue
        after = None if header in bases else base(header, bases)
        covered |= {header, *(one for one in beginnings(header) if after is None or after in closure(one))}
        checks.append((header, after))
    return checks


class Compiler:
    def __init__(self, scratch):
        # Half the time of g++, over the same standard library.
        clang = shutil.which("clang++-14")
        self.once = ["-fpch-instantiate-templates"] if clang else []
        self.command = [clang or os.environ["CXX"], "-std=c++20", "-I", INCLUDE, *from_common("third_party_flags")]
        self.scratch = pathlib.Path(scratch)

    def run(self, header, *arguments):
        done = subprocess.run([*self.command, *arguments, header], capture_output=True, text=True)
        return f"{header}:\n{done.stderr}" if done.returncode != 0 else None

    def precompiled(self, header):
        return self.scratch / str(header.relative_to(INCLUDE)).replace("/", "-")

    def precompile(self, header):
        return self.run(header, *self.once, "-x", "c++-header", "-o", f"{self.precompiled(header)}.gch")

    def check(self, header, after):
        return self.run(header, *(["-include", self.precompiled(after)] if after else []), "-x", "c++", "-fsyntax-only")


def main():
    parts = from_common("usable_parts")
    headers = sorted(one for one in INCLUDE.rglob("*.hpp") if is_usable(one, parts))
    bases = choose_bases(headers)
    others = [check for check in choose_checks(headers, bases) if check[0] not in bases]
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as threads:
        compiler = Compiler(scratch)
        failed = list(filter(None, threads.map(compiler.precompile, bases)))
        failed = failed or list(filter(None, threads.map(lambda check: compiler.check(*check), others)))
    print(*failed, f"{len(headers)} headers: {len(bases)} precompiled, {len(others)} compiled", sep="\n")
    return 1 if failed or len(headers) < 100 else 0


sys.exit(main())
