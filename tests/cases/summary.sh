# One screen: small numbers are words of their own.
. tests/cases/case.sh
mkdir in
cp "$samples/bristol/users.pcap" in/users.pcap
echo note >in/note.txt
"$program" analyze --output whole --summary always in >../out || fail "analyze: exit $?"
grep -q '^1 capture, .* packets, .* flows; 1 capture read whole; 1 other file skipped$' ../out ||
    fail "the first line is: $(head -n 1 ../out)"
grep -Eq 'Office 365 \([0-9.,]+ [kM]B, [0-9]+ clients\)$' ../out || fail "no site is told: $(cat ../out)"

# A single connection: 0 of nothing, 1 of one.
"$program" analyze --output few --summary always --filter 'udp port 53' in >../out ||
    fail "analyze of a few: exit $?"
grep -q 'Office 365 (0 B, 0 clients)$' ../out || fail "nothing is not 0 B: $(cat ../out)"
"$program" flows in >flows.ndjson || fail "flows: exit $?"
one=$(grep '"base_ms":[0-9]' flows.ndjson | grep '"category":"Optimize"' | head -n 1 |
    sed -E 's/.*"client":\{"ip":"[^"]*","port":([0-9]+).*/\1/')
"$program" analyze --output one --summary always --filter "tcp port $one" in >../out ||
    fail "analyze of port $one: exit $?"
grep -q ' 1 connection ' ../out || fail "one connection is not one: $(cat ../out)"
grep -q '1 of them Office 365 .*, 1 client)$' ../out || fail "one client is not one: $(cat ../out)"
finish
