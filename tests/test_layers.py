#!/usr/bin/env python3
"""Holds the sources against the house's written rules on who may include whom.

    test_layers.py [ROOT]

dissectors/ includes itself alone and does no input or output; analyzer/ includes dissectors/
and itself; reports/ includes itself and the results of analyzer/. A third-party header is
included by the one file that is named for it. Detectors do not include each other, sections
neither. Only html_out.c writes markup. Files and functions stay short, and a file name
occurs once in the tree.
"""
import collections
import fnmatch
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOUSE = ("dissectors", "analyzer", "reports")

MAY_INCLUDE = {"dissectors": ("dissectors/",), "analyzer": ("dissectors/", "analyzer/")}
RESULTS_FOR_REPORTS = {
    "analyzer/assessment.h", "analyzer/site_summary.h", "analyzer/capture_entry.h",
    "analyzer/finding.h", "analyzer/flow_record.h",
    "analyzer/distribution.h", "analyzer/error.h", "analyzer/json_out.h",
    "analyzer/names_out.h", "analyzer/byte_source.h",
    "analyzer/judgement.h",  # a judged flow is what a flow line tells
    "analyzer/digest.h",     # Community ID, which is made for the printed record
    "analyzer/json_in.h",    # the wording is a document
    "analyzer/alloc.h",
}
SEES_ALL = {"analyzer/main.c"}

# Header -> the files that may include it; both are shell patterns.
THIRD_PARTY = {
    "pcap.h": ["analyzer/filter.c"],
    "pcap/*.h": ["analyzer/filter.c"],
    "zlib.h": ["analyzer/expand.c", "analyzer/byte_source.c", "analyzer/byte_source_*.c", "analyzer/byte_sink*.c"],
    "zstd*.h": ["analyzer/expand.c", "analyzer/byte_source.c", "analyzer/byte_source_*.c", "analyzer/byte_sink*.c"],
    "*cJSON.h": ["analyzer/json_in.c"],
    "*ndpi_*.h": ["analyzer/protocol.c"],
    "openssl/*.h": ["analyzer/digest.c", "dissectors/tls_crypto.c"],
    "seccomp.h": ["analyzer/sandbox.c"],
    "linux/*.h": ["analyzer/sandbox.c"],
    "maxminddb.h": ["analyzer/place.c"],
}
# The C library's own: ISO C, then POSIX and Linux.
STANDARD = set("""
assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign
stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time
uchar wchar wctype
dirent endian fcntl fnmatch ftw getopt glob grp libgen poll pthread pwd sched search semaphore
spawn strings syslog termios unistd sysexits
""".split())
STANDARD_FOLDERS = ("sys/", "arpa/", "netinet/", "net/", "bits/")
# What the build makes: header -> the file that may include it.
GENERATED = {"report_css_hash.h": "reports/style.c"}
# No heap, no input, no output, no clock, no end of the program in a dissector.
NOT_FOR_DISSECTORS = re.compile(
    r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|alloca|free|"
    r"printf|fprintf|vprintf|vfprintf|puts|putchar|fputs|fwrite|fread|perror|fopen|fclose|"
    r"open|close|read|write|send|recv|socket|time|clock|clock_gettime|gettimeofday|getenv|"
    r"syslog|exit|_exit|abort|signal|fork)\s*\(")

SOURCE_LINES, HEADER_LINES, FUNCTION_LINES = 500, 150, 60
# Longer than the house allows, and why it stays so: path -> reason.
LONG_FILES = {}
LONG_FUNCTIONS = {}
# Names that may occur in several folders.
NAMED_ALIKE = {"run.sh", "CMakeLists.txt", "README.md", ".gitignore"}
# Folders whose files are data: seeds of fuzzers, expected output, captures by site.
DATA = re.compile(r"tests/(corpus|expected)/|samples/.*\.(pcap|pcapng|gz|zst|json)$")

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
MARKUP = re.compile(r"<[A-Za-z/!?]")


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, sentence):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(sentence)


class Source:
    def __init__(self, root, path):
        self.name = path
        self.text = (root / path).read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.folder = path.split("/")[0]
        self.stem = pathlib.PurePath(path).stem
        self.includes = []
        for number, line in enumerate(self.lines, 1):
            found = INCLUDE.match(line)
            if found:
                self.includes.append((number, found.group(1), found.group(2)))

    def literals(self):
        """(line, text) of each string or character literal."""
        for found in TOKEN.finditer(self.text):
            if found.group(0)[0] in "\"'" and not self.is_include(found.start()):
                yield self.text.count("\n", 0, found.start()) + 1, found.group(0)

    def is_include(self, at):
        line = self.text[self.text.rfind("\n", 0, at) + 1:at]
        return line.lstrip().startswith("#include")

    def code(self):
        """The text without comments and literals; lines stay where they are."""
        return TOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group(0)), self.text)


