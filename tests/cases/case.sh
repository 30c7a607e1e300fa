# case.sh - what the cases of this folder share; each is run as: sh NAME.sh PROGRAM
#
# Read in by `. tests/cases/case.sh` with the project's folder as working directory. Goes to a
# scratch folder of its own, which is removed at the end. A case says what failed, goes on, and
# ends with 1 (`finish`).
# shellcheck shell=sh disable=SC2034 # the cases use these
set -u

project=$(pwd)
samples=$project/samples
program=$(realpath "$1")
scratch=$(mktemp -d)
TMPDIR=$scratch/tmp
export TMPDIR
failures=0
code=0
trap 'chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/tmp" "$scratch/work"
cd "$scratch/work" || exit 1

fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

# Runs the program; its exit status is in $code, what it said in ../out and ../err.
run() {
    ran="$*"
    "$program" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    code=$?
}

expect_code() {
    [ "$code" -eq "$1" ] && return
    fail "o365lens $ran: exit $code, not $1"
    sed 's/^/    /' "$scratch/err"
}

# Standard error is one sentence, or as many as given, and one matches the pattern.
expect_sentence() {
    lines=$(wc -l <"$scratch/err")
    if [ "$lines" -ne "${2:-1}" ]; then
        fail "o365lens $ran: $lines lines on standard error, not ${2:-1}"
        sed 's/^/    /' "$scratch/err"
    elif ! grep -Eq -e "$1" "$scratch/err"; then
        fail "o365lens $ran: no line on standard error is like: $1"
        sed 's/^/    /' "$scratch/err"
    fi
}

expect_silence() {
    [ ! -s "$scratch/err" ] && return
    fail "o365lens $ran: spoke on standard error"
    sed 's/^/    /' "$scratch/err"
}

expect_no_output() {
    [ -s "$scratch/out" ] && fail "o365lens $ran: printed something on standard output"
}

expect_same() {
    cmp -s "$1" "$2" && return
    fail "$3: $1 and $2 differ"
    diff "$1" "$2" 2>&1 | cut -c 1-200 | head -n 5
}

expect_nothing_there() {
    [ ! -e "$1" ] || fail "o365lens $ran: wrote $1"
}

# Only the named files are in the working folder, and no temporary ones anywhere.
expect_only() {
    there=$(find . -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')
    wanted=$(for name in "$@"; do echo "$name"; done | sort | tr '\n' ' ')
    [ "$there" = "$wanted" ] || fail "o365lens $ran: left $there, not $wanted"
    [ -z "$(ls -A "$TMPDIR")" ] || fail "o365lens $ran: left something in TMPDIR"
}

# The value at a path of a JSON document: of report.json captures.0.status
value_of() {
    python3 - "$1" "$2" <<'PYTHON'
import json, sys
value = json.load(open(sys.argv[1], encoding="utf-8"))
for key in sys.argv[2].split("."):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value if isinstance(value, (str, int, float)) else json.dumps(value, sort_keys=True))
PYTHON
}

expect_value() {
    found=$(value_of "$1" "$2") || found="nothing"
    [ "$found" = "$3" ] || fail "$1: $2 is $found, not $3"
}

# The process that the given one has forked; waits for it. Prints nothing where none comes.
child_of() {
    python3 - "$1" <<'PYTHON'
import os, sys, time
for _ in range(500):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if fields[1] == sys.argv[1] and fields[0] != "Z":
            print(pid)
            sys.exit()
    time.sleep(0.01)
PYTHON
}

finish() {
    [ "$failures" -eq 0 ] || exit 1
    exit 0
}
