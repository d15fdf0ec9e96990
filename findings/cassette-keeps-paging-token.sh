#!/usr/bin/env bash
# Libraries: vcrpy 9.4.2 with requests 2.32.5 and httpx 0.28.1 (Python).
#
# One would guess: filter_query_parameters=["access_token"] keeps the token of recorded Graph API calls out of a
# cassette, and searching the cassette for the token proves it.
#
# What happens: the filter works on the URI of the request. The Graph API writes the token into its answers too:
# paging.next and paging.previous are whole URLs that carry it. It stays in the recorded body. Whether a search finds it
# there depends on the client: the same compressed answer is recorded as readable text for requests and as a binary blob
# for httpx. Both are replayed with the token in them.
#
# Why it matters: tests of webhook apps list subscriptions and feeds, and their cassettes are committed. The body has to
# be cleaned by a before_record_response of one's own, with decode_compressed_response=True so that it can be read.
#
# Seen on 2026-11-29: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'vcrpy==9.4.2' 'requests==2.32.5' 'httpx==0.28.1'

cat >record.py <<'PY'
import gzip
import json
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import requests
import vcr

TOKEN = "EAAtokenOfATest"


class Graph(BaseHTTPRequestHandler):
    """Answer one page of a feed whose next link carries the token."""

    def do_GET(self):
        link = f"{graph}/1/feed?access_token={TOKEN}&limit=1&after=MQZD"
        answer = {"data": [{"id": "1"}], "paging": {"cursors": {"after": "MQZD"}, "next": link}}
        body = gzip.compress(json.dumps(answer).encode(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = f"http://127.0.0.1:{server.server_port}"
call = {
    "url": f"{graph}/1/feed",
    "params": {"access_token": TOKEN, "limit": 1},
    "headers": {"Accept-Encoding": "gzip"},
    "timeout": 10,
}
recorder = vcr.VCR(filter_query_parameters=["access_token"])

for client in (requests, httpx):
    cassette = f"{client.__name__}.yaml"
    with recorder.use_cassette(cassette) as tape:
        client.get(**call)
        in_uri = TOKEN in tape.requests[0].uri
    in_file = TOKEN in pathlib.Path(cassette).read_text()
    with recorder.use_cassette(cassette, record_mode="none"):
        replayed = TOKEN in client.get(**call).json()["paging"]["next"]
    print(f"{client.__name__}: in the URI {in_uri}, found in the file {in_file}, replayed {replayed}")
server.shutdown()
PY

seen=$(venv/bin/python record.py)
expected='requests: in the URI False, found in the file True, replayed True
httpx: in the URI False, found in the file False, replayed True'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
