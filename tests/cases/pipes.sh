# Standard input and output.
. tests/cases/case.sh
cp "$samples/bristol/users.pcap" good.pcap

# The reader goes away after a line: quiet, and 0.
{
    "$program" flows good.pcap 2>../err
    echo $? >../code
} | head -n 1 >../out
code=$(cat ../code)
ran="flows good.pcap | head -n 1"
expect_code 0
expect_silence
[ "$(wc -l <../out)" -eq 1 ] || fail "flows | head -n 1: no line came"

# The same flows whichever way the capture comes, but for its name.
run flows good.pcap
sed 's/"good.pcap"/"stdin"/; s/"series":"good"/"series":"stdin"/' ../out >named
for source in good.pcap "$samples/frankfurt/cardiff-proxy-internet.pcapng" \
    "$samples/leeds/internet-edge.pcapng.gz" \
    "$samples/frankfurt/bristol-internet-edge.pcap.zst"; do
    "$program" flows - <"$source" >from-file 2>../err || fail "flows - <$source: exit $?"
    # shellcheck disable=SC2002 # a pipe cannot be rewound, a file can
    cat "$source" | "$program" flows - >from-pipe 2>>../err || fail "flows - from a pipe: $?"
    ran="flows - of $source"
    expect_silence
    expect_same from-file from-pipe "a file and a pipe on standard input"
    [ -s from-pipe ] || fail "$ran: no flows"
done
"$program" flows - <good.pcap >from-file
expect_same named from-file "standard input and a file"

"$program" analyze - <good.pcap || fail "analyze -: exit $?"
expect_value o365-report/report.json captures.0.name stdin
expect_value o365-report/report.json captures.0.sha256 null

run flows --format csv good.pcap
expect_code 0
head -n 1 ../out | grep -q '^capture,series,' || fail "flows --format csv: no head line"
rows=$(wc -l <../out)
[ "$rows" -eq "$(($(wc -l <named) + 1))" ] || fail "flows --format csv: $rows lines"
finish
