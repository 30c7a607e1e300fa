#!/bin/sh
# run.sh - how fast `o365lens flows` is, beside a bare libpcap loop, ndpiReader and tshark.
#
#     tests/bench/run.sh [O365LENS [SIZE [CAPTURE...]]]
#
# O365LENS  the program (default: build/o365lens)
# SIZE      of the capture that is made, as in 1G or 200M (default: 1G)
# CAPTURE   what it is made of (default: the captures in samples/)
#
# Environment: FLOWS (mixed, slices or short; see make_capture), ROUNDS (default: 3), CC,
# TMPDIR (where 1.3 times SIZE must be free).
#
# Exit status: 0 where both targets are met, 1 where one is missed, 2 where nothing could
# be measured. README.md tells what the figures mean.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
o365lens=${1:-$root/build/o365lens}
size=${2:-1G}
flows=${FLOWS:-mixed}
rounds=${ROUNDS:-3}
times_the_loop=3.0    # target, with --ndpi off
times_the_quarter=1.2 # target: peak memory at the full size over that at a quarter

fail() {
    echo "run.sh: $*" >&2
    exit 2
}

[ $# -lt 2 ] || shift
[ $# -lt 1 ] || shift
if [ $# -eq 0 ]; then
    for capture in "$root"/samples/*.pcap "$root"/samples/*.pcapng; do
        [ ! -f "$capture" ] || set -- "$@" "$capture"
    done
fi
[ $# -gt 0 ] || fail "no captures in samples/: name some after the size"
o365lens=$(command -v "$o365lens") || fail "o365lens is not there: build it first, or name it"
[ "$rounds" -gt 0 ] 2>/dev/null || fail "ROUNDS: $rounds is no number of rounds"
bytes=$(numfmt --from=si "$size") || fail "$size is no size"

work=$(mktemp -d "${TMPDIR:-/tmp}/o365lens-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

compile() {
    program=$1
    shift
    "${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -I"$root" -o "$work/$program" "$@" ||
        fail "$program does not compile"
}

# A line `NAME VALUE` of what make_capture said.
said() {
    awk -v name="$2" '$1 == name { print $2 }' "$work/$1.made"
}

make_captures() {
    "$work/make_capture" --size "$bytes" --flows "$flows" -- "$work/full.pcap" "$@" \
        >"$work/full.made" || fail "no capture could be made"
    "$work/make_capture" --size "$((bytes / 4))" --flows "$flows" -- "$work/quarter.pcap" \
        "$@" >"$work/quarter.made" 2>/dev/null || fail "no capture could be made"
    cat "$work/full.pcap" "$work/quarter.pcap" >/dev/null # into the page cache
}

# measured NAME CAPTURE: one run; a line of figures to $work/NAME.CAPTURE
measured() {
    name=$1
    figures=$work/$1.$2
    file=$work/$2.pcap
    case $name in
    loop) set -- "$work/pcap_loop" "$file" ;;
    facts) set -- "$o365lens" flows --ndpi off "$file" ;;
    labels) set -- "$o365lens" flows "$file" ;;
    ndpiReader) set -- ndpiReader -q -i "$file" ;;
    tshark)
        set -- tshark -n -r "$file" -T fields -e frame.time_epoch \
            -e ip.src -e ip.dst -e ipv6.src -e ipv6.dst \
            -e tcp.srcport -e tcp.dstport -e udp.srcport -e udp.dstport \
            -e tls.handshake.extensions_server_name
        ;;
    esac
    "$work/measure" "$figures" "$@" 2>"$work/errors" || {
        tail -n 5 "$work/errors" >&2
        fail "failed: $*"
    }
}

# figure NAME CAPTURE COLUMN: the least of all runs; of the peak (3), the largest
figure() {
    order=n
    [ "$3" -ne 3 ] || order=nr
    sort -k "$3,$3$order" "$work/$1.$2" | awk -v column="$3" 'NR == 1 { print $column }'
}

# row LABEL NAME CAPTURE SCALE: a line of the table
row() {
    full=-
    [ ! -f "$work/$2.full" ] || full=$(figure "$2" full 3)
    awk -v label="$1" -v seconds="$(figure "$2" "$3" 1)" -v cpu="$(figure "$2" "$3" 2)" \
        -v scale="$4" -v loop="$(figure loop full 1)" -v packets="$(said full packets)" \
        -v full="$full" -v quarter="$(figure "$2" quarter 3)" 'BEGIN {
            seconds *= scale
            printf "%-36s %9.3f %9.3f %8.2f %9.2f %9s %9.1f\n", label, seconds,
                cpu * scale, seconds / loop, packets / seconds / 1e6,
                full == "-" ? full : sprintf("%.1f", full / 1024), quarter / 1024
        }'
}

# verdict SENTENCE VALUE TARGET: says whether a target is met; false where not
verdict() {
    awk -v sentence="$1" -v value="$2" -v target="$3" 'BEGIN {
        met = value <= target
        printf "%s: %.2f, target at most %.2f: %s\n", sentence, value, target,
            met ? "met" : "missed"
        exit !met
    }'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

compile make_capture "$root"/tests/bench/make_capture.c "$root"/tests/bench/template.c \
    "$root"/tests/bench/fields.c "$root"/tests/bench/variation.c "$root"/analyzer/alloc.c \
    "$root"/dissectors/*.c -lpcap -lcrypto
compile pcap_loop "$root"/tests/bench/pcap_loop.c -lpcap
compile measure "$root"/tests/bench/measure.c
make_captures "$@"

# tshark reads the quarter alone: it needs minutes, and memory, for the whole.
for peer in ndpiReader tshark; do
    command -v "$peer" >/dev/null || echo "$peer is missing: not measured"
done
for round in $(seq "$rounds"); do
    [ ! -t 2 ] || echo "round $round of $rounds" >&2
    measured loop full >/dev/null
    measured facts full >/dev/null
    measured labels full >/dev/null
    ! command -v ndpiReader >/dev/null || measured ndpiReader full >/dev/null
    ! command -v tshark >/dev/null || measured tshark quarter >/dev/null
done
measured loop quarter >/dev/null
measured facts quarter >"$work/records"
measured labels quarter >/dev/null
! command -v ndpiReader >/dev/null || measured ndpiReader quarter >/dev/null

echo "$(wc -c <"$work/full.pcap") bytes: $(said full packets) packets of" \
    "$(said full flows) flows ($flows); the least of $rounds rounds"
printf '%-36s %9s %9s %8s %9s %9s %9s\n' '' seconds 'CPU s' 'x loop' 'Mpkt/s' \
    'peak MiB' 'at 1/4'
row 'bare libpcap loop' loop full 1
row 'o365lens flows --ndpi off' facts full 1
row 'o365lens flows' labels full 1
[ ! -f "$work/ndpiReader.full" ] || row 'ndpiReader -q' ndpiReader full 1
[ ! -f "$work/tshark.quarter" ] || row 'tshark -T fields (1/4, time scaled)' tshark quarter \
    "$(ratio "$(said full packets)" "$(said quarter packets)")"
echo

status=0
verdict 'time of flows --ndpi off over the loop' \
    "$(ratio "$(figure facts full 1)" "$(figure loop full 1)")" "$times_the_loop" || status=1
verdict 'its peak memory over that at a quarter of the size' \
    "$(ratio "$(figure facts full 3)" "$(figure facts quarter 3)")" "$times_the_quarter" ||
    status=1
records=$(wc -l <"$work/records")
echo "records at a quarter of the size: $records of $(said quarter flows) flows"
[ "$records" -ge "$(said quarter flows)" ] || status=1
exit "$status"
