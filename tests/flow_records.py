"""Runs the program and reads its flow records. Shared by the end-to-end checks.

Not a check by itself. Addresses are compared as numbers, so that two spellings of one
address are one.
"""
import collections
import ipaddress
import json
import os
import re
import subprocess

Run = collections.namedtuple("Run", "code output errors timed_out")

TROUBLE = re.compile(
    r"runtime error|AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|"
    r"Assertion .* failed|Segmentation fault|stack smashing|core dumped|"
    r"analysis (hung|crashed|was killed|made a forbidden|ran out of memory|ended unexpectedly)"
)


def run(command, limit_seconds=120):
    """Runs one command. A hang ends with `timed_out`, never with an exception."""
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=limit_seconds)
        timed_out = False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, errors = process.communicate()
        timed_out = True
    return Run(process.returncode, output, errors.decode("utf-8", "replace"), timed_out)


def trouble(result, limit_seconds=120):
    """What must never happen, as a sentence; None where nothing of it did."""
    if result.timed_out:
        return f"was still running after {limit_seconds} seconds"
    if result.code < 0:
        return f"was ended by signal {-result.code}"
    found = TROUBLE.search(result.errors)
    if found:
        line = next(x for x in result.errors.splitlines() if TROUBLE.search(x))
        return f"said on standard error: {line[:300]}"
    return None


def number_of(address):
    """An address in a form that equals another spelling of it."""
    return ipaddress.ip_address(address)


def is_address(text):
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def read_records(output):
    """The records of NDJSON bytes. Raises ValueError where a line is no JSON object."""
    records = []
    for number, line in enumerate(output.splitlines(), 1):
        record = json.loads(line)
        if not isinstance(record, dict) or record.get("schema") != "o365lens/flow/1":
            raise ValueError(f"line {number} is no flow record")
        records.append(record)
    return records


def directed(record):
    """(transport, client address, client port, server address, server port)"""
    client, server = record["client"], record["server"]
    return (record["transport"], number_of(client["ip"]), client["port"],
            number_of(server["ip"]), server["port"])


def undirected(five_tuple):
    """The same key for both directions of a conversation."""
    transport, *ends = five_tuple
    pair = sorted([(ends[0].version, int(ends[0]), ends[1]),
                   (ends[2].version, int(ends[2]), ends[3])])
    return (transport, *pair)


def start_of(record):
    return int(record["start_ns"]) / 1e9


def end_of(record):
    return int(record["end_ns"]) / 1e9


def spell(five_tuple):
    transport, client, client_port, server, server_port = five_tuple
    return f"{transport} {client}:{client_port} > {server}:{server_port}"


class Tally:
    """Counts checks by name and keeps a sentence for each one that failed."""

    def __init__(self):
        self.passed = collections.Counter()
        self.failed = collections.Counter()
        self.sentences = []

    def check(self, name, good, sentence):
        if good:
            self.passed[name] += 1
        else:
            self.failed[name] += 1
            self.sentences.append((name, sentence))
        return good

    def add(self, other):
        self.passed.update(other.passed)
        self.failed.update(other.failed)
        self.sentences += other.sentences

    def total(self, name):
        return self.passed[name] + self.failed[name]

    def percent(self, name):
        total = self.total(name)
        return 100.0 * self.passed[name] / total if total else None

    def cell(self, name):
        """`12/13`, or `-` where nothing was to be checked."""
        return f"{self.passed[name]}/{self.total(name)}" if self.total(name) else "-"


def print_table(rows):
    """Rows of equal length; the first one is the head."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def conclude(targets):
    """Prints each target (name, reached, wanted, note), the last line, and gives the status.

    `reached` is a percentage; None where there was nothing to measure, which is no success.
    """
    failed = 0
    for name, reached, wanted, note in targets:
        good = reached is not None and reached >= wanted
        failed += not good
        told = "nothing was there to check" if reached is None else f"{reached:.2f} %"
        print(f"{'reached' if good else 'MISSED '}  {name}: {told} of {wanted:g} %{note}")
    print(f"{len(targets) - failed} passed, {failed} failed")
    return 1 if failed else 0


_takes_keylog = {}


def takes_keylog(program):
    """Whether this program reads TLS secrets: without them some certificates are hidden."""
    if program not in _takes_keylog:
        _takes_keylog[program] = "--keylog" in run([program, "flows", "--help"]).output.decode()
    return _takes_keylog[program]
