#!/bin/sh
# run.sh - long runs of the fuzz targets, and a table of what they did.
#
#     sh tests/fuzz/run.sh MINUTES [TARGET...]
#
# Runs each target (default: all; "tls" is fuzz_tls) for so many minutes, as many at once as
# FUZZ_JOBS says (default: one a processor), and prints a table in Markdown: seconds, inputs
# executed, edges of the program that were reached ("cov" of libFuzzer), inputs kept, findings.
#
# FUZZ_BUILD is the folder of the build (default: build-fuzz), which is made with
#     cmake -B build-fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
#         -DCMAKE_C_FLAGS=-O1 -DFUZZ=ON -DSANITIZE=ON && cmake --build build-fuzz
#
# FUZZ_KEEP is a folder for what the runs find (default: FUZZ_BUILD/found). NAME/ in it holds
# the inputs of a target that reach something new: the next run goes on from them.
# NAME-crash-..., -timeout-, -oom- and -leak-... are findings, NAME-N.log tells of them. Run the
# target with such a file to see it again; once mended, the file becomes a test.
#
# Ends with 1 where there was a finding. A target is begun again after a finding, up to ten
# times: one fault does not hide the others for the rest of the time.
set -eu
cd "$(dirname "$0")/../.."

# One target, called by this script itself: run.sh --one MINUTES NAME
fuzz_one() {
    seconds=$(($1 * 60))
    name=$2
    target=$FUZZ_BUILD/tests/fuzz_$name
    found=$FUZZ_KEEP/$name
    executed=0
    edges=0
    findings=0
    mkdir -p "$found" "$FUZZ_KEEP/tmp-$name"
    TMPDIR=$FUZZ_KEEP/tmp-$name
    export TMPDIR
    start=$(date +%s)
    end=$((start + seconds))
    run=0
    while [ "$run" -lt 10 ] && [ "$(date +%s)" -lt "$end" ]; do
        run=$((run + 1))
        log=$FUZZ_KEEP/$name-$run.log
        status=0
        "$target" -max_total_time=$((end - $(date +%s))) -timeout=10 -rss_limit_mb=2048 \
            -print_final_stats=1 -artifact_prefix="$FUZZ_KEEP/$name-" "$found" \
            "tests/corpus/$name" >"$log" 2>&1 || status=$?
        executed=$((executed + $(last_number 's/^stat::number_of_executed_units: *//p')))
        reached=$(last_number 's/^#.* cov: \([0-9]*\) .*/\1/p')
        [ "$reached" -le "$edges" ] || edges=$reached
        [ "$status" -ne 0 ] || break
        findings=$((findings + 1))
    done
    rm -rf "$FUZZ_KEEP/tmp-$name"
    echo "| $name | $(($(date +%s) - start)) | $executed | $edges |" \
        "$(find "$found" -type f | wc -l) | $findings |" >"$FUZZ_KEEP/$name.row"
}

last_number() {
    number=$(sed -n "$1" "$log" | tail -n 1)
    echo "${number:-0}"
}

FUZZ_BUILD=${FUZZ_BUILD:-build-fuzz}
FUZZ_KEEP=${FUZZ_KEEP:-$FUZZ_BUILD/found}
export FUZZ_BUILD FUZZ_KEEP
if [ "${1-}" = --one ]; then
    fuzz_one "$2" "$3"
    exit 0
fi

case ${1-} in
'' | *[!0-9]* | 0)
    echo 'sh tests/fuzz/run.sh MINUTES [TARGET...]: its head says more' >&2
    exit 2
    ;;
esac
minutes=$1
shift
if [ $# -eq 0 ]; then
    for source in tests/fuzz_*.c; do
        name=${source#tests/fuzz_}
        set -- "$@" "${name%.c}"
    done
fi
for name in "$@"; do
    if [ ! -x "$FUZZ_BUILD/tests/fuzz_$name" ]; then
        echo "$FUZZ_BUILD/tests/fuzz_$name is not there: see the head of tests/fuzz/run.sh" >&2
        exit 2
    fi
done
mkdir -p "$FUZZ_KEEP"
printf '%s\n' "$@" |
    xargs -P "${FUZZ_JOBS:-$(nproc)}" -I '{}' sh tests/fuzz/run.sh --one "$minutes" '{}'

echo '| target | seconds | inputs executed | edges | inputs kept | findings |'
echo '|---|---:|---:|---:|---:|---:|'
for name in "$@"; do
    cat "$FUZZ_KEEP/$name.row"
done
for name in "$@"; do
    case $(cat "$FUZZ_KEEP/$name.row") in
    *'| 0 |') ;;
    *) exit 1 ;;
    esac
done
