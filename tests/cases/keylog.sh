# A key log opens the certificates of TLS 1.3, and nothing else; its secrets are in no output.
# keylog.pcap: two connections to a mail server through a box that opens TLS, by OpenSSL;
# keylog.txt: all their secrets, those of the application data too.
. tests/cases/case.sh

capture=$project/tests/cases/keylog.pcap
keys=$project/tests/cases/keylog.txt

# of FILE KEYS: the values at these paths, one line a flow
of() {
    python3 - "$@" <<'PYTHON'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    told = []
    for path in sys.argv[2:]:
        value = json.loads(line)
        for key in path.split("."):
            value = value and value[key]
        told.append(str(value))
    print(" ".join(told))
PYTHON
}

expect_flows() {
    of ../out tls.certificate_hidden tls.certificate_by tls.alpn tls.certificate.issuer_cn \
        verdicts.interception.state verdicts.interception.reason >flows
    for line in "$1" "$1"; do echo "$line"; done >wanted
    expect_same wanted flows "o365lens $ran"
}

opened='None key-log http/1.1 Fernhill Filters Root yes unpublished-issuer'
run flows --keylog "$keys" "$capture"
expect_code 0
expect_silence
expect_flows "$opened"
cp ../out opened.ndjson
python3 "$project/tests/check_schema.py" flow opened.ndjson >/dev/null ||
    fail "a flow line with a key log does not keep to its schema"
run flows "$capture"
expect_flows 'tls1.3 None None None unknown certificate-hidden'

# The same secrets inside the capture, without the option; and in other line ends and letters.
python3 "$project/tests/cases/captures.py" embed "$capture" with.pcapng "$keys"
run flows with.pcapng
expect_flows "$opened"
sed 's/$/\r/; /^#/!s/[a-f]/\U&/g' "$keys" >upper.txt
run flows -k upper.txt "$capture"
expect_flows "$opened"
mkfifo pipe
cat "$keys" >pipe &
run flows -k pipe "$capture"
expect_flows "$opened"
grep -v SERVER_HANDSHAKE "$keys" >others.txt
run flows -k others.txt "$capture"
expect_code 0
expect_sentence 'others.txt: no handshake secret of a server is in it; it opens nothing'
expect_flows 'tls1.3 None None None unknown certificate-hidden'

# The report says what the flows say, and holds neither secrets nor what they would open.
run analyze --keylog "$keys" --flows written.ndjson --summary always "$capture" with.pcapng
expect_code 0
cp ../out summary
cp ../err errors
python3 - o365-report/report.json <<'PYTHON' || fail "the report lacks the finding of opened TLS"
import json, sys
findings = json.load(open(sys.argv[1], encoding="utf-8"))["findings"]
assert [f for f in findings if f["kind"] == "interception" and f["confidence"] >= 0.9], findings
PYTHON
for result in o365-report/results/*.zst; do
    zstd -dcq "$result" >>results 2>/dev/null || break # where that program is not there
done
grep -v '^#' "$keys" | cut -d ' ' -f 3 >secrets
tr a-f A-F <secrets >capitals
[ "$(wc -l <secrets)" -eq 10 ] || fail "the key log has not ten secrets"
grep -rqiF -f secrets -f capitals o365-report written.ndjson opened.ndjson summary errors \
    $(ls results 2>/dev/null) && fail "a secret of the key log was written"
grep -rqF -e plainly-readable -e /inbox o365-report written.ndjson opened.ndjson summary \
    $(ls results 2>/dev/null) && fail "application data was decrypted"
run merge --output merged o365-report
expect_same o365-report/report.json merged/report.json "merge of what a key log opened"

# What is no key log is said, and nothing is written.
run flows -k "$capture" "$capture"
expect_code 2
expect_sentence 'keylog.pcap: not one line of it is of a TLS key log'
expect_no_output
run analyze -k nowhere.txt -o other "$capture"
expect_code 2
expect_sentence 'nowhere.txt: No such file or directory'
expect_nothing_there other
run merge -k "$keys" o365-report
expect_code 2
expect_sentence '\-\-keylog is no option of merge'
finish
