#!/usr/bin/env bash
# Library: apprise 2.3.0 (Python), its WhatsApp plugin.
#
# One would guess: in the address of a WhatsApp notification, `:1=`, `:2=` and their like fill {{1}}, {{2}} and their
# like of the template, as the page "Notify_whatsapp" of its wiki says (read 2026-11-29), and `:body=2` puts the text of
# the notification into {{2}}.
#
# What happens: the numbers are only looked at for repeats. Parameters of a template have no numbers in what is sent to
# Meta, their order is what counts, and apprise sends them in the order in which they are written in the address: it
# sorts the numbers and drops the result. `:2=Monday&:1=Ada` fills {{1}} with "Monday", and `:body=2&:1=Ada` fills it
# with the text. A gap closes: `:1=Ada&:3=Oslo` puts "Oslo" into {{2}}.
#
# Why it matters: Meta checks how many parameters there are, and that is right, so that nothing is refused: notify()
# returns True, and a stranger reads "Hi Monday, see you on Ada". The status webhooks (sent, delivered, read) look like
# those of any other message, as they do not carry its text.
#
# Seen on 2026-11-29: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check apprise==2.3.0

cat >notify.py <<'PY'
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from apprise import Apprise
from apprise.plugins.whatsapp import NotifyWhatsApp

TEMPLATE = "Hi {{1}}, see you on {{2}}"


class Graph(BaseHTTPRequestHandler):
    """Accept each message, and print what a person reads."""

    def do_POST(self):
        template = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["template"]
        texts = [parameter["text"] for parameter in template["components"][0]["parameters"]]
        print(re.sub(r"{{(\d)}}", lambda hole: texts[int(hole[1]) - 1], TEMPLATE), end=", ")
        body = b'{"messaging_product": "whatsapp", "messages": [{"id": "wamid.1", "message_status": "accepted"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
NotifyWhatsApp.notify_url = f"http://127.0.0.1:{server.server_port}/{{phone_id}}/messages"
for parameters in (":1=Ada&:2=Monday", ":2=Monday&:1=Ada", ":1=Ada&:body=2", ":body=2&:1=Ada", ":1=Ada&:3=Oslo"):
    address = f"whatsapp://visit:{'t' * 32}@1234567890/15550001111/?{parameters}"
    print(f"{parameters}: ", end="")
    print(Apprise.instantiate(address).notify(body="Tuesday"))
server.shutdown()
PY

seen=$(venv/bin/python notify.py)
expected=":1=Ada&:2=Monday: Hi Ada, see you on Monday, True
:2=Monday&:1=Ada: Hi Monday, see you on Ada, True
:1=Ada&:body=2: Hi Ada, see you on Tuesday, True
:body=2&:1=Ada: Hi Tuesday, see you on Ada, True
:1=Ada&:3=Oslo: Hi Ada, see you on Oslo, True"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "this has changed; expected:"; echo "$expected"; exit 1; }
