# Files that are no captures: listed, also by a merge, and without a say in anything else.
. tests/cases/case.sh
mkdir in
cp "$samples/bristol/users.pcap" in/users.pcap
cp "$samples/norwich/users.pcap" in/others.pcap
"$program" analyze --output plain in || fail "analyze: exit $?"
echo 'when, where, who' >in/a-note.txt
echo 'what else' >in/z-note.txt
"$program" analyze --output noted in || fail "analyze with notes: exit $?"

for result in plain/results/*; do
    expect_same "$result" "noted/results/${result##*/}" "a result beside notes"
done
[ "$(ls noted/results)" = '0001-others.o365.zst
0002-users.o365.zst
skipped-0001-a-note.txt.o365.zst
skipped-0002-z-note.txt.o365.zst' ] || fail "noted/results holds $(ls noted/results)"
expect_value noted/report.json skipped.1.name z-note.txt

"$program" merge --output merged noted || fail "merge: exit $?"
expect_same noted/report.json merged/report.json "a report with notes and its merge"
[ "$(ls noted/results)" = "$(ls merged/results)" ] || fail "a merge names results otherwise"

# Whoever may read one part of a report may read all of it.
for mask in 022 077; do
    (umask "$mask" && "$program" analyze --output "mask-$mask" --flows "mask-$mask.csv" in) ||
        fail "analyze, umask $mask: exit $?"
    modes=$(find "mask-$mask" "mask-$mask.csv" -type f -printf '%m\n' | sort -u)
    [ "$modes" = "$(printf '%o' $((0666 & ~0$mask)))" ] || fail "umask $mask: files of mode $modes"
done
finish
