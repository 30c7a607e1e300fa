#!/bin/sh
# fuzz.sh - runs one fuzz target for a while.
#
#     sh tests/fuzz.sh TARGET CORPUS
#
# For FUZZ_SECONDS (default 20), beginning with the seeds of CORPUS. What it finds is left
# beside the target, under the name that is printed; run the target with that file to see it
# again. New inputs are not kept.
set -eu
target=$1
seeds=$2
if [ ! -d "$seeds" ]; then
    echo "$seeds: no seeds for $target"
    exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R "$seeds" "$scratch/inputs"
if ! "$target" -max_total_time="${FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=2048 \
    -verbosity=0 -print_final_stats=1 -artifact_prefix="$target-" "$scratch/inputs" \
    >"$scratch/log" 2>&1; then
    cat "$scratch/log"
    exit 1
fi
grep number_of_executed_units "$scratch/log"
