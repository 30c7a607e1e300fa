# What is wrong on the command line is told in one sentence, ends with 2, and writes nothing.
. tests/cases/case.sh
cp "$samples/bristol/users.pcap" good.pcap
echo '{"schema": "o365lens/assessment/1", "sites": [{"nam": "Leeds"}]}' >wrong.json

refused() {
    pattern=$1
    shift
    run "$@"
    expect_code 2
    expect_sentence "^o365lens: .*$pattern"
    expect_no_output
    expect_only good.pcap wrong.json
}

refused 'command is missing'
refused 'nonsense is no command' nonsense
refused 'survey is no command' survey good.pcap
refused 'needs PATH' analyze
refused 'needs RESULT' merge
refused 'needs info' endpoints
refused '--flows: records.txt ends in none of' analyze --flows records.txt good.pcap
refused '--flows: csv ends in none of' analyze --flows csv good.pcap
refused '--flows: .zst ends in none of' merge --flows .zst good.pcap
refused '--nonsense is no option' analyze --nonsense good.pcap
refused '-Z is no option' flows -Z good.pcap
refused '-o needs a value' analyze good.pcap -o
refused '--jobs: 0 is no number' analyze --jobs 0 good.pcap
refused '--ndpi: maybe' analyze --ndpi maybe good.pcap
refused '--fail-on: much' analyze --fail-on much good.pcap
refused '--instance: Moon' analyze --instance Moon good.pcap
refused '--from: yesterday' analyze --from yesterday good.pcap
refused 'nonsense' flows --filter 'nonsense ((' good.pcap
refused 'no-file.json: No such file' analyze --site no-file.json good.pcap
refused 'wrong.json: sites\[0\].*nam: unknown key' analyze --site wrong.json good.pcap
refused 'no-file.json: No such file' flows --endpoints no-file.json good.pcap
refused 'wrong.json: ' flows --endpoints wrong.json good.pcap
refused 'read once' flows - -
refused 'no-file: No such file' merge no-file

for arguments in --help --version 'analyze --help' 'flows --help' 'merge --help' \
    'endpoints --help'; do
    # shellcheck disable=SC2086 # two words
    run $arguments
    expect_code 0
    expect_silence
    [ -s ../out ] || fail "o365lens $arguments: printed nothing"
done

"$program" --help >/dev/full 2>../err && fail "--help to a full disk ends with 0"
finish
