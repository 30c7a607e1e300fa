#!/usr/bin/env python3
"""Runs the program on every capture of a folder, each in a process of its own.

    check_corpora.py PROGRAM DIR... [--limit SECONDS] [--ndpi on|off] [--every N]

Some of the captures are made to break programs. Whatever they hold, `flows` and `analyze`
must end within the limit, with 0, 1 or 4, and with a sentence that names the file where it
is 1 or 4; nothing may crash or hang, also not a worker; no sanitizer may speak. What
`analyze` writes must be there whole, and its flow records are those of `flows`.
"""
import argparse
import collections
import json
import pathlib
import re
import sys
import tempfile

import flow_records as fr

NO_CAPTURES = {".json", ".csv", ".md", ".txt", ".keylog", ".py", ".c", ".h", ".log", ".sh"}
SENTENCE = re.compile(r"\w+\W+\w+\W+\w+")


def captures_below(folder):
    """Every file that may be a capture; `oracle` folders hold opinions of them."""
    if folder.is_file():
        return [folder]
    return [path for path in sorted(folder.rglob("*"))
            if path.is_file() and "oracle" not in path.parts and
            path.suffix.lower() not in NO_CAPTURES and not path.name.startswith(".")]


def common_problem(result, capture, limit):
    problem = fr.trouble(result, limit)
    if problem:
        return problem
    if result.code not in (0, 1, 4):
        return f"ended with {result.code}: {result.errors.strip()[:200]}"
    if result.code in (1, 4):
        told = [line for line in result.errors.splitlines() if capture.name in line]
        if not any(SENTENCE.search(line.replace(capture.name, "")) for line in told):
            return (f"ended with {result.code} without a sentence that names the file: "
                    f"{result.errors.strip()[:200] or 'standard error is empty'}")
    return None


def records_problem(result):
    if result.code == 4 and result.output:
        return "ended with 4 and printed flows"
    try:
        fr.read_records(result.output)
    except ValueError as error:
        return f"printed what is no flow record: {error}"
    return None


def report_problem(result, folder):
    """What is wrong with what analyze left behind."""
    if result.code == 4:
        return f"ended with 4 and left {folder.name}" if folder.exists() else None
    for name in ("report.json", "report.html"):
        if not (folder / name).is_file() or (folder / name).stat().st_size == 0:
            return f"ended with {result.code} and wrote no {name}"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    if len(report["captures"]) != 1:
        return f"lists {len(report['captures'])} captures for one file"
    status = report["captures"][0]["status"]
    if (result.code == 0) != (status == "complete"):
        return f"ended with {result.code} though the capture is {status}"
    return None


def check_flows(program, capture, options):
    result = fr.run([program, "flows", "--ndpi", options.ndpi, capture], options.limit)
    return result, common_problem(result, capture, options.limit) or records_problem(result)


def check_analyze(program, capture, options, flows):
    with tempfile.TemporaryDirectory() as scratch:
        folder, records = pathlib.Path(scratch) / "report", pathlib.Path(scratch) / "f.ndjson"
        result = fr.run([program, "analyze", "--ndpi", options.ndpi, "-o", folder, "--flows",
                         records, capture], options.limit)
        problem = common_problem(result, capture, options.limit)
        if problem is None:
            try:
                problem = report_problem(result, folder)
            except (ValueError, KeyError, OSError) as error:
                problem = f"wrote a report that cannot be read: {error!r}"
        left = sorted(p.name for p in pathlib.Path(scratch).iterdir()
                      if p not in (folder, records))
        if problem is None and left:
            problem = f"left {', '.join(left)} beside the report"
        if problem is None and flows is not None:
            written = records.read_bytes() if records.is_file() else b""
            if result.code != flows.code:
                problem = f"ended with {result.code}, flows with {flows.code}"
            elif written != flows.output:
                problem = "wrote other flow records than flows printed"
    return result, problem


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--limit", type=float, default=120, metavar="SECONDS")
    parser.add_argument("--ndpi", choices=("on", "off"), default="on")
    parser.add_argument("--every", type=int, default=1, metavar="N",
                        help="only every Nth capture, for a quick look")
    return parser.parse_args()


def main():
    options = read_arguments()
    codes, silent, failures, passed = collections.Counter(), 0, [], 0
    captures = [c for folder in options.folders for c in captures_below(folder)]
    captures = captures[::options.every]
    if not captures:
        print("no captures are below these folders", file=sys.stderr)
        return 2
    for capture in captures:
        flows, flows_problem = check_flows(options.program, capture, options)
        analyze, analyze_problem = check_analyze(
            options.program, capture, options, None if flows_problem else flows)
        for command, result, problem in (("flows", flows, flows_problem),
                                         ("analyze", analyze, analyze_problem)):
            codes[command, result.code] += 1
            silent += result.code == 0 and not result.errors
            passed += problem is None
            if problem:
                failures.append(f"{capture}: {command} {problem}")
                print(failures[-1], flush=True)
    print(f"{len(captures)} captures")
    for (command, code), count in sorted(codes.items()):
        print(f"{command} ended with {code}: {count}")
    spoke = codes["flows", 0] + codes["analyze", 0] - silent
    print(f"ended with 0 and yet spoke on standard error: {spoke}")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
