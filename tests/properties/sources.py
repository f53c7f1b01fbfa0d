#!/usr/bin/env python3
"""Rules about the text of the sources, each a test of its own.

usage: sources.py --list | sources.py RULE
Prints every violation; ends with 1 if there is one.
"""
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TREE = ROOT / "include" / "sealsync"
sys.path.insert(0, str(ROOT / "cmake"))
sys.dont_write_bytecode = True
import amalgamate  # noqa: E402

LINES_MAX = 600
# A header that generates nothing to test by itself: its test is its user's.
UMBRELLAS = re.compile(r"^sealsync(_\w+)?\.hpp$")
THIRD_PARTIES = re.compile(r'#\s*include\s*[<"](botan|sqlite3|simdjson|curl|pugixml|CLI|doctest)\b|'
                           r"\b(Botan::|sqlite3_\w+|simdjson::|pugi::|CURL[A-Z]*_\w+|"
                           r"curl_(easy|global|multi|share|slist|url)_\w+)")
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now|\b(clock_gettime|gettimeofday|"
                    r"std::time|localtime|gmtime)\b|\bsleep_(for|until)\b")
ENTROPY = re.compile(r"\brandom_device\b|\b(getrandom|getentropy|arc4random\w*|BCryptGenRandom)\b|/dev/u?random|"
                     r"\bs?rand\s*\(")
ENVIRONMENT = re.compile(r"\b(secure_)?getenv\b")


# The floors of the house, the lowest first. A header includes what is on its own floor or below. A room is a folder with
# all that is in it; the headers at the top are named one by one.
FLOORS = [
    {"version.hpp", "config.hpp", "function_ref.hpp", "error.hpp", "result.hpp", "bytes.hpp", "ids.hpp", "executor.hpp",
     "fwd.hpp"},
    {"detail/"},
    {"clock/"},
    {"storage/", "http/"},
    {"cipher/", "conflict/", "replica/", "s3/", "attachment.hpp", "layout.hpp", "record.hpp"},
    {"concepts.hpp", "manifest/"},
    {"merge/", "sync_report.hpp", "sync_settings.hpp", "traits.hpp"},
    {"sync/"},
    {"collection.hpp", "sync_engine.hpp", "sync_loop.hpp"},
    {"ext/", "testing/"},
]
# What the lowest floor is made of, and needs nothing itself.
UP_ALLOWED = {("bytes.hpp", "detail/eight_characters.hpp"), ("result.hpp", "detail/owner.hpp")}

RULES = {}


def rule(check):
    RULES[check.__name__] = check
    return check


def headers():
    return amalgamate.headers()


def read(name):
    return (TREE / name).read_text(encoding="utf-8")


def code(name):
    """Without comments, line by line."""
    return [line.split("//")[0] for line in read(name).splitlines()]


def mentions(pattern, allowed):
    for name in headers():
        if name.startswith(allowed):
            continue
        for number, line in enumerate(code(name), 1):
            if found := pattern.search(line):
                yield f"{name}:{number}: {found[0].strip()}"


@rule
def third_parties_are_named_in_ext_only():
    """sealsync_<part>.hpp, generated, includes the headers of ext/<part>/."""
    return mentions(THIRD_PARTIES, ("ext/",))


@rule
def time_is_read_in_one_header():
    return mentions(CLOCKS, ("clock/system_clock.hpp",))


@rule
def entropy_is_read_in_one_header():
    return mentions(ENTROPY, ("detail/entropy.hpp",))


@rule
def the_environment_is_read_in_one_header():
    """As the default of a function that a user may replace."""
    return mentions(ENVIRONMENT, ("s3/s3_profile.hpp",))


@rule
def guards_are_named_after_the_path():
    for name in headers():
        guard = "SEALSYNC_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
        if not read(name).startswith(f"#ifndef {guard}\n#define {guard}\n"):
            yield f"{name}: does not begin with #ifndef {guard} and its #define"


def reached(name, seen):
    seen.add(name)
    for line in read(name).splitlines():
        if own := amalgamate.OWN_INCLUDE.match(line):
            target = amalgamate.resolve(name, own[1])
            if target not in seen:
                reached(target, seen)
    return seen


def room_of(name):
    return name.split("/")[0] + "/" if "/" in name else name


def floor_of(name):
    floors = [number for number, rooms in enumerate(FLOORS) if room_of(name) in rooms]
    return floors[0] if floors else None


def own_headers():
    return [name for name in headers() if not UMBRELLAS.match(name)]


