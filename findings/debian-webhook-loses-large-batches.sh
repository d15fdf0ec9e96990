#!/usr/bin/env bash
# Program: webhook 2.8.0-4+b6 of Debian 12 (Go, amd64), the server that runs a command for each request. It is unpacked,
# not installed.
#
# One would guess: a hook that checks X-Hub-Signature-256 and passes "entire-payload" to its command gives the command
# what Meta sent, for each delivery that it answers with 200.
#
# What happens: "entire-payload" becomes one argument (or one environment variable) of the command. Linux takes 128 KiB
# for a single one of them at most, whatever the limit for all together. The command of a larger batch is never started;
# as it runs after the answer, Meta has been told 200 by then, and the log has one line, "argument list too long". A
# batch of 700 short messages is enough; Meta's guide "Webhooks: Get started" says that up to 1,000 updates may share
# one notification. And what is passed is written anew, with sorted keys and without the blanks, so that the signature,
# which webhook found right, does not fit it. "raw-request-body" by pass-file-to-command has neither limit nor change.
#
# Why it matters: large batches form when an app was away, and that one line in a log is all that is left of them: what
# was acknowledged is not sent again. A command that stores what it got for a replay stores what no app will accept.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download webhook=2.8.0-4+b6 >apt.log 2>&1 || { cat apt.log; exit 1; }
dpkg --extract webhook_*.deb .

cat >command.py <<'PY'
#!/usr/bin/env python3
"""Tell how many messages the delivery has, and whether its signature fits."""
import hashlib
import hmac
import json
import os
import sys
from pathlib import Path

body = Path(os.environ["BODY"]).read_bytes() if "BODY" in os.environ else sys.argv[2].encode()
fits = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest() == sys.argv[1]
count = sum(len(entry["messaging"]) for entry in json.loads(body)["entry"])
Path("seen").write_text(f"{count} messages, the signature {'fits' if fits else 'does not fit'}")
PY
chmod +x command.py

cat >deliver.py <<'PY'
import hashlib
import hmac
import json
import queue
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

HEADER = "X-Hub-Signature-256"
SIGNED = {"type": "payload-hmac-sha256", "secret": "secret", "parameter": {"source": "header", "name": HEADER}}
SIGNATURE = {"source": "header", "name": HEADER}


def hook(name, arguments, **more):
    """Return a hook that runs the command for a rightly signed body."""
    command = {"execute-command": str(Path("command.py").resolve())}
    return {"id": name, "trigger-rule": {"match": SIGNED}, "pass-arguments-to-command": arguments} | command | more


def batch(count):
    """Return the body of one delivery with so many text messages."""
    ids = range(count)
    messages = [{"sender": {"id": f"{n:017}"}, "message": {"mid": f"m_{n:062}", "text": f"Message {n}"}} for n in ids]
    events = [message | {"recipient": {"id": "1"}, "timestamp": 1700000000000} for message in messages]
    return json.dumps({"object": "page", "entry": [{"id": "1", "time": 1700000000, "messaging": events}]}).encode()


def deliver(url, name, body):
    """Deliver a batch, wait until the hook is done with it, and print what the command saw."""
    Path("seen").unlink(missing_ok=True)
    headers = {HEADER: "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()}
    request = urllib.request.Request(f"{url}/{name}", body, headers | {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        status = answer.status
    errors = []
    for line in iter(log.get, None):
        errors += [line.strip().rpartition(": ")[2]] if "error occurred" in line else []
        if f"finished handling {name}" in line:
            break
    seen = Path("seen").read_text() if Path("seen").exists() else f"not started, {', '.join(errors)}"
    print(f"{name}, {body.count(b'mid')} messages: answered {status}, command: {seen}")


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
raw = {"source": "raw-request-body", "envname": "BODY"}
whole = hook("entire-payload", [SIGNATURE, {"source": "entire-payload"}])
hooks = [whole, hook("raw-request-body", [SIGNATURE], **{"pass-file-to-command": [raw]})]
Path("hooks.json").write_text(json.dumps(hooks))
run = ["usr/bin/webhook", "-ip", "127.0.0.1", "-port", str(port), "-hooks", "hooks.json", "-verbose"]
server = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    log = queue.SimpleQueue()
    threading.Thread(target=lambda: [log.put(line) for line in server.stdout], daemon=True).start()
    next(line for line in iter(log.get, None) if "serving hooks" in line)
    for name in ("entire-payload", "raw-request-body"):
        for count in (500, 700):
            deliver(f"http://127.0.0.1:{port}/hooks", name, batch(count))
finally:
    server.terminate()
    server.wait()
PY

seen=$(python3 deliver.py)
expected="entire-payload, 500 messages: answered 200, command: 500 messages, the signature does not fit
entire-payload, 700 messages: answered 200, command: not started, argument list too long
raw-request-body, 500 messages: answered 200, command: 500 messages, the signature fits
raw-request-body, 700 messages: answered 200, command: 700 messages, the signature fits"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "this has changed; expected:"; echo "$expected"; exit 1; }
