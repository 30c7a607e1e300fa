# A worker that goes wrong costs its series, which is named; what the kernel lacks costs nothing.
# Beside the program, $2 is where its like with workers that go wrong on purpose is
# (provoked.c), and what takes Landlock and seccomp away (without.c).
tools=$(realpath "$2")
. tests/cases/case.sh
provoked=$tools/provoked
without=$tools/without
capture=$samples/bristol/users.pcap

# Under a sanitizer a system call that is not allowed fails, and the worker goes on.
is_sanitized=false
grep -q __asan_init "$program" && is_sanitized=true

mkdir fine lost lost/ring forbidden
cp "$samples/norwich/users.pcap" fine/fine.pcap
for way in crash hang memory kill leave; do
    cp "$capture" "lost/$way.pcap"
done
for way in open socket program; do
    cp "$capture" "forbidden/$way.pcap"
done
# A ring buffer: its second file is the wrong one.
python3 "$project/tests/cases/captures.py" repeat "$capture" long.pcap 4
python3 "$project/tests/cases/captures.py" split long.pcap lost/ring/crash- 4
cp fine/fine.pcap lost

# NAME COMMAND...: the report of the lost ones goes to NAME.
provoke() {
    name=$1
    shift
    "$@" --output "$name" lost 2>"$scratch/err"
    code=$?
    ran="analyze lost ($name)"
    expect_code 1
    grep '^o365lens: ' ../err | grep -v 'out of memory$' | sort >told
    cat >wanted <<'SENTENCES'
o365lens: crash.pcap: its analysis crashed (signal 11) near frame 1025
o365lens: hang.pcap: its analysis hung near frame 1025 and was ended
o365lens: kill.pcap: its analysis was killed (signal 9) near frame 1025
o365lens: leave.pcap: its analysis ended unexpectedly (status 3) near frame 1025
o365lens: memory.pcap: its analysis ran out of memory near frame 1025
o365lens: ring/crash-1.pcap: it was lost with the series that it is of: ring/crash-2.pcap: its analysis crashed (signal 11) near frame 1025
o365lens: ring/crash-2.pcap: its analysis crashed (signal 11) near frame 1025
SENTENCES
    expect_same wanted told "what is told of the lost ones ($name)"
}

# The same bytes, whatever the jobs and the kernel.
same_reports() {
    expect_same "$1/report.json" "$2/report.json" "the report ($2)"
    expect_same "$1/report.html" "$2/report.html" "the report for people ($2)"
}

provoke one "$provoked" analyze -j 1
provoke two "$provoked" analyze -j 2
same_reports one two
python3 - <<'PYTHON' || fail "the report does not name the lost series, or another one suffered"
import json
report = json.load(open("one/report.json", encoding="utf-8"))
found = {capture["name"]: capture for capture in report["captures"]}
lost = {"crash", "ring/crash-1", "ring/crash-2", "hang", "kill", "leave", "memory"}
whole = {"fine", "ring/crash-3", "ring/crash-4"}
assert set(found) == {name + ".pcap" for name in lost | whole}, sorted(found)
for name in lost:
    capture = found[name + ".pcap"]
    assert capture["status"] == "unreadable" and capture["problems"], capture
    assert capture["problems"][0]["sentence"], capture
for name in whole:
    capture = found[name + ".pcap"]
    assert capture["status"] == "complete" and not capture["problems"], capture
    assert capture["packets"] > 0, capture
assert found["fine.pcap"]["flows"] > 0, found["fine.pcap"]
assert {found[f"ring/crash-{i}.pcap"]["series"] for i in (3, 4)} == {"ring/crash-3"}, found
assert any(finding["kind"] == "unanalysed" for finding in report["findings"]), "no finding"
PYTHON

# What was read beside them is what it is alone.
"$provoked" flows lost 2>/dev/null | grep '"fine.pcap"' >beside
"$program" flows fine >alone || fail "flows fine: exit $?"
[ -s alone ] || fail "flows fine: nothing"
expect_same alone beside "the flows of the capture that was read beside those that were lost"

# Files, sockets and programs are out of reach.
"$provoked" analyze --output tried forbidden fine 2>../err >../out
code=$?
ran="analyze forbidden fine"
if $is_sanitized; then
    expect_code 0
    expect_silence
else
    expect_code 1
    expect_sentence '^o365lens: [a-z]*.pcap: .*made a forbidden system call near frame 1025' 3
    expect_value tried/report.json captures.0.name fine.pcap
    expect_value tried/report.json captures.0.status complete
fi
grep -Ehq '^(opened|made|ran)' ../err ../out && fail "a worker had its way: $(cat ../err ../out)"

# A kernel without Landlock, seccomp or both: the same is read and told.
"$without" both /bin/true || exit 77
mkdir all
cp -R "$samples/leeds" "$samples/bristol" "$samples/frankfurt" all
for lacking in landlock seccomp both; do
    "$without" $lacking "$provoked" analyze --output tried-$lacking forbidden >../err 2>&1
    case $lacking in
    landlock) grep -Eq '^(opened|made|ran)' ../err && fail "without Landlock seccomp does nothing" ;;
    seccomp) grep -Eq '^made' ../err || fail "seccomp was not taken away" ;;
    both)
        grep -q '^opened' ../err && grep -q '^made' ../err || fail "both were not taken away"
        provoke lacking "$without" both "$provoked" analyze
        same_reports one lacking
        ;;
    esac
done
"$program" analyze --site "$samples/assessment.json" --flows with.ndjson --output with all ||
    fail "analyze all: exit $?"
for lacking in landlock seccomp both; do
    "$without" $lacking "$program" analyze --site "$samples/assessment.json" \
        --flows $lacking.ndjson --output $lacking all || fail "without $lacking: exit $?"
    same_reports with $lacking
    expect_same with.ndjson $lacking.ndjson "the flow records without $lacking"
done
finish
