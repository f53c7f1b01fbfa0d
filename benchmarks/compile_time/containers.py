#!/usr/bin/env python3
"""Counts the functions that one type costs a compiler without optimisation, by what holds it.

usage: containers.py [--compiler CXX]
Each program uses a structure with a string in one way; the functions of the same program without that use are taken off.
Prints a Markdown table for docs/benchmarks.md. Counts are exact for a compiler and its library: nothing is timed.
"""
import argparse
import subprocess
import tempfile
from pathlib import Path

INCLUDE = Path(__file__).resolve().parent.parent.parent / "include"
COMMON = """#include <sealsync/detail/list.hpp>
#include <sealsync/detail/owner.hpp>
#include <sealsync/detail/ranges.hpp>
#include <sealsync/detail/sorted_table.hpp>
#include <sealsync/result.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
using namespace sealsync;
struct item { std::string text; int number = 0; };
item make() { item one; one.text = "x"; item other{one}; other = one; one = std::move(other); return item{std::move(one)}; }
template <class Items> int filled(Items& items) {
    for (int i = 0; i < 9; ++i) items.push_back(make());
    int sum = 0;
    for (auto& each : items) sum += each.number;
    for (const auto& each : std::as_const(items)) sum += each.number;
    Items moved{std::move(items)};
    return sum + static_cast<int>(moved.size());
}
"""
VECTOR = "std::vector<item> items; int n = filled(items);"
CASES = [
    ("`std::vector`: filled, iterated, moved", "", VECTOR + "return n;"),
    ("`detail::list`: the same", "", "detail::list<item> items; return filled(items);"),
    ("`std::unique_ptr`: made, moved, used", "", "std::unique_ptr<item> a{new item}; auto b = std::move(a); return b->number;"),
    ("`detail::owner`: the same", "", "detail::owner<item> a{new item}; auto b = std::move(a); return b->number;"),
    ("`std::map`: filled, searched", "", "std::map<int, item> m; m[1] = make(); return m.find(1)->second.number;"),
    ("`detail::sorted_table`: the same", "", "detail::sorted_table<int, item> m; m[1] = make(); return m.find(1)->number;"),
    ("`std::optional`: filled, moved", "", "std::optional<item> a; a = make(); auto b = std::move(a); return b->number;"),
    ("`result`: made, asked, moved", "", "result<item> a{make()}; if (!a) return 1; auto b = std::move(a); return b->number;"),
    ("`std::sort` with a lambda", VECTOR, "std::sort(items.begin(), items.end(), [](const item& a, const item& b) "
     "{ return a.number < b.number; });"),
    ("`detail::sort_stably`: the same, the first and each further one", VECTOR,
     "detail::sort_stably(items, [](const item& a, const item& b) { return a.number < b.number; });"),
    ("`std::any_of` with a lambda", VECTOR, "n += std::any_of(items.begin(), items.end(), [](const item& a) "
     "{ return a.number > 1; });"),
    ("`detail::any_of`: the same", VECTOR, "n += detail::any_of(items, [](const item& a) { return a.number > 1; });"),
]


def functions(compiler, folder, body):
    source, made = folder / "case.cpp", folder / "case.o"
    source.write_text(f"{COMMON}int main() {{ {body} return 0; }}\n")
    subprocess.run([compiler, "-std=c++20", "-O0", "-I", INCLUDE, "-c", source, "-o", made], check=True)
    listed = subprocess.run(["nm", made], check=True, capture_output=True, text=True).stdout
    return sum(line[17:18] in "TtWw" for line in listed.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    compiler = parser.parse_args().compiler
    print("| use of one type | functions |\n| --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, before, body in CASES:
            count = functions(compiler, folder, before + body) - functions(compiler, folder, before)
            if "further" in what:
                again = functions(compiler, folder, before + body + body) - functions(compiler, folder, before + body)
                print(f"| {what} | {count}, {again} |")
            else:
                print(f"| {what} | {count} |")


if __name__ == "__main__":
    main()