@rule
def every_room_has_a_floor_and_includes_go_down():
    for name in own_headers():
        floor = floor_of(name)
        if floor is None:
            yield f"{name}: {room_of(name)} is on no floor: FLOORS in {Path(__file__).name}"
            continue
        for target in amalgamate.own_includes(name):
            above = floor_of(target) is None or floor_of(target) > floor
            if above and (name, target) not in UP_ALLOWED:
                yield f"{name}: includes {target}, which is on a floor above"


def circle_in(arrows):
    """A circle as the list of its members, or none."""
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        path.append(node)
        for target in sorted(arrows.get(node, ())):
            if found := visit(target):
                return found
        done.add(path.pop())
        return None

    return next((found for node in sorted(arrows) if (found := visit(node))), None)


@rule
def no_circle_of_headers_or_of_rooms():
    of_headers = {name: set(amalgamate.own_includes(name)) for name in own_headers()}
    of_rooms = {}
    for name, targets in of_headers.items():
        for target in targets:
            if room_of(name) != room_of(target) and (name, target) not in UP_ALLOWED:
                of_rooms.setdefault(room_of(name), set()).add(room_of(target))
    for arrows in (of_headers, of_rooms):
        if circle := circle_in(arrows):
            yield "a circle: " + " -> ".join(circle)


@rule
def a_circle_of_headers_is_found():
    """Of the two rules before: each sees what it forbids."""
    if circle_in({"a": {"b"}, "b": {"c"}, "c": {"d"}}) or circle_in({"a": {"b", "c"}, "b": {"c"}}):
        yield "a circle was seen where there is none"
    if circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) != ["b", "c", "b"]:
        yield "a circle was not seen"
    if not floor_of("sync/pusher.hpp") > floor_of("manifest/compact/row.hpp") > floor_of("bytes.hpp"):
        yield "the floors are not in order"


@rule
def every_header_that_opens_the_namespace_includes_the_configuration():
    """Without it SEALSYNC_ABI would be a namespace of that very name: it compiles, and does not link."""
    for name in headers():
        if "SEALSYNC_ABI" in read(name) and "config.hpp" not in reached(name, set()):
            yield f"{name}: uses SEALSYNC_ABI without including config.hpp"


@rule
def namespaces_are_in_the_form_that_tools_read():
    """`namespace a::inline b {` is shorter, and hides everything in it from ctags 5.9 and Doxygen 1.9."""
    form = re.compile(r"namespace sealsync \{ inline namespace SEALSYNC_ABI \{( namespace (detail|testing) \{)?$")
    for name in headers():
        for number, line in enumerate(code(name), 1):
            if line.startswith("namespace sealsync") and not form.match(line.rstrip()):
                yield f"{name}:{number}: {line.rstrip()}"


@rule
def headers_are_ascii_and_short():
    for name in headers():
        text = read(name)
        if not text.isascii():
            yield f"{name}: not ASCII"
        if not UMBRELLAS.match(name) and (lines := text.count("\n")) > LINES_MAX:
            yield f"{name}: {lines} lines, over {LINES_MAX}"


@rule
def every_header_has_a_test_of_its_name():
    for name in headers():
        # The simulator is tested by what it catches, and a conformance suite by the models that pass it.
        if name.startswith("testing/simulat") and any((ROOT / "tests" / "simulation").glob("*.cpp")):
            continue
        of_models = re.sub(r"^testing/(\w+)_conformance\.hpp$", r"conformance/\1.hpp", name)
        test = ROOT / "tests" / Path(of_models).with_suffix(".cpp")
        # A long test is split into <name>_<aspect>.cpp.
        if not UMBRELLAS.match(name) and not test.exists() and not list(test.parent.glob(f"{test.stem}_*.cpp")):
            yield f"{name}: no {test.relative_to(ROOT)}"


@rule
def min_and_max_are_called_in_parentheses():
    """(std::min)(a, b): windows.h has macros of these names, and takes std::min(a, b) for one."""
    return mentions(re.compile(r"\b(min|max)\s*\(.*"), ())


@rule
def tests_never_sleep():
    for path in sorted((ROOT / "tests").rglob("*.cpp")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\bsleep_(for|until)\b|\busleep\b", line.split("//")[0]):
                yield f"{path.relative_to(ROOT)}:{number}: sleeps"


@rule
def the_top_level_holds_what_it_should():
    allowed = {"CMakeLists.txt", "include", "tests", "benchmarks", "examples", "single_include", "README.md", "cmake",
               "docs", "LICENSE", "CMakePresets.json", "build"}
    for entry in sorted(os.listdir(ROOT)):
        if entry not in allowed and not entry.startswith("."):
            yield f"{entry}: does not belong at the top level"


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(RULES)))
        return
    violations = list(RULES[sys.argv[1]]())
    print("\n".join(violations))
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
