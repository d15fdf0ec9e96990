#!/usr/bin/env bash
# Library: python-facebook-api 0.24.0 (Python).
#
# One would guess: with sleep_on_rate_limit=True and a sleep_seconds_mapping the client slows down as Meta's usage
# headers rise, whichever of them Meta sends, since it parses them all.
#
# What happens: only X-App-Usage counts. Calls with a Page's token are limited by X-Business-Use-Case-Usage: it is
# parsed, and rate_limit.get_limit() returns 100 percent, but the client sleeps as for 0 percent, that is as long as
# the lowest step of the mapping says. X-Page-Usage is not parsed at all. Without a mapping, which is the default, it
# never sleeps, although sleep_on_rate_limit is on by default.
#
# Why it matters: a webhook handler reads each comment or lead with the Page's token. The brake looks fitted, and does
# nothing on the very calls that a burst of notifications causes; what follows is error 80001 or 32.
#
# Seen on 2026-11-29: the output below, against a stand-in for the Graph API; the sleep is counted, not slept.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'python-facebook-api==0.24.0'

cat >read.py <<'PY'
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pyfacebook import GraphAPI

LOW = {"call_count": 0, "total_cputime": 0, "total_time": 0}
FULL = {"call_count": 100, "total_cputime": 25, "total_time": 25}
PAGES = FULL | {"type": "pages", "estimated_time_to_regain_access": 19}


class Graph(BaseHTTPRequestHandler):
    """Answer a Page, with the usage headers of the moment."""

    usage = {}

    def do_GET(self):
        body = b'{"id": "1", "name": "Page"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.usage.items():
            self.send_header(name, json.dumps(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
slept = []
time.sleep = slept.append


def read(name, usage, mapping):
    """Read a Page under these usage headers, and print what the client noticed and how long it would have slept."""
    api = GraphAPI(access_token="t", sleep_on_rate_limit=True, sleep_seconds_mapping=mapping)
    api.base_url = f"http://127.0.0.1:{server.server_port}/"
    Graph.usage = usage
    slept.clear()
    api.get_object("1")
    app, page = api.rate_limit.get_limit(), api.rate_limit.get_limit("1", "pages")
    print(f"{name}: app {app.max_percent()}, Page {page.max_percent()}, slept {sum(slept)}")


STEPS = {50: 0, 90: 5, 100: 300}
read("X-App-Usage", {"X-App-Usage": FULL}, STEPS)
read("X-Business-Use-Case-Usage", {"X-App-Usage": LOW, "X-Business-Use-Case-Usage": {"1": [PAGES]}}, STEPS)
read("X-Page-Usage", {"X-Page-Usage": FULL}, STEPS)
read("X-App-Usage, no mapping", {"X-App-Usage": FULL}, None)
server.shutdown()
PY

seen=$(venv/bin/python read.py)
expected='X-App-Usage: app 100, Page 0, slept 300
X-Business-Use-Case-Usage: app 0, Page 100, slept 0
X-Page-Usage: app 0, Page 0, slept 0
X-App-Usage, no mapping: app 100, Page 0, slept 0'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
