#!/bin/sh
# run.sh - all tests: the builds without a warning, then one run of CTest.
#
#     sh tests/run.sh
#
# On a fresh Debian 12 it installs what is needed. FUZZ_SECONDS (default 20) is how long each
# fuzz target runs. The last lines are CTest's.
set -eu
cd "$(dirname "$0")/.."

# python3-jsonschema holds what is written against the schemas; tcpdump's and Wireshark's
# tools are not needed.
sh samples/install_missing.sh gcc libc6-dev cmake make pkg-config libpcap-dev libndpi-dev \
    libcjson-dev libzstd-dev zlib1g-dev libssl-dev libseccomp-dev \
    clang libclang-rt-14-dev python3 python3-jsonschema git

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Says what it builds, and the rest only where it fails. A warning is a failure.
build() {
    folder=$1
    title=$2
    shift 2
    echo "Building $folder: $title"
    if ! { cmake -S . -B "$folder" -DWERROR=ON "$@" &&
        cmake --build "$folder" --parallel "$(nproc)"; } >"$log" 2>&1; then
        tail -n 100 "$log" >&2
        echo "The build in $folder failed." >&2
        exit 1
    fi
}

build build-release "GCC, as it is used" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release
build build-clang "Clang, for its warnings" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug
build build-fuzz "Clang, fuzz targets" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS=-O1 -DFUZZ=ON -DSANITIZE=ON
build build-sanitize "GCC, with sanitizers" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS=-O1 -DSANITIZE=ON -DFUZZ_BUILD="$(pwd)/build-fuzz" \
    -DRELEASE_PROGRAM="$(pwd)/build-release/o365lens"

ctest --test-dir build-sanitize --parallel "$(nproc)" --output-on-failure --no-tests=error
