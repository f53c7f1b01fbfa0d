#!/usr/bin/env python3
# usage: tests/unite.py OUTPUT SOURCE...
# Writes one source that holds all the given tests, each in a namespace of its own, so that headers are read and
# templates instantiated once for all of them. What they include comes first: the guards then make nothing of it where
# it would stand within a namespace. A source that would not change is left as it is.
import os
import pathlib
import re
import sys

INCLUDE = re.compile(r'#include (<[^>]+>|"[^"]+")')


def includes(source):
    """Their system headers, and their neighbours by full path."""
    with open(source, encoding="utf-8") as lines:
        for named in filter(None, map(INCLUDE.match, lines)):
            name = named[1]
            beside = os.path.join(os.path.dirname(source), name.strip('"'))
            yield f'"{beside}"' if name.startswith('"') and os.path.exists(beside) else name


def main(output, sources):
    headers = dict.fromkeys(header for source in sources for header in includes(source))
    text = "".join(f"#include {header}\n" for header in sorted(headers, key=lambda header: header.startswith('"')))
    for number, source in enumerate(sources):
        text += f'namespace united_{number} {{\n#include "{source}"\n}}\n'
    path = pathlib.Path(output)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


main(sys.argv[1], sys.argv[2:])
