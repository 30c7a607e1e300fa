# The same captures and settings give the same bytes: whatever the jobs, order and time.
. tests/cases/case.sh
cp -R "$samples/leeds" "$samples/bristol" "$samples/frankfurt" .
site=$samples/assessment.json

"$program" flows -j 1 leeds bristol frankfurt >flows-1 || fail "flows -j 1: exit $?"
"$program" flows -j 2 frankfurt leeds bristol >flows-2 || fail "flows -j 2: exit $?"
expect_same flows-1 flows-2 "flows with 1 and 2 jobs, and arguments in another order"

report() {
    name=$1
    shift
    "$program" analyze --output "$name" --site "$site" "$@" || fail "$name: exit $?"
}

mkdir all
mv leeds bristol frankfurt all
report one -j 1 --flows one.ndjson all
TZ=Asia/Tokyo LC_ALL=C.UTF-8 report two -j 2 --flows two.ndjson all
sleep 1
cp -R all again
find again -type f -exec touch -d 2001-02-03 {} +
report three -j 2 --progress always --flows three.ndjson again 2>/dev/null
for name in two three; do
    expect_same one/report.json $name/report.json "the report"
    expect_same one/report.html $name/report.html "the report for people"
    expect_same one.ndjson $name.ndjson "the flow records"
    for result in one/results/*; do
        expect_same "$result" "$name/results/${result##*/}" "a result"
    done
done

"$program" flows --site "$site" all >printed
expect_same printed one.ndjson "flows, and analyze --flows"

last=$(value_of one/report.json captures | python3 -c '
import json, sys
print(max(capture["last"] for capture in json.load(sys.stdin)))')
expect_value one/report.json created "$last"
SOURCE_DATE_EPOCH=1700000000 report epoch all
created=$(value_of epoch/report.json created)
case $created in
2023-11-14T22:13:20*Z) ;;
*) fail "SOURCE_DATE_EPOCH=1700000000: created is $created" ;;
esac
grep -q "$scratch" one/report.json one/report.html && fail "the report tells where it was made"
finish
