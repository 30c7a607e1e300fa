# What the samples show is what the report says of them: tests/expected/samples.json.
. tests/cases/case.sh

# A finding's numbers, a site's verdicts and a capture's state: small enough to be looked at.
digest_of() {
    python3 - "$1" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
def states(verdict):
    return {f"{kind['state']} {kind['kind'] or ''}".strip(): kind["flows"]
            for kind in verdict["kinds"]}
digest = {
    "findings": {f["id"]: [f["severity"], f["affected"]["flows"]] for f in report["findings"]},
    "sites": {site["name"]: {question: states(verdict)
                             for question, verdict in site["verdicts"].items()}
              for site in report["sites"]},
    "captures": {c["name"]: [c["status"], c["capture_site"], c["vantage"], c["m365_flows"]]
                 for c in report["captures"]},
    "skipped": [skipped["name"] for skipped in report["skipped"]],
}
json.dump(digest, sys.stdout, indent=1, sort_keys=True)
print()
PYTHON
}

run analyze --site "$samples/assessment.json" --flows flows.ndjson --summary always "$samples"
expect_code 0
expect_silence
for line in '8 captures read whole' 'Exchange Online from Bristol reaches the Internet through' \
    'TLS of Exchange Online from Norwich is opened' 'report: o365-report/report.html'; do
    grep -q "$line" ../out || fail "the summary does not say: $line"
done
digest_of o365-report/report.json >found
expect_same "$project/tests/expected/samples.json" found "what the samples show"

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
