#!/usr/bin/env python3
"""Names that test networks invented must not be known outside tests/ and samples/.

    test_names_stay_out.py [--lab DIR] [--corpora DIR]

A program that knows the names of its own tests would do well on them and nowhere else.
Looked at are the files that git tracks or would track. The list below always holds; where
the laboratory's and corpora's folders are given (or stand beside the project), the names of
their truth and the names of their files are added.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
APART = ("tests/", "samples/")
DOCUMENTS = {".md"}

# Companies, and the short names that their hosts and domains are made of.
COMPANIES = [
    "contoso", "halden logistikk", "halden.local", "brightwater", "meridian foods",
    "meridianfoods", "kestrel engineering", "kestrel-eng", "varga & roth", "vargaroth",
    "osprey retail", "ospreyretail", "aurelia medical", "aurelia-med",
]
# What is typical of the names of their inspection authorities.
AUTHORITIES = [
    "TLS Inspection CA", "Issuing CA 03", "SRV-PKI02", "Web Gateway CA G2",
    "Enterprise Sub CA", "SubCA-11", "Secure Access CA", "DC01-CA",
]
# Hosts of proxies, boxes, vendors' gateways and web sites that do not exist.
HOSTS = [
    "webgw01", "px-a", "edge02", "inet-gate", "srv0147", "bluecoat1", "fw01", "core-a",
    "node7", "ngfw-1", "zs3-fra4", "nsproxy-fra1", "swg-nginx-proxy-fra", "fra2-wss",
    "example-news", "example-shop", "example-supplier", "example-carrier",
]
# Vantage points, which name the captures.
CAPTURES = [
    "branch_lan", "branch_isp", "branch_wan", "branch_any", "hq_wan", "hq_wan_gre",
    "hq_edge_in", "hq_edge_out", "hq_stick", "proxy_clientside", "proxy_inetside", "box_out",
    "cloud_out", "span_both", "router_any", "router_two_if",
]
# Clients, resolver, proxy and routers inside; servers' blocks that nobody published so.
ADDRESSES = [
    r"10\.20\.\d{1,3}", r"10\.1\.0\.(53|10)", r"10\.1\.254\.\d", r"10\.255\.0\.\d",
    r"52\.96\.110\.\d", r"52\.112\.100\.\d", r"198\.18\.\d{1,3}\.\d{1,3}(?!/15)",
    r"2001:db8:5:", r"fd00:(18|20):",
]
# RFC 5737: fine to write about, but nothing that code may know single addresses of.
IN_CODE = [r"198\.51\.100\.(?!0/24)\d", r"203\.0\.113\.(?!0/24)\d"]
# A public capture is named OWNER__NAME.pcap in the corpora.
CORPUS_NAME = r"[\w.-]+__[\w.-]+\.(pcapng|pcap|cap|ntar)\b"


def word(text):
    """The text as a word of its own, in any case; _ and letters would make it another."""
    return rf"(?<![A-Za-z0-9_]){re.escape(text)}(?![A-Za-z0-9_])"


def beside(pattern):
    return next(iter(sorted(ROOT.parent.glob(pattern))), None)


def names_of_truth(lab):
    """Company, proxy and inspection authority of each scenario. Vendors do exist."""
    names = set()
    for path in sorted(lab.rglob("truth.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))["names"]
        names |= {facts[key] for key in ("company", "proxy", "inspection_ca") if facts[key]}
    return names


def names_of_files(corpora):
    """Capture files by the name that only the corpora give them."""
    return {path.name for path in corpora.rglob("*")
            if path.is_file() and "__" in path.name and "oracle" not in path.parts}


class FileNames:
    """Searches like a pattern, for hundreds of file names that all hold a double _."""

    def __init__(self, names):
        self.names = names

    def search(self, line):
        return next((found for found in re.finditer(r"[^\s\"'/]+__[^\s\"'/]+", line)
                     if found.group(0).rstrip(".,;:)") in self.names), None)


def rules_of(options):
    """[(what it is, pattern, whether documents may hold it)]"""
    rules = [
        ("a company of the test network",
         re.compile("|".join(map(re.escape, COMPANIES)), re.I)),
        ("an authority of the test network",
         re.compile("|".join(map(word, AUTHORITIES)), re.I)),
        ("a host of the test network", re.compile("|".join(map(word, HOSTS)), re.I)),
        ("a capture of the test network", re.compile("|".join(map(word, CAPTURES)))),
        ("an address of the test network",
         re.compile(r"(?<![\d.])(" + "|".join(ADDRESSES) + ")")),
        ("a capture of the corpora", re.compile(CORPUS_NAME)),
    ]
    if options.lab:
        names = "|".join(map(re.escape, sorted(names_of_truth(options.lab))))
        rules.append(("a name of the laboratory's truth", re.compile(names or r"(?!)", re.I)))
    if options.corpora:
        rules.append(("a file of the corpora", FileNames(names_of_files(options.corpora))))
    return rules


def files_of_the_project():
    """What git tracks or would track; without git, what is there and not built."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode("utf-8", "surrogateescape").split("\0")
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if not re.match(r"build|\.git/", str(p.relative_to(ROOT)))]
    return sorted({name for name in names
                   if name and not name.startswith(APART) and (ROOT / name).is_file()})


def problems_of(name, rules, in_code):
    """Yields a sentence for each name in the file, and for the file's own name."""
    for title, pattern in rules:
        found = pattern.search(name)
        if found:
            yield f"{name}: its name holds {found.group(0)}, {title}"
    text = (ROOT / name).read_bytes().decode("utf-8", "replace")
    checks = rules if pathlib.PurePath(name).suffix in DOCUMENTS else rules + in_code
    for number, line in enumerate(text.splitlines(), 1):
        for title, pattern in checks:
            found = pattern.search(line)
            if found:
                yield f"{name}:{number}: {found.group(0)} is {title}"


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lab", type=pathlib.Path, default=beside("*/lab"))
    parser.add_argument("--corpora", type=pathlib.Path, default=beside("*/corpora"))
    return parser.parse_args()


def main():
    rules = rules_of(read_arguments())
    in_code = [("an address of the test network, in code",
                re.compile(r"(?<![\d.])(" + "|".join(IN_CODE) + ")"))]
    names = files_of_the_project()
    if not names:
        print("no files of the project were found", file=sys.stderr)
        return 2
    failed = 0
    for name in names:
        found = list(problems_of(name, rules, in_code))
        failed += bool(found)
        for sentence in found:
            print(sentence)
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