def tracked(root):
    """What git tracks or would track; without git, what is there and not built."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode("utf-8", "surrogateescape").split("\0")
        return sorted(n for n in set(names) if n and (root / n).is_file())
    names = (str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())
    return sorted(n for n in names if not re.match(r"build|\.git/", n))


def check_own_include(checks, source, number, header):
    where = f"{source.name}:{number}"
    if GENERATED.get(header) == source.name:
        return
    checks.check("/" in header and not header.startswith("."),
                 f'{where}: "{header}" does not start at the root')
    if source.name in SEES_ALL:
        return
    if source.folder == "reports":
        checks.check(header.startswith("reports/") or header in RESULTS_FOR_REPORTS,
                     f'{where}: reports/ sees only results of the analyzer, not "{header}"')
    else:
        checks.check(header.startswith(MAY_INCLUDE[source.folder]),
                     f'{where}: {source.folder}/ may not include "{header}"')


def check_system_include(checks, source, number, header):
    where = f"{source.name}:{number}"
    for pattern, files in THIRD_PARTY.items():
        if fnmatch.fnmatchcase(header, pattern):
            checks.check(any(fnmatch.fnmatchcase(source.name, file) for file in files),
                         f"{where}: <{header}> may only be included by {' '.join(files)}")
            return
    known = header.removesuffix(".h") in STANDARD or header.startswith(STANDARD_FOLDERS)
    checks.check(known, f"{where}: <{header}> is neither the C library's nor named for a file")


def check_includes(checks, sources):
    for source in sources:
        for number, kind, header in source.includes:
            if kind == '"':
                check_own_include(checks, source, number, header)
            else:
                check_system_include(checks, source, number, header)


def check_dissectors_are_pure(checks, sources):
    for source in sources:
        if source.folder != "dissectors":
            continue
        for number, line in enumerate(source.code().splitlines(), 1):
            found = NOT_FOR_DISSECTORS.search(line)
            checks.check(not found, f"{source.name}:{number}: a dissector has no heap, no "
                                    f"files, no clock: {found and found.group(1)}")


def check_apart(checks, sources, what, folder, is_member):
    """Members of the folder do not include each other, by header or by source."""
    members = {s.stem for s in sources if s.name.startswith(folder) and is_member(s)}
    for source in sources:
        if not source.name.startswith(folder):
            continue
        for number, kind, header in source.includes:
            stem = pathlib.PurePath(header).stem
            if kind == '"' and header.startswith(folder):
                checks.check(stem == source.stem or stem not in members,
                             f"{source.name}:{number}: a {what} may not include another: "
                             f"{header}")


def check_markup(checks, sources):
    for source in sources:
        if source.folder != "reports" or source.name == "reports/html_out.c":
            continue
        for number, literal in source.literals():
            checks.check(not MARKUP.search(literal) and literal != "'<'",
                         f"{source.name}:{number}: only html_out.c writes markup: "
                         f"{literal[:60]}")


def check_file_sizes(checks, sources):
    for source in sources:
        limit = HEADER_LINES if source.name.endswith(".h") else SOURCE_LINES
        lines = len(source.lines)
        checks.check(lines <= limit or source.name in LONG_FILES,
                     f"{source.name}: has {lines} lines, above {limit} it wants splitting")
    there = {source.name for source in sources}
    for name in LONG_FILES:
        checks.check(name in there, f"{name}: is excused for its length and is not there")


def functions_of(source):
    """(name, first line, lines between the braces) of functions laid out as the house does."""
    lines = source.code().splitlines()
    opened = None
    for index, line in enumerate(lines):
        if line.startswith("{"):
            opened = index
        elif line.startswith("}") and opened is not None:
            head = " ".join(lines[max(0, opened - 4):opened])
            found = re.findall(r"(\w+)\s*\(", head.rsplit(";", 1)[-1].rsplit("}", 1)[-1])
            yield (found[0] if found else "?"), opened + 1, index - opened - 1
            opened = None


def check_functions(checks, sources):
    lengths = []
    for source in sources:
        for name, line, length in functions_of(source):
            lengths.append(length)
            checks.check(length <= FUNCTION_LINES or f"{source.name}:{name}" in LONG_FUNCTIONS,
                         f"{source.name}:{line}: {name} has {length} lines, the most is "
                         f"{FUNCTION_LINES}")
    if lengths:
        median = sorted(lengths)[len(lengths) // 2]
        checks.check(median <= 12, f"half of the functions should be within 12 lines; the "
                                   f"middle one of {len(lengths)} has {median}")


def check_names(checks, names):
    folders = collections.defaultdict(list)
    for name in names:
        if not DATA.match(name):
            folders[pathlib.PurePath(name).name].append(name)
    for base, places in sorted(folders.items()):
        checks.check(len(places) == 1 or base in NAMED_ALIKE,
                     f"{base}: this name occurs {len(places)} times: {', '.join(places)}")


def main(arguments):
    root = pathlib.Path(arguments[0]).resolve() if arguments else ROOT
    names = tracked(root)
    sources = [Source(root, name) for name in names
               if name.split("/")[0] in HOUSE and name.endswith((".c", ".h"))]
    if not sources:
        print(f"{root}: no sources were found", file=sys.stderr)
        return 2
    checks = Checks()
    check_includes(checks, sources)
    check_dissectors_are_pure(checks, sources)
    check_apart(checks, sources, "detector", "analyzer/detectors/",
                lambda s: re.search(r"^const struct detector \w+", s.text, re.M))
    check_apart(checks, sources, "section", "reports/sections/",
                lambda s: s.stem.endswith("_section"))
    check_markup(checks, sources)
    check_file_sizes(checks, sources)
    check_functions(checks, sources)
    check_names(checks, names)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
