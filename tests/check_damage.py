#!/usr/bin/env python3
"""Damages good captures at random and looks at what the program says of them.

    check_damage.py PROGRAM DIR... [--copies N] [--seed N] [--batch N] [--only NUMBER FILE]

The captures below the folders that the program reads whole are damaged: bits turned, ends
cut off, two spliced, lengths made to lie, pieces repeated, removed, swapped, overwritten.
`analyze` reads the copies many at a time. It must end with 0, 1 or 4; no worker may crash,
hang, run out of memory or do what is forbidden, no sanitizer may speak; each copy must be in
the report, and each that is not complete with a sentence there and on standard error.

The same seed makes the same copies of the same captures: --only writes one of them to a file.
"""
import argparse
import collections
import gzip
import json
import pathlib
import random
import re
import struct
import sys
import tempfile

import check_corpora
import flow_records as fr

MOST_BYTES = 150000  # of a capture: packets of the first part are like the others
MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
          b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
SECTION, ORDER = b"\x0a\x0d\x0d\x0a", b"\x1a\x2b\x3c\x4d"
NUMBERS = [0, 1, 3, 4, 15, 16, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x40000,
           0x40001, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffe, 0xffffffff]
SENTENCE = re.compile(r"\w+\W+\w+\W+\w+")


def records_of(data):
    """Where records (packets, blocks) begin; [] of what is compressed or of another kind."""
    found = []
    if data[:4] in MAGICS:
        order, at, header = MAGICS[data[:4]], 24, 16
    elif data[:4] == SECTION and len(data) > 12:
        order, at, header = "<" if data[8:12] == ORDER[::-1] else ">", 0, 8
    else:
        return []
    while at + header <= len(data):
        found.append(at)
        size = struct.unpack_from(order + "I", data, at + (8 if header == 16 else 4))[0]
        at += size + (16 if header == 16 else 0)
        if size == 0 and header == 8:
            break
    return found


def shortened(data):
    """The first part, whole records of it; compressed anew where it was and Python can."""
    is_gzip = data[:2] == b"\x1f\x8b"
    plain = gzip.decompress(data) if is_gzip else data
    if len(plain) > MOST_BYTES:
        ends = [at for at in records_of(plain) if at <= MOST_BYTES]
        plain = plain[:ends[-1]] if ends else plain
    return gzip.compress(plain, mtime=0) if is_gzip else plain


# Ways to damage: each takes and changes a bytearray.

def somewhere(dice, data):
    """Anywhere, or where a record begins: most of what is read is there."""
    records = records_of(bytes(data[:20000]))
    if records and dice.random() < 0.5:
        return min(dice.choice(records) + dice.randrange(60), len(data) - 1)
    return dice.randrange(len(data))


def piece(dice, data):
    start = somewhere(dice, data)
    return start, min(len(data), start + int(2 ** dice.uniform(0, 12)))


def turn_bits(dice, data, _):
    for _ in range(int(2 ** dice.uniform(0, 6))):
        data[somewhere(dice, data)] ^= 1 << dice.randrange(8)


def cut(dice, data, _):
    del data[somewhere(dice, data):]


def splice(dice, data, other):
    data[somewhere(dice, data):] = other[dice.randrange(len(other)):]


def lie(dice, data, _):
    for _ in range(dice.randrange(1, 4)):
        at, size = somewhere(dice, data), dice.choice((1, 2, 4))
        if dice.random() < 0.3:
            at -= at % 4
        order = dice.choice(("little", "big"))
        number = dice.choice(NUMBERS)
        if dice.random() < 0.4:
            number = int.from_bytes(data[at:at + size], order) + dice.choice((-4, -1, 1, 4))
        data[at:at + size] = (number % (1 << 8 * size)).to_bytes(size, order)


def repeat(dice, data, _):
    start, end = piece(dice, data)
    data[start:start] = data[start:end] * dice.randrange(1, 9)


def remove(dice, data, _):
    start, end = piece(dice, data)
    del data[start:end]


def swap(dice, data, _):
    start, end = piece(dice, data)
    moved = data[start:end]
    del data[start:end]
    at = dice.randrange(len(data) + 1)
    data[at:at] = moved


def overwrite(dice, data, _):
    start, end = piece(dice, data)
    fill = dice.choice((b"\0", b"\xff", None))
    data[start:end] = dice.randbytes(end - start) if fill is None else fill * (end - start)


def break_head(dice, data, _):
    for _ in range(dice.randrange(1, 4)):
        data[dice.randrange(min(len(data), 48))] = dice.randrange(256)


WAYS = (turn_bits, turn_bits, cut, splice, lie, lie, repeat, remove, swap, overwrite,
        break_head)


def damaged(captures, seed, number):
    """(name of the capture, bytes) of one copy."""
    dice = random.Random(f"{seed}:{number}")
    name = sorted(captures)[dice.randrange(len(captures))]
    data = bytearray(captures[name])
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if data:
            dice.choice(WAYS)(dice, data, captures[dice.choice(sorted(captures))])
    return name, bytes(data)


