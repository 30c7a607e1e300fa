# Where the output goes: what is there is not overwritten, and nothing is half written.
. tests/cases/case.sh
cp "$samples/bristol/users.pcap" good.pcap

run analyze good.pcap
expect_code 0
expect_silence
expect_no_output
expect_only good.pcap o365-report
for name in report.html report.json results/0001-good.o365.zst; do
    [ -s "o365-report/$name" ] || fail "o365-report/$name is missing or empty"
done

cp o365-report/report.json before.json
run analyze good.pcap
expect_code 2
expect_sentence '^o365lens: o365-report is there already'
run analyze --force good.pcap
expect_code 0
expect_same before.json o365-report/report.json "a report written again"
expect_only good.pcap o365-report before.json

mkdir foreign
echo 'somebody needs this' >foreign/notes.txt
for name in foreign foreign/notes.txt; do
    run analyze --force --output "$name" good.pcap
    expect_code 2
    expect_sentence "^o365lens: $name is there and is no report"
done
[ "$(cat foreign/notes.txt)" = 'somebody needs this' ] || fail "a foreign folder was touched"

run analyze --output no/such/folder good.pcap
expect_code 5
expect_sentence '^o365lens: no/such/folder.*No such file'
run analyze --output other --flows no/such/flows.ndjson good.pcap
expect_code 5
expect_sentence '^o365lens: no/such/flows.ndjson.*No such file'
expect_only good.pcap o365-report before.json foreign

# A full disk. Files may be so many blocks of 512 bytes long, and a longer one cannot be
# written: the result first, then the report, then the flow records.
results=$(stat -c %s o365-report/results/0001-good.o365.zst)
report=$(stat -c %s o365-report/report.json)
for most in 1 $((results / 1024)) $((report / 1024)); do
    (
        trap '' XFSZ
        ulimit -f "$most"
        exec "$program" analyze --output full good.pcap >../out 2>/dev/null
    )
    code=$?
    ran="analyze, at most $most blocks"
    expect_code 5
    expect_only good.pcap o365-report before.json foreign
done
(
    trap '' XFSZ
    ulimit -f 200
    exec "$program" analyze --output full --flows full.ndjson good.pcap 2>/dev/null
)
code=$?
if [ "$code" -eq 0 ]; then
    expect_only good.pcap o365-report before.json foreign full full.ndjson
else
    expect_code 5
    expect_only good.pcap o365-report before.json foreign
fi

"$program" flows good.pcap >/dev/full 2>../err
code=$?
ran="flows >/dev/full"
expect_code 5
expect_sentence '^o365lens: standard output: No space left'

run analyze --flows records.csv.zst --output whole good.pcap
expect_code 0
[ "$(od -An -tx1 -N4 records.csv.zst)" = ' 28 b5 2f fd' ] || fail "records.csv.zst is not zstd"

# 3 where a finding is severe enough, also where a capture is lost; 1 where none is.
run analyze --output mild --fail-on critical good.pcap no-file.pcap
expect_code 1
run analyze --output strict --fail-on info good.pcap no-file.pcap
expect_code 3
run analyze --output sites --site "$samples/assessment.json" --fail-on high "$samples"
expect_code 3
finish
