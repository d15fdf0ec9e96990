#!/usr/bin/env bash
# Libraries: httpyac 6.16.7, newman 6.2.2 (Node).
#
# One would guess: a client that replays a stored request sends the stored body; a placeholder that names no variable is
# left as it is or refused.
#
# What happens: WhatsApp's `message_template_components_update` brings the text of a template with its placeholders,
# `Hi {{1}}, order {{2}} is out.` httpyac takes what is between the braces as a JavaScript expression, and a number is a
# valid one: it sends `Hi 1, order 2 is out.`, says that the request succeeded, and with it the captured signature, which
# no longer fits. newman, given the same body, leaves the placeholders and sends the bytes as they were.
#
# Why it matters: the app answers 401 to what looks like a faithful replay, or, with the signature check off, stores a
# template text that nobody wrote. Templates with named placeholders do fail in httpyac (the name is not defined), so
# that the quiet ones are the older, numbered ones.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts httpyac@6.16.7 newman@6.2.2 >>npm.log

cat >app.py <<'PY'
"""Check the signature of each notification, and print what came."""
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = b"secret"
ELEMENT = "Hi {{1}}, order {{2}} is out."
VALUE = {"message_template_id": 1, "message_template_name": "out", "message_template_element": ELEMENT}
CHANGE = {"field": "message_template_components_update", "value": VALUE}
BODY = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "102", "time": 1, "changes": [CHANGE]}]})


class App(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        value = json.loads(body)["entry"][0]["changes"][0]["value"]
        fits = hmac.compare_digest(signed, self.headers["X-Hub-Signature-256"])
        text = value["message_template_element"]
        print(f"{self.path[1:]}: {text!r}, the signature {'fits' if fits else 'does not fit'}", flush=True)
        self.send_response(200 if fits else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), App)
url = f"http://127.0.0.1:{server.server_port}"
signature = "sha256=" + hmac.new(SECRET, BODY.encode(), hashlib.sha256).hexdigest()
headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
with open("request.http", "w") as file:
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
    file.write(f"POST {url}/httpyac\n{lines}\n{BODY}\n")
with open("collection.json", "w") as file:
    request = {
        "method": "POST",
        "url": f"{url}/newman",
        "header": [{"key": name, "value": value} for name, value in headers.items()],
        "body": {"mode": "raw", "raw": BODY},
    }
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    json.dump({"info": {"name": "replay", "schema": schema}, "item": [{"name": "one", "request": request}]}, file)
print("ready", flush=True)
server.serve_forever()
PY

mkfifo ready
python3 app.py >ready &
server=$!
exec 3<ready
read -r _ <&3
npx httpyac send request.http --all --silent >httpyac.log 2>&1
read -r httpyac <&3
npx newman run collection.json --silent >newman.log 2>&1
read -r newman <&3

seen=$(printf '%s\n%s\n' "$httpyac" "$newman")
expected="httpyac: 'Hi 1, order 2 is out.', the signature does not fit
newman: 'Hi {{1}}, order {{2}} is out.', the signature fits"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "this has changed; expected:"; echo "$expected"; exit 1; }
