#!/bin/sh
# run.sh - builds the program and analyses the captures beside this file.
#
#     sh samples/run.sh
#
# On a fresh Debian 12 it installs what the build needs. The program is build/o365lens, the
# report o365-report/report.html, both in the project's folder. To be run as often as you like.
set -eu
cd "$(dirname "$0")/.."

sh samples/install_missing.sh gcc libc6-dev cmake make pkg-config libpcap-dev libndpi-dev \
    libcjson-dev libzstd-dev zlib1g-dev libssl-dev libseccomp-dev

echo "Building build/o365lens"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -S . -B build -DCMAKE_BUILD_TYPE=Release &&
    cmake --build build --target o365lens --parallel "$(nproc)"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "The build failed." >&2
    exit 1
fi

echo "Analysing samples/"
echo
build/o365lens analyze --force --output "$(pwd)/o365-report" --site samples/assessment.json \
    --summary always samples
