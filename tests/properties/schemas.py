"""Judges manifests (lines of `kind<TAB>json` on standard input) by the schemas of docs/schema/.

Readers ignore unknown fields, and so do the schemas; here they are made to refuse them, because what is written must
be described. That a schema refuses anything at all is tested by taking every required field away.
"""
import copy
import json
import re
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]


def strict(schema):
    if isinstance(schema, dict):
        schema = {key: strict(value) for key, value in schema.items()}
        if "required" in schema and "properties" in schema and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        return schema
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


def load(name):
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return schema


def plain_sample():
    source = (ROOT / "tests" / "ext" / "simdjson" / "plain_manifest.cpp").read_text()
    return json.loads(re.search(r'sample = R"\((.*?)\)"', source, re.DOTALL).group(1))


def without_each_field(document, optional):
    """Every document that lacks one field which is not optional, at any depth but in maps."""
    def paths(value, path=()):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in optional and not re.fullmatch("[0-9a-f]{32}", key):
                    yield path + (key,)
                yield from paths(inner, path + (key,))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from paths(inner, path + (index,))

    for path in paths(document):
        spoilt = copy.deepcopy(document)
        holder = spoilt
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        yield path, spoilt


def main():
    schemas = {name: load(name) for name in ("segment", "head", "checkpoint", "plain-manifest")}
    judges = {name: Draft202012Validator(strict(schema)) for name, schema in schemas.items()}
    manifests = [line.rstrip("\n").split("\t", 1) for line in sys.stdin if line.strip()]
    manifests = [(kind, json.loads(text)) for kind, text in manifests] + [("plain-manifest", plain_sample())]
    optional = {"device_name", "filename", "media_type", "packed"}
    refused = 0
    for number, (kind, manifest) in enumerate(manifests):
        for error in judges[kind].iter_errors(manifest):
            sys.exit(f"{kind} {number}: {'/'.join(map(str, error.absolute_path))}: {error.message}\n{manifest}")
        if number > 20 and kind != "plain-manifest":
            continue
        for path, spoilt in without_each_field(manifest, optional):
            of_change = path[0] in ("changes", "siblings") and len(path) > 2
            change = manifest[path[0]][path[1]] if of_change else {}
            if change.get("type") == "attachment" and path[2] in ("version", "replaces"):
                continue
            if judges[kind].is_valid(spoilt):
                sys.exit(f"{kind} {number}: valid without {'/'.join(map(str, path))}")
            refused += 1
    print(f"{len(manifests)} manifests are valid, {refused} with a field missing are not")
    if len(manifests) < 500 or refused < 200:
        sys.exit("too few to prove anything")


if __name__ == "__main__":
    main()
