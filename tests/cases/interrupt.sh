# Ctrl-C and its like: the status of the signal, and neither a folder nor a process left.
. tests/cases/case.sh

# A capture that never ends: the writer keeps the pipe open. Python, as a shell starts what
# runs beside it with SIGINT ignored.
interrupted() {
    ran="$2, $1"
    rm -f pipe
    mkfifo pipe
    python3 - "$samples/bristol/users.pcap" "$1" "$program" "$2" <<'PYTHON'
import os, signal, subprocess, sys, time
capture, name, program, arguments = sys.argv[1:]
process = subprocess.Popen(
    [program, *arguments.split()], stdin=subprocess.PIPE if "-" in arguments.split() else None,
    stdout=subprocess.DEVNULL, stderr=open("../err", "wb"),
    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
writer = process.stdin or open("pipe", "wb", buffering=0)
writer.write(open(capture, "rb").read(500000))
writer.flush()
time.sleep(1)
assert process.poll() is None, f"ended with {process.poll()} before the signal"
process.send_signal(getattr(signal, name))
try:
    status = process.wait(10)
except subprocess.TimeoutExpired:
    process.kill()
    sys.exit("still running 10 seconds after the signal")
sys.exit(status if status >= 0 else 200 - status)
PYTHON
    code=$?
    rm -f pipe
}

for command in 'analyze pipe' 'analyze -' 'flows pipe' 'flows -' \
    'analyze --flows records.ndjson pipe'; do
    interrupted SIGINT "$command"
    expect_code 130
    expect_only
    interrupted SIGTERM "$command"
    expect_code 143
    expect_only
done
finish
