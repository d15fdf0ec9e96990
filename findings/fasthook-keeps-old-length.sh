#!/usr/bin/env bash
# Tool: fasthook 2.0.0 with httpx 0.28.1, h11 0.16.0, fastapi 0.141.1 (Python), which receives, relays and replays.
#
# One would guess: `fasthook listen PORT --forward URL` hands each delivery on to the app, and `fasthook replay`, whose
# README says "exactly as received", sends the saved ones once more.
#
# What happens: both write the body anew with Python's json.dumps, blanks after commas and colons, and keep all headers,
# the old Content-Length too. Meta's JSON has no such blanks, so the new body is longer than announced: the HTTP client
# gives up after the head, and the app sees requests that break off, one for each try. Only a body that is spaced as
# Python spaces it fits, such as one sent by hand from Python; its signature holds as well.
# - for Meta fasthook has said 200 by then, and "replay" says that it is complete and exits with 0.
# - a handshake is answered {"status": "received"}. It is handed on to the app, without its query.
#
# Why it matters: trying it out works, and so does `--save`, which holds the whole body beside the parsed one. When
# Meta's first delivery comes, the app logs a client that went away, and fasthook "Too much data for declared
# Content-Length", which reads as if Meta or the tunnel had sent a broken request.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'fasthook==2.0.0' 'httpx==0.28.1' 'h11==0.16.0' \
  'fastapi==0.141.1' 'uvicorn==0.40.0'

cat >relay.py <<'PY'
import hashlib
import hmac
import http.server
import json
import queue
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

SECRET = b"app-secret"
arrived = queue.Queue()


def sign(body):
    return f"sha256={hmac.new(SECRET, body, hashlib.sha256).hexdigest()}"


class App(http.server.BaseHTTPRequestHandler):
    """Note what arrives."""

    def do_GET(self):
        arrived.put(self.path)
        self._answer()

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        whole = f"whole, signature {self.headers['X-Hub-Signature-256'] == sign(body)}"
        arrived.put(whole if len(body) == length else f"{len(body)} bytes of {length}")
        self._answer()

    def _answer(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Keep quiet."""


def arrivals(count):
    return ", ".join(arrived.get(timeout=30) for _ in range(count))


def ask(path, body=None):
    """Return what fasthook answers to Meta."""
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body)} if body else {}
    request = urllib.request.Request(f"{fasthook}{path}", body, headers)
    with urllib.request.urlopen(request) as answer:
        return f"{answer.status} {answer.read().decode()}"


def start():
    """Return fasthook's process when it listens."""
    command = ["venv/bin/fasthook", "listen", str(port), "--quiet", "--forward", f"{app}/webhook", "--save", "saved"]
    process = subprocess.Popen(command)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
threading.Thread(target=server.serve_forever, daemon=True).start()
app = f"http://127.0.0.1:{server.server_port}"
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
fasthook = f"http://127.0.0.1:{port}"

message = {"sender": {"id": "2"}, "recipient": {"id": "1"}, "timestamp": 1, "message": {"mid": "m_1", "text": "hello"}}
delivery = {"object": "page", "entry": [{"id": "1", "time": 1, "messaging": [message]}]}
process = start()
try:
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=v"
    print("handshake:", ask(f"/webhook?{query}"), "| the app:", arrivals(1))
    print("from Python:", ask("/webhook", json.dumps(delivery).encode()), "| the app:", arrivals(1))
    compact = json.dumps(delivery, separators=(",", ":")).encode()
    print("from Meta:", ask("/webhook", compact), "| the app:", arrivals(3))
finally:
    process.terminate()
    process.wait()

with open("saved") as saved:
    last = [event for event in saved if json.loads(event)["method"] == "POST"][-1]
print("saved as it was:", json.loads(last)["raw"] == compact.decode())
with open("delivery", "w") as single:
    single.write(last)
command = ["venv/bin/fasthook", "replay", "delivery", "--target", app]
replay = subprocess.run(command, capture_output=True, text=True)
print("replay: exit", replay.returncode, replay.stdout.splitlines()[-1].strip("✅ "), "| the app:", arrivals(3))
PY

seen=$(venv/bin/python relay.py 2>relay.log)
expected='handshake: 200 {"status":"received"} | the app: /webhook
from Python: 200 {"status":"received"} | the app: whole, signature True
from Meta: 200 {"status":"received"} | the app: 0 bytes of 159, 0 bytes of 159, 0 bytes of 159
saved as it was: True
replay: exit 0 Replay complete: 1 events processed | the app: 0 bytes of 159, 0 bytes of 159, 0 bytes of 159'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
