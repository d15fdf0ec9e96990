#!/usr/bin/env bash
# Libraries: whatsapp-cloud-api-py 0.3.0, async-social-bridge 0.1.1 (Python); @kapso/whatsapp-cloud-api 0.3.0 (Node).
#
# One would guess: an SDK released after WhatsApp introduced usernames tells people apart whose number is hidden. Their
# messages have from_user_id and no from, their contacts user_id and no wa_id.
#
# What happens, for messages of two such people:
# - whatsapp-cloud-api-py parses them with from_user_id, as its model keeps what it does not know. Its typed events,
#   which handlers get, have no such member: from_number is "" for both, and the contact is not there either.
# - async-social-bridge returns no message at all, and raises nothing: it passes over messages without from.
# - kapso's hands over from_user_id, and has no from.
#
# Why it matters: an app that keeps its conversations by from_number files all of these people under one empty key, and
# shows one what another wrote. With the other library it never hears of them, and answers 200.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @kapso/whatsapp-cloud-api@0.3.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'whatsapp-cloud-api-py==0.3.0' 'async-social-bridge==0.1.1'

cat >delivery.json <<'JSON'
{"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [
  {"field": "messages", "value": {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
    "contacts": [{"profile": {"name": "Ada"}, "user_id": "US.1"}],
    "messages": [{"from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001", "type": "text",
      "text": {"body": "one"}}]}},
  {"field": "messages", "value": {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
    "contacts": [{"profile": {"name": "Bob"}, "user_id": "US.2"}],
    "messages": [{"from_user_id": "US.2", "id": "wamid.2", "timestamp": "1700000002", "type": "text",
      "text": {"body": "two"}}]}}]}]}
JSON

cat >read.py <<'PY'
import dataclasses
import json
import pathlib

from socialbridge.meta import MetaParser
from whatsapp_cloud_api.events import dispatch_webhook
from whatsapp_cloud_api.webhooks import normalize_webhook


class Emitter:
    """Print the events that are emitted to handlers."""

    def emit(self, event):
        members = dataclasses.asdict(event)
        print(f"whatsapp-cloud-api-py event: {members['from_number']!r}, user id anywhere: {'US.' in str(members)}")


body = json.loads(pathlib.Path("delivery.json").read_text())
webhook = normalize_webhook(body)
print("whatsapp-cloud-api-py parsed:", *[message.from_user_id for message in webhook.messages])
dispatch_webhook(webhook, Emitter())
print("async-social-bridge:", MetaParser().parse(body))
PY

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { normalizeWebhook } from "@kapso/whatsapp-cloud-api/server";

const { messages } = normalizeWebhook(JSON.parse(readFileSync("delivery.json")));
console.log("kapso:", ...messages.map(({ from, fromUserId }) => `${from} ${fromUserId}`));
JS

seen=$(venv/bin/python read.py; node read.mjs)
expected="whatsapp-cloud-api-py parsed: US.1 US.2
whatsapp-cloud-api-py event: '', user id anywhere: False
whatsapp-cloud-api-py event: '', user id anywhere: False
async-social-bridge: []
kapso: undefined US.1 undefined US.2"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
