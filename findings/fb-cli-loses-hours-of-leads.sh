#!/usr/bin/env bash
# Library: facebook-leads-cli 0.3.2 with facebook_business 26.0.3 (Python), its command fb-cli.
#
# One would guess: "fb-cli leads fetch --days=1", run once a day, misses no lead, wherever the machine stands: Meta
# sends the time of a lead with its offset, and the command says that it fetches from all forms.
#
# What happens: the beginning of the period is taken from the local clock and then called UTC.
# - in Singapore a day has 16 hours, so that a third of the leads is never fetched; west of Greenwich a day has more
#   than 24, so that leads are fetched twice.
# - the leads of a form that has been archived since are left out, even those of this morning.
# - of an answer with two values, the second is left out.
# - where Meta refuses the leads, as with a token that has expired, it says "No leads found." and exits with 0.
#
# Why it matters: each lead was paid for. Nothing fails: the file has leads in it, fewer than the Page has.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API with leads 1, 10, 20, and 30 hours old.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook-leads-cli==0.3.2' 'facebook_business==26.0.3'

cat >cli.py <<'PY'
"""Run fb-cli against another Graph API."""
import os

from facebook_business.session import FacebookSession
from fb_cli.fb import main

FacebookSession.GRAPH = os.environ["GRAPH"]
main()
PY

cat >fetch.py <<'PY'
import datetime
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse

NOW = datetime.datetime.now(datetime.UTC)
EXPIRED = {"message": "Error validating access token: Session has expired.", "type": "OAuthException", "code": 190}


def lead(form, hours):
    """Describe a lead of this age."""
    created = (NOW - datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    sizes = {"name": "sizes", "values": ["S", "M"]}
    return {"id": f"{form}-{hours}h", "created_time": created, "field_data": [sizes]}


FORMS = [
    {"id": "open", "name": "Open", "status": "ACTIVE", "leads_count": 4},
    {"id": "closed", "name": "Closed", "status": "ARCHIVED", "leads_count": 1},
]
EDGES = {
    "/leadgen_forms": FORMS,
    "/open/leads": [lead("open", hours) for hours in (1, 10, 20, 30)],
    "/closed/leads": [lead("closed", 2)],
}


class Graph(http.server.BaseHTTPRequestHandler):
    """Answer for one Page with two forms."""

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        expired = urllib.parse.parse_qs(url.query)["access_token"] == ["expired"] and url.path.endswith("/leads")
        data = next(rows for edge, rows in EDGES.items() if url.path.endswith(edge))
        body = json.dumps({"error": EXPIRED} if expired else {"data": data}).encode()
        self.send_response(400 if expired else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{graph.server_port}"
for place, zone, token in (
    ("UTC", "UTC0", "t"),
    ("Singapore", "SGT-8", "t"),
    ("Los Angeles", "PST8", "t"),
    ("UTC, the token expired", "UTC0", "expired"),
):
    environment = os.environ | {"GRAPH": here, "TZ": zone, "FB_ACCESS_TOKEN": token, "FB_PAGE_ID": "1067"}
    command = [sys.executable, "cli.py", "leads", "fetch", "--days=1", "--json"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    leads = json.loads(ran.stdout or "[]")
    names = " ".join(lead["id"] for lead in leads) or ran.stderr.splitlines()[-1]
    print(f"{place}: exit {ran.returncode}, {names}")
    if place == "UTC":
        print("answers:", *{lead["sizes"] for lead in leads})
PY

seen=$(venv/bin/python fetch.py)
expected="UTC: exit 0, open-1h open-10h open-20h
answers: S
Singapore: exit 0, open-1h open-10h
Los Angeles: exit 0, open-1h open-10h open-20h open-30h
UTC, the token expired: exit 0, No leads found."
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
