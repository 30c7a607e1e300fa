# Bad captures: the exit status, and a sentence with file, offset or frame, and reason.
. tests/cases/case.sh
cp "$samples/bristol/users.pcap" good.pcap
edge=$samples/frankfurt/bristol-internet-edge.pcap.zst
proxy=$samples/frankfurt/cardiff-proxy-internet.pcapng

# Nothing could be analysed: 4, and no report.
nothing() {
    run analyze "$1"
    expect_code 4
    expect_sentence "^o365lens: $1: $2"
    expect_no_output
    expect_nothing_there o365-report
    run flows "$1"
    expect_code 4
    expect_sentence "^o365lens: $1: $2"
    expect_no_output
}

# A part could be read: 1, and a report that says so.
not_whole() {
    run analyze "$1"
    expect_code 1
    expect_sentence "^o365lens: $1: $3"
    expect_no_output
    expect_value o365-report/report.json captures.0.status "$2"
    expect_value o365-report/report.json captures.0.name "$1"
    # What the sentence says stands in the report too, and flows says the same.
    sed -n 's/^o365lens: //p' ../err >sentence
    value_of o365-report/report.json captures.0.problems.0.sentence >told
    grep -Fq -e "$(cat told)" sentence &&
        ! grep -Eq -e "$1|(frame|byte) [0-9]+:" told || fail "$1: the report does not say: $(cat sentence)"
    run flows "$1"
    expect_code 1
    expect_sentence "^o365lens: $1: $3"
    [ "$(wc -l <../out)" -gt 10 ] || fail "$1: flows of what could be read are missing"
    rm -rf o365-report
}

nothing no-file.pcap 'No such file or directory'
: >empty.pcap
nothing empty.pcap '.*empty'
echo 'This file is written for people.' >text.pcap
nothing text.pcap 'not a capture'
head -c 20 good.pcap >stub.pcap
nothing stub.pcap '.*'
mkdir without empty-folder
echo 'nothing to see' >without/notes.txt
nothing without '.*no.*capture'
nothing empty-folder '.*no.*(capture|file)'

# 24 bytes of file header, then 16 and the length of each packet.
head -c 700000 good.pcap >cut.pcap
not_whole cut.pcap truncated 'frame [0-9]+, byte [0-9]+: .*ends'
head -c 600000 "$proxy" >cut.pcapng
not_whole cut.pcapng truncated 'frame [0-9]+, byte [0-9]+: .*ends'
head -c 400000 "$edge" >cut.pcap.zst
not_whole cut.pcap.zst truncated 'stored byte 400000: .*'
head -c 500000 "$samples/leeds/internet-edge.pcapng.gz" >cut.pcapng.gz
not_whole cut.pcapng.gz truncated 'stored byte 500000: .*'
cp "$edge" damaged.pcap.zst
printf 'damaged bytes' | dd of=damaged.pcap.zst bs=1 seek=400000 conv=notrunc 2>/dev/null
not_whole damaged.pcap.zst damaged 'stored byte [0-9]+: .*'
cp good.pcap lying.pcap
printf '\377\377\377\177' | dd of=lying.pcap bs=1 seek=32 conv=notrunc 2>/dev/null
run flows lying.pcap
expect_code 1
expect_sentence '^o365lens: lying.pcap: frame 1, byte 24: '

if [ "$(id -u)" -ne 0 ]; then
    cp good.pcap locked.pcap
    chmod 000 locked.pcap
    nothing locked.pcap 'Permission denied'
fi
# To root everything is readable but what is no file.
ln -s circle.pcap circle.pcap
nothing circle.pcap '.*symbolic links'

# The rest is analysed, and told apart from what is not.
run analyze good.pcap no-file.pcap empty.pcap cut.pcap
expect_code 1
expect_sentence '^o365lens: cut.pcap: ' 3
python3 - <<'PYTHON' || fail "the report does not tell all four captures"
import json
captures = json.load(open("o365-report/report.json"))["captures"]
found = {capture["name"]: capture["status"] for capture in captures}
assert found == {"good.pcap": "complete", "cut.pcap": "truncated", "empty.pcap": "unreadable",
                 "no-file.pcap": "unreadable"}, found
PYTHON

# Files inside a folder that are no captures are listed, and change nothing.
mkdir folder
cp good.pcap text.pcap folder
echo '{}' >folder/notes.json
run analyze --force folder
expect_code 0
expect_silence
expect_value o365-report/report.json skipped.0.name notes.json
expect_value o365-report/report.json skipped.1.name text.pcap
finish
