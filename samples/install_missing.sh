#!/bin/sh
# install_missing.sh - installs those of the named Debian packages that are not there.
#
#     sh samples/install_missing.sh PACKAGE...
#
# Says what it installs, and nothing where nothing is missing. A tool or library that came
# another way than by its package counts as there.
set -eu

is_there() {
    if command -v dpkg-query >/dev/null 2>&1 &&
        dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; then
        return 0
    fi
    case $1 in
    gcc | cmake | make | pkg-config | git | clang | python3) command -v "$1" >/dev/null 2>&1 ;;
    libpcap-dev) pkg-config --exists libpcap ;;
    libndpi-dev) pkg-config --exists libndpi ;;
    libcjson-dev) pkg-config --exists libcjson ;;
    libzstd-dev) pkg-config --exists libzstd ;;
    zlib1g-dev) pkg-config --exists zlib ;;
    libssl-dev) pkg-config --exists libcrypto ;;
    libseccomp-dev) pkg-config --exists libseccomp ;;
    python3-jsonschema) python3 -c 'import jsonschema' ;;
    *) false ;;
    esac >/dev/null 2>&1
}

missing=
for package in "$@"; do
    is_there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing, and there is no apt-get to install it:$missing" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Missing:$missing. As root: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "Installing what is missing, with apt-get:$missing"
# shellcheck disable=SC2086 # a list of words
{
    $as_root apt-get -q update
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends $missing
}
