#!/usr/bin/env bash
# Libraries: @kapso/whatsapp-cloud-api 0.3.0 (Node), kapso-whatsapp-cloud-api 0.3.0 (Python), normalizeWebhook and
# normalize_webhook.
#
# One would guess: kapso.direction tells a person's messages ("inbound") from the business's own ("outbound"), which
# come as echoes from the WhatsApp Business app. What comes in "messages" was written by a person.
#
# What happens: context.from, who wrote the message that is quoted, is counted among the business's numbers. It mostly
# is one, as people answer the business. A person who quotes a message of her own is in context.from herself, so that
# what she writes is "outbound", in both libraries, as if the business had written it. That it stands beside contacts,
# in "messages", is not looked at. The Python library has no direction at all for a person whose number is hidden. It
# asks for businessScopedUserId, which is nowhere in Meta's notification, and not for from_user_id, which is; and of a
# changed id it reports nothing but that there was one.
#
# Why it matters: the README offers the direction to tell who wrote, and a bot that answers what is inbound does not
# answer her. People quote themselves when nobody has answered, or to add to what they said. An inbox shows her words on
# the business's side.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @kapso/whatsapp-cloud-api@0.3.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'kapso-whatsapp-cloud-api==0.3.0'

cat >deliveries.py <<'PY'
import json

BUSINESS = {"display_phone_number": "15550000000", "phone_number_id": "106"}
ADA = {"from": "15550000001", "from_user_id": "US.1"}
HIDDEN = {"from_user_id": "US.2"}


def message(number, body, **more):
    return {"id": f"wamid.{number}", "timestamp": "1700000001", "type": "text", "text": {"body": body}} | more


def change(field, **value):
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": BUSINESS} | value}


messages = [
    message(1, "where is my order?", **ADA),
    message(2, "quoting the business", **ADA, context={"from": "15550000000", "id": "wamid.9"}),
    message(3, "quoting herself", **ADA, context={"from": "15550000001", "id": "wamid.1"}),
    message(4, "number hidden", **HIDDEN),
    message(5, "number hidden, quoting the business", **HIDDEN, context={"from": "15550000000", "id": "wamid.9"}),
]
contacts = [
    {"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"},
    {"profile": {"name": "Bob"}, "user_id": "US.2"},
]
echo = message(6, "from the business's phone", **{"from": "15550000000", "to": "15550000001", "to_user_id": "US.1"})
changed = {"detail": "changed", "user_id": {"previous": "US.1", "current": "US.3"}, "timestamp": "1700000002"}
changes = [
    change("messages", contacts=contacts, messages=messages),
    change("smb_message_echoes", message_echoes=[echo]),
    change("user_id_update", contacts=contacts[:1], user_id_update=[{"wa_id": "15550000001"} | changed]),
]
with open("body.json", "w") as file:
    json.dump({"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": changes}]}, file)
PY

cat >normalize.mjs <<'JS'
import fs from "node:fs";
import { normalizeWebhook } from "@kapso/whatsapp-cloud-api/server";

for (const message of normalizeWebhook(JSON.parse(fs.readFileSync("body.json", "utf8"))).messages) {
  console.log(`Node, ${message.text.body}: ${message.kapso?.direction ?? "none"}`);
}
JS

cat >normalize.py <<'PY'
from pathlib import Path

from kapso_whatsapp.webhooks import normalize_webhook

result = normalize_webhook(Path("body.json").read_text())
for message in result.messages:
    print(f"Python, {message['text']['body']}: {message.get('kapso', {}).get('direction', 'none')}")
(event,) = result.identity_events
print("Python, id changed:", {name: value for name, value in vars(event).items() if name != "raw" and value})
PY

venv/bin/python deliveries.py
seen=$(node normalize.mjs && venv/bin/python normalize.py)
expected="Node, where is my order?: inbound
Node, quoting the business: inbound
Node, quoting herself: outbound
Node, number hidden: inbound
Node, number hidden, quoting the business: inbound
Node, from the business's phone: outbound
Python, where is my order?: inbound
Python, quoting the business: inbound
Python, quoting herself: outbound
Python, number hidden: none
Python, number hidden, quoting the business: inbound
Python, from the business's phone: outbound
Python, id changed: {'timestamp': '1700000002'}"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
