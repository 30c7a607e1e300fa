#!/bin/sh
# run.sh - runs one fuzz target for a while.
#
#     sh tests/fuzz/run.sh TARGET CORPUS
#
# For FUZZ_SECONDS (default 20), beginning with the seeds of CORPUS. What it finds is left in
# the folder of the target, under the name that is printed; run the target with that file to
# see it again. New inputs are not kept.
set -eu
target=$1
seeds=$2
if [ ! -d "$seeds" ]; then
    echo "$seeds: no seeds for $target"
    exit 1
fi

grown=$(mktemp -d)
trap 'rm -rf "$grown"' EXIT
cp -R "$seeds/." "$grown"
if ! "$target" -max_total_time="${FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=2048 \
    -verbosity=0 -print_final_stats=1 -artifact_prefix="$target-" "$grown" >"$grown.log" 2>&1; then
    cat "$grown.log"
    rm -f "$grown.log"
    exit 1
fi
grep 'number_of_executed_units' "$grown.log" || true
rm -f "$grown.log"
