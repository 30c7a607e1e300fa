#!/usr/bin/env python3
"""What a report says, small enough to be looked at and kept in tests/expected.

    digest.py REPORT.JSON

A line each: a finding with severity and flows, a site's verdicts by flows, a capture with
its state, a file that was skipped.
"""
import json
import sys


def lines_of(report):
    for finding in report["findings"]:
        yield f"finding {finding['id']}: {finding['severity']}, {finding['affected']['flows']} flows"
    for site in report["sites"]:
        for question, verdict in sorted(site["verdicts"].items()):
            for kind in verdict["kinds"]:
                answer = " ".join(filter(None, (kind["state"], kind["kind"])))
                yield f"site {site['name']}: {question} {answer}, {kind['flows']} flows"
    for capture in report["captures"]:
        yield (f"capture {capture['name']}: {capture['status']}, at {capture['capture_site']}, "
               f"{capture['vantage']}, {capture['m365_flows']} flows to Office 365")
    for skipped in report["skipped"]:
        yield f"skipped {skipped['name']}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        print(*sorted(lines_of(json.load(file))), sep="\n")


if __name__ == "__main__":
    main()
