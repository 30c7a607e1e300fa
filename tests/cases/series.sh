# Files that follow each other are one series; a worker that dies costs its series alone.
. tests/cases/case.sh
mkdir ring
python3 "$project/tests/cases/captures.py" split "$samples/bristol/users.pcap" ring/lan_ 4
cp "$samples/bristol/users.pcap" lan.pcap

# Files, numbers of frames in them, and the site (a folder is one) are all that differs.
"$program" flows lan.pcap >whole || fail "flows lan.pcap: exit $?"
"$program" flows ring >parts || fail "flows ring: exit $?"
python3 - <<'PYTHON' || fail "one file and a ring buffer of four show other flows"
import json
OWN = {"capture", "series", "site", "capture_site", "frame", "min_frames"}
def facts(value):
    if isinstance(value, dict):
        return {key: facts(inner) for key, inner in value.items() if key not in OWN}
    return [facts(item) for item in value] if isinstance(value, list) else value
whole, parts = ([facts(json.loads(line)) for line in open(name)] for name in ("whole", "parts"))
assert whole and len(whole) == len(parts), (len(whole), len(parts))
for one, other in zip(whole, parts):
    assert one == other, [(key, one[key], other[key]) for key in one if one[key] != other[key]]
PYTHON

run analyze ring
expect_code 0
python3 - <<'PYTHON' || fail "four files of a ring buffer are not one series"
import json
captures = json.load(open("o365-report/report.json"))["captures"]
assert [c["name"] for c in captures] == [f"lan_{i}.pcap" for i in (1, 2, 3, 4)], captures
assert len({c["series"] for c in captures}) == 1, captures
PYTHON
[ "$(find o365-report/results -type f | wc -l)" -eq 1 ] || fail "one series, several results"

# A file is missing in the middle: what is before and after it are two series.
rm -rf o365-report ring/lan_2.pcap ring/lan_3.pcap
run analyze ring
expect_code 0
[ "$(find o365-report/results -type f | wc -l)" -eq 2 ] || fail "a gap does not part series"
rm -rf o365-report ring

# The worker of a large capture is killed. -j 1: the small one has ended before or comes after.
mkdir some
cp lan.pcap some/small.pcap
python3 "$project/tests/cases/captures.py" repeat lan.pcap some/big.pcap 400
"$program" analyze -j 1 some 2>../err &
process=$!
state=
until [ "$state" = T ]; do # stopped: it is there, and does not end before it is killed
    worker=$(child_of $process)
    [ -n "$worker" ] || break
    kill -STOP "$worker" 2>/dev/null
    state=$(sed 's/.*) //; s/ .*//' "/proc/$worker/stat" 2>/dev/null)
done
kill -9 "$worker"
wait $process
code=$?
ran="analyze some, worker killed"
expect_code 1
expect_sentence '^o365lens: .*(big|small).pcap: .*signal 9'
python3 - <<'PYTHON' || fail "the report does not tell which series was lost"
import json
report = json.load(open("o365-report/report.json"))
found = {capture["name"]: capture for capture in report["captures"]}
lost = [name for name, capture in found.items() if capture["status"] != "complete"]
assert set(found) == {"big.pcap", "small.pcap"} and len(lost) == 1, found
assert found[lost[0]]["problems"], found
whole = found["small.pcap" if lost == ["big.pcap"] else "big.pcap"]
assert whole["flows"] > 0, found
assert any(finding["kind"] == "unanalysed" for finding in report["findings"]), "no finding"
PYTHON
finish
