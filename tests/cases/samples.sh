# What the samples show is what the report says of them: tests/expected/samples.txt.
. tests/cases/case.sh

run analyze --site "$samples/assessment.json" --flows flows.ndjson --summary always "$samples"
expect_code 0
expect_silence
for line in '8 captures read whole' 'Exchange Online from Bristol reaches the Internet through' \
    'TLS of Exchange Online from Norwich is opened' '(704.1 kB, 11 clients)' \
    '34.4 ms median round trip, 7 connections proxied' 'report: o365-report/report.html'; do
    grep -q "$line" ../out || fail "the summary does not say: $line"
done
python3 "$project/tests/cases/digest.py" o365-report/report.json >found
expect_same "$project/tests/expected/samples.txt" found "what the samples show"
grep -q '"protocol":"TLS.Microsoft365"' flows.ndjson || fail "nDPI labels are missing"
unlabelled=$(grep -c '"ndpi":{"protocol":null' flows.ndjson)
[ "$unlabelled" -eq 0 ] || fail "$unlabelled flows have no label, though nDPI knows all of them"

# Every document that was written keeps to its schema.
check() {
    schema=$1
    shift
    python3 "$project/tests/check_schema.py" "$schema" "$@" >../schema || {
        fail "$* does not keep to the schema of $schema"
        head -n 5 ../schema
    }
}
check report o365-report/report.json
check flow flows.ndjson
check assessment-file "$samples/assessment.json"
run merge --output merged o365-report
check report merged/report.json

# Without an assessment file the folders are the sites, and nothing is claimed more firmly.
run analyze --output folders "$samples"
expect_code 0
python3 - <<'PYTHON' || fail "without an assessment file other findings come up"
import json
told, alone = (json.load(open(f"{name}/report.json")) for name in ("o365-report", "folders"))
sites = {site["name"].capitalize() for site in alone["sites"]}
assert sites <= {"Leeds", "Bristol", "Cardiff", "Norwich", "Frankfurt"}, sites
interception = [f for f in alone["findings"] if f["kind"] == "interception"]
assert {f["site"].capitalize() for f in interception} == {"Norwich"}, interception
claimed = [f for f in alone["findings"] if f["kind"] in ("hairpin", "proxy", "interception")]
assert not [f for f in claimed if f["site"].capitalize() == "Leeds"], claimed
PYTHON
[ "$(du -sb --apparent-size "$samples" | cut -f 1)" -le 8388608 ] || fail "samples/ is too large"
finish
