#!/usr/bin/env bash
# Library: pywce 3.0.0 (Python), an engine for WhatsApp chatbots.
#
# One would guess: a chatbot answers a message that comes late. Meta repeats for up to seven days what could not be
# delivered, so that nothing is lost while an app is down.
#
# What happens: the engine compares the time of a message with its own clock, and passes over what is more than ten
# seconds apart, in either direction. Its README and the description of its settings do not mention that setting
# (webhook_timestamp_threshold_s).
# - after a minute without the app, each message that Meta delivers again is answered 200 and passed over.
# - a server whose clock is 15 seconds off answers nobody.
# - of two messages that one person sends within three seconds the second is passed over, fresh as it is.
# - of two in one delivery only the first is looked at.
# A line in the log at level "warning" is all there is of each.
#
# Why it matters: Meta's repeats are for outages, and exactly what they bring is lost, with everything acknowledged. A
# stored delivery, sent again to find a fault, does nothing at all. Trials are live, and work.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
# It imports pydantic and cryptography, and does not name them as dependencies.
venv/bin/pip install --quiet --disable-pip-version-check 'pywce==3.0.0' 'pydantic==2.14.4' 'cryptography==46.0.3'

mkdir templates triggers
cat >templates/bot.json <<'JSON'
{
  "START": {
    "kind": "text",
    "message": "Welcome",
    "routes": [{"user_input": ".*", "next_stage": "START", "is_regex": true}]
  }
}
JSON
echo '{}' >triggers/none.json

cat >bot.py <<'PY'
import http.server
import json
import threading
import time

from pywce import Engine, EngineConfig, client, storage

sent = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note who is answered."""

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "to" in message:
            sent.append(message["to"])
        body = b'{"contacts": [{"wa_id": "1"}], "messages": [{"id": "wamid.9"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
whatsapp = client.WhatsApp(client.WhatsAppConfig(token="t", phone_number_id="106", hub_verification_token="v"))
whatsapp.url = f"http://127.0.0.1:{graph.server_port}/v22.0/106/messages"
templates = storage.YamlJsonStorageManager("templates", "triggers")
settings = {"start_template_stage": "START", "report_template_stage": "START"}
engine = Engine(EngineConfig(whatsapp=whatsapp, storage_manager=templates, **settings))


def deliver(person, *ages):
    """Deliver a message of each age in seconds, all in one delivery, and return how often the person is answered."""
    now = int(time.time())
    messages = [
        {"from": person, "id": f"wamid.{person}.{time.monotonic_ns()}", "timestamp": str(now - age)}
        | {"type": "text", "text": {"body": "hello"}}
        for age in ages
    ]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": person}],
        "messages": messages,
    }
    change = {"field": "messages", "value": value}
    engine.process_webhook({"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [change]}]})
    answers = sent.count(person)
    sent.clear()
    return answers


print("fresh:", deliver("15550000001", 0))
print("a minute old:", deliver("15550000002", 60))
print("sent 15 seconds ahead of our clock:", deliver("15550000003", -15))
print("two at once, two deliveries:", deliver("15550000004", 0), deliver("15550000004", 0))
print("two at once, one delivery:", deliver("15550000005", 0, 0))
PY

seen=$(venv/bin/python bot.py 2>bot.log) || { cat bot.log; exit 1; }
expected='fresh: 1
a minute old: 0
sent 15 seconds ahead of our clock: 0
two at once, two deliveries: 1 0
two at once, one delivery: 1'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