def file_name(number):
    """Letters alone: names that differ in numbers would be one series."""
    text = ""
    for _ in range(4):
        number, digit = divmod(number, 26)
        text = chr(ord("a") + digit) + text
    return f"{text}.pcap"


def analyse(program, folder, names, options):
    output = folder / "report"
    result = fr.run([program, "analyze", "--force", "--output", output, "-j", options.jobs,
                     *(folder / name for name in names)], options.limit)
    report = output / "report.json"
    found = None
    if result.code in (0, 1) and report.is_file():
        found = json.loads(report.read_text(encoding="utf-8"))
        report.unlink()
    return result, found


def good_captures(program, folders, options):
    """{name: bytes} of what is read whole, each within bounds."""
    candidates = {}
    for folder in folders:
        for path in check_corpora.captures_below(folder):
            try:
                candidates[str(path)] = shortened(path.read_bytes())
            except (OSError, EOFError, ValueError):
                continue  # a gzip file that is broken already
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(scratch)
        names = {file_name(i): path for i, path in enumerate(sorted(candidates))}
        for name, path in names.items():
            (place / name).write_bytes(candidates[path])
        _, report = analyse(program, place, names, options)
    if report is None:
        return {}
    return {names[capture["name"]]: candidates[names[capture["name"]]]
            for capture in report["captures"] if capture["status"] == "complete"}


def told_of(name, errors):
    return any(SENTENCE.search(line.split(name + ":", 1)[1])
               for line in errors.splitlines() if name + ":" in line)


def captures_problem(result, report, names):
    found = {pathlib.Path(capture["name"]).name: capture for capture in report["captures"]}
    if set(found) != set(names) or len(report["captures"]) != len(names):
        return f"the report lists {len(found)} of {len(names)} captures"
    for name, capture in found.items():
        if capture["status"] == "complete":
            continue
        if not any(SENTENCE.search(problem["sentence"]) for problem in capture["problems"]):
            return f"{name} is {capture['status']}, and the report does not say why"
        if not told_of(name, result.errors):
            return f"{name} is {capture['status']}, and standard error does not say why"
    is_whole = all(capture["status"] == "complete" for capture in found.values())
    if (result.code == 0) != is_whole:
        return f"ended with {result.code}, and the captures are not all like that"
    return None


def problem_of(result, report, names, options):
    problem = fr.trouble(result, options.limit)
    if problem:
        return problem
    if result.code not in (0, 1, 4):
        return f"ended with {result.code}: {result.errors.strip()[:200]}"
    if result.code == 4:
        silent = [name for name in names if not told_of(name, result.errors)]
        return f"ended with 4 and says nothing of {silent[0]}" if silent else None
    if report is None:
        return f"ended with {result.code} and wrote no report"
    return captures_problem(result, report, names)


class Check:
    def __init__(self, captures, options):
        self.captures, self.options = captures, options
        self.fates = collections.Counter()
        self.failures = 0

    def run_batch(self, numbers):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            names = {file_name(number): number for number in numbers}
            for name, number in names.items():
                (folder / name).write_bytes(
                    damaged(self.captures, self.options.seed, number)[1])
            result, report = analyse(self.options.program, folder, names, self.options)
            if problem_of(result, report, names, self.options):
                self.find_culprits(folder, names)
            elif report is not None:
                self.fates.update(capture["status"] for capture in report["captures"])
            else:
                self.fates["unreadable"] += len(names)

    def find_culprits(self, folder, names):
        """What is wrong with a batch: of each copy alone, or of them together."""
        before = self.failures
        for name, number in names.items():
            result, report = analyse(self.options.program, folder, [name], self.options)
            problem = problem_of(result, report, [name], self.options)
            if problem:
                self.fail(f"copy {number} ({damaged(self.captures, self.options.seed, number)[0]})",
                          problem)
        if self.failures == before:
            result, report = analyse(self.options.program, folder, names, self.options)
            self.fail(f"copies {min(names.values())} to {max(names.values())} together",
                      problem_of(result, report, names, self.options) or "once only")

    def fail(self, what, problem):
        self.failures += 1
        print(f"{what}, seed {self.options.seed}: {problem}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folders", type=pathlib.Path, nargs="+", metavar="DIR")
    parser.add_argument("--copies", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=100, help="copies a run")
    parser.add_argument("--jobs", type=int, default=2, help="workers a run")
    parser.add_argument("--limit", type=float, default=300, help="seconds a run")
    parser.add_argument("--only", nargs=2, metavar=("NUMBER", "FILE"))
    options = parser.parse_args()
    captures = good_captures(options.program, options.folders, options)
    if not captures:
        sys.exit("no capture is read whole")
    if options.only:
        pathlib.Path(options.only[1]).write_bytes(
            damaged(captures, options.seed, int(options.only[0]))[1])
        return
    check = Check(captures, options)
    for start in range(0, options.copies, options.batch):
        check.run_batch(range(start, min(start + options.batch, options.copies)))
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(check.fates.items()))
    print(f"{options.copies} damaged copies of {len(captures)} captures, seed {options.seed}: "
          f"{fates}; {check.failures} failed")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
