# No credential that crosses a capture is in anything that is written (contract, section 2).
. tests/cases/case.sh
command -v zstd >/dev/null || exit 77
tool=$project/tests/cases/secrets.py
python3 "$tool" write secrets.pcap || fail "no capture"
python3 "$tool" search secrets.pcap >../planted && fail "the search finds nothing in the capture itself"
[ "$(grep -o 'secret of [a-z0-9-]*' ../planted | sort -u | wc -l)" -ge 45 ] ||
    fail "secrets that are not in the capture"

mkdir made
"$program" flows secrets.pcap >made/flows.ndjson 2>made/flows.err || fail "flows: exit $?"
"$program" flows --format csv secrets.pcap >made/flows.csv 2>made/csv.err || fail "csv: exit $?"
"$program" flows --ndpi off --filter tcp secrets.pcap >made/tcp.ndjson 2>made/tcp.err ||
    fail "flows of a filter: exit $?"
"$program" analyze --summary always --progress always --output made/report \
    --flows made/more.ndjson.zst secrets.pcap >made/analyze.out 2>made/analyze.err ||
    fail "analyze: exit $?"
"$program" merge --summary always --output made/merged made/report >made/merge.out \
    2>made/merge.err || fail "merge: exit $?"
head -c 9000 secrets.pcap >cut.pcap
"$program" analyze --output made/cut cut.pcap >made/cut.out 2>made/cut.err
[ $? -eq 1 ] || fail "a cut capture"
python3 "$tool" search made || fail "a credential got out"

# All of it was read, not passed by.
python3 - <<'PYTHON' || fail "the flows are not what was sent"
import json
flows = [json.loads(line) for line in open("made/flows.ndjson")]
schemes = {(f["http"] or {}).get("auth_scheme") for f in flows}
assert "Basic" in schemes, schemes
assert max((f["http"] or {"requests": 0})["requests"] for f in flows) >= 10
assert [f["socks"]["auth"] for f in flows if f["socks"]] == ["login", None, "login"], flows
assert sum(f["socks"] is not None and f["socks"]["target"] is not None for f in flows) == 2
assert any(f["egress_address"] for f in flows)
assert any(f["lookups"] and f["lookups"]["answers"] for f in flows)
PYTHON
finish
