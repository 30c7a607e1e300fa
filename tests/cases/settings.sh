# The report tells what was set, and no more.
. tests/cases/case.sh
cp "$samples/bristol/users.pcap" good.pcap
list='[{"id": 1, "serviceArea": "Exchange", "serviceAreaDisplayName": "Exchange Online",
  "urls": ["outlook.office365.com"], "ips": ["52.96.0.0/14"], "tcpPorts": "443",
  "expressRoute": true, "category": "Optimize", "required": true}]'
echo "$list" >one.json
cat >site.json <<'JSON'
{"schema": "o365lens/assessment/1", "thresholds": {"teams.blocked_attempts": 5}}
JSON

"$program" analyze --output usual good.pcap || fail "analyze: exit $?"
expect_value usual/report.json settings.instance Worldwide
[ "$(value_of usual/report.json settings | grep -o '": ' | wc -l)" -eq 2 ] ||
    fail "settings of a usual run: $(value_of usual/report.json settings)"

"$program" analyze --output set --site "$scratch/work/site.json" --endpoints ./one.json \
    --ndpi off --filter 'tcp' --from 2020-01-01T00:00:00Z -j 1 good.pcap ||
    fail "analyze with settings: exit $?"
value_of set/report.json settings >settings
cat >expected <<'JSON'
{"endpoints": "one.json", "filter": "tcp", "from": "2020-01-01T00:00:00Z", "instance": "Worldwide", "ndpi": "off", "site": "site.json", "teams.blocked_attempts": "5 attempts"}
JSON
expect_same expected settings "settings"
finish
