#!/usr/bin/env python3
"""Holds documents against the schemas of reports/schema, by an independent validator.

    check_schema.py SCHEMA FILE...     SCHEMA: report, flow, assessment-file ...

A .ndjson file, or - for standard input, is one document a line. Exit 1 where one does not
conform, 2 where nothing could be checked. Needs python3-jsonschema 4 or later.
"""
import json
import pathlib
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent / "reports" / "schema"
ERRORS_SHOWN = 20


def refuse_twins(pairs):
    """An object with a key twice is valid JSON to most readers, and a mistake of ours."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice in {keys}")
    return dict(pairs)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def read(text):
    return json.loads(text, object_pairs_hook=refuse_twins, parse_constant=refuse_constant)


def documents(path):
    """Yields (place, text) of each document of the file."""
    if path == "-" or path.endswith(".ndjson"):
        lines = sys.stdin if path == "-" else open(path, encoding="utf-8")
        with lines:
            for number, line in enumerate(lines, 1):
                yield f"{path}:{number}", line
    else:
        yield path, pathlib.Path(path).read_text(encoding="utf-8")


def problems(validator, text):
    try:
        document = read(text)
    except ValueError as error:
        return [str(error)]
    return [
        f"{error.json_path}: {error.message[:300]}"
        for error in sorted(validator.iter_errors(document), key=lambda e: e.json_path)
    ]


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    schema = read((SCHEMAS / f"{arguments[0]}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    checked = failed = 0
    for path in arguments[1:]:
        for place, text in documents(path):
            checked += 1
            found = problems(validator, text)
            failed += bool(found)
            for problem in found[:ERRORS_SHOWN]:
                print(f"{place}: {problem}", file=sys.stderr)
    print(f"{checked} documents, {failed} do not conform to {arguments[0]}")
    return 2 if checked == 0 else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
