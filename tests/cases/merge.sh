# Results of runs apart, merged, are the report of one run over everything.
. tests/cases/case.sh
site=$samples/assessment.json
mkdir all
cp -R "$samples/leeds" "$samples/bristol" "$samples/cardiff" "$samples/norwich" \
    "$samples/frankfurt" all

# `settings` tells how a run was called; all else must be the same.
without_settings() {
    python3 - "$1" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
report.pop("settings")
json.dump(report, sys.stdout, indent=1)
PYTHON
}

"$program" analyze --output whole --site "$site" --flows whole.ndjson all ||
    fail "analyze: exit $?"
"$program" merge --output again --site "$site" --flows again.ndjson whole ||
    fail "merge of a report folder: exit $?"
expect_same whole/report.json again/report.json "a report and its merge"
expect_same whole/report.html again/report.html "a report and its merge, for people"
expect_same whole.ndjson again.ndjson "flow records of a report and of its merge"

# The parts: each capture by itself, under the name that it has in the whole. No part knows
# the sites.
for capture in all/*/*; do
    name=${capture#all/}
    part=part-$(echo "$name" | tr '/' '-')
    mkdir -p "$part/in/${name%/*}"
    cp "$capture" "$part/in/$name"
    "$program" analyze --output "$part/report" "$part/in" || fail "$name alone: exit $?"
done
"$program" merge --output merged --site "$site" --flows merged.ndjson part-*/report ||
    fail "merge of the parts: exit $?"
without_settings whole/report.json >whole.json
without_settings merged/report.json >merged.json
expect_same whole.json merged.json "one run, and its parts merged"
expect_same whole.ndjson merged.ndjson "flow records of one run, and of its parts merged"

# Result files as well as folders, in any order.
# shellcheck disable=SC2046 # no name here holds white space
"$program" merge --output files --site "$site" $(find part-* -name '*.o365.zst' | sort -r) ||
    fail "merge of result files: exit $?"
expect_same merged/report.json files/report.json "folders and files merged"

# A site file put right: judged anew from the results alone.
rm -rf all part-*/in
sed 's/"Bristol"/"Bath"/g' "$site" >bath.json
"$program" merge --output bath --site bath.json whole || fail "merge, other site file: exit $?"
grep -q '"hairpin/Bath/Exchange/backhaul"' bath/report.json ||
    fail "merge did not judge with the new site file"

# A result that was changed is not believed: nothing of it where its front is, and where only
# the checksum at its end tells, the report says so.
result=$(find whole/results -name '*bristol*' | sort | head -n 1)
cp "$result" changed.o365.zst
printf 'changed' | dd of=changed.o365.zst bs=1 seek=16 conv=notrunc 2>/dev/null
run merge --output nothing changed.o365.zst
expect_code 4
expect_sentence 'changed.o365.zst'
expect_nothing_there nothing

cp "$result" changed.o365.zst
printf 'end' | dd of=changed.o365.zst bs=1 seek=$(($(wc -c <"$result") - 3)) conv=notrunc 2>/dev/null
run merge --output damaged changed.o365.zst
expect_code 1
expect_sentence 'checksum'
grep -q '"status": "damaged"' damaged/report.json || fail "damage of a result is not reported"
finish
