#!/usr/bin/env bash
# Libraries: whatsapp-sdk 0.2.0, whatsapp-client 0.2.0, waba-sdk 1.1.1 with FastAPI 0.141.1, elizaos-plugin-whatsapp
# 2.0.0a5, py-whatsapp-cloudbot 0.1.3.1, whatsapp-cloud-api-py 0.3.0 and pywa 4.5.0 (Python),
# @microfox/whatsapp-business 1.5.2 (Node), on the first message of a person who has come from an ad.
#
# One would guess: whatever a typed SDK has no type for is still there, as a dictionary, as extra members or in a raw
# body, since Meta adds members to its messages all the time.
#
# What happens: five of the eight read the message without an error and hand it over without "referral", which has the
# ad and the id of the click, ctwa_clid. It is in none of the objects that the handler gets. Three keep it.
#
# Why it matters: it comes with the first message after the click, and not with the next. Without ctwa_clid a sale
# cannot be put down to the ad by the Conversions API, so that the ad looks as if it sold nothing. The text of the
# message is there, so every test passes, until somebody compares the numbers.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @microfox/whatsapp-business@1.5.2 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'whatsapp-sdk==0.2.0' 'whatsapp-client==0.2.0' \
  'waba-sdk==1.1.1' 'elizaos-plugin-whatsapp==2.0.0a5' 'py-whatsapp-cloudbot==0.1.3.1' \
  'whatsapp-cloud-api-py==0.3.0' 'pywa==4.5.0' 'fastapi==0.141.1' 'httpx==0.28.1'

# The shape is that of "messages webhook reference", read 2026-11-30.
cat >delivery.json <<'JSON'
{"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
  "messaging_product": "whatsapp",
  "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
  "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
  "messages": [{"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001",
    "type": "text", "text": {"body": "How much is it?"},
    "referral": {"source_url": "https://fb.me/x", "source_id": "120200000000000001", "source_type": "ad",
      "headline": "Summer", "body": "50% off", "media_type": "image", "image_url": "https://cdn.example.com/1.jpg",
      "ctwa_clid": "AffClick1"}}]}}]}]}
JSON

cat >read.cjs <<'JS'
const { WebhookPayloadSchema } = require("@microfox/whatsapp-business");

const delivery = WebhookPayloadSchema.parse(require("./delivery.json"));
const found = JSON.stringify(delivery);
const [text, click] = ["How much is it?", "AffClick1"].map((word) => (found.includes(word) ? "kept" : "forgotten"));
console.log(`@microfox/whatsapp-business: text ${text}, click ${click}`);
JS

cat >read.py <<'PY'
import asyncio
import hashlib
import hmac
import json
import logging

import pywa
import waba_sdk
from elizaos_plugin_whatsapp.types import WhatsAppWebhookEvent
from fastapi import FastAPI
from fastapi.testclient import TestClient
from wa_cloud.models import WebhookPayload
from waba_sdk.integrations.fastapi import mount_webhook
from whatsapp_client import WebhookHandler
from whatsapp_cloud_api.webhooks import normalize_webhook
from whatsapp_sdk import WhatsAppClient

logging.disable()
with open("delivery.json", "rb") as file:
    BODY = file.read()
DELIVERY = json.loads(BODY)
SIGNATURE = "sha256=" + hmac.new(b"app-secret", BODY, hashlib.sha256).hexdigest()


def texts(part, seen):
    """Yield all texts in an object, whatever its type."""
    if isinstance(part, (str, bytes)):
        yield str(part)
    elif id(part) not in seen:
        seen.add(id(part))
        if isinstance(part, dict):
            parts = list(part.values())
        elif isinstance(part, (list, tuple)):
            parts = list(part)
        else:
            slots = [name for kind in type(part).__mro__ for name in getattr(kind, "__slots__", ())]
            parts = [getattr(part, name) for name in slots if hasattr(part, name)]
            parts += list(getattr(part, "__dict__", {}).values()) + [getattr(part, "__pydantic_extra__", None)]
        for one in parts:
            yield from texts(one, seen)


def show(library, *handed_over):
    found = "\n".join(texts(handed_over, set()))
    text, click = ("kept" if word in found else "forgotten" for word in ("How much is it?", "AffClick1"))
    print(f"{library}: text {text}, click {click}")


sdk = WhatsAppClient(phone_number_id="106", access_token="t", app_secret="app-secret")
event = sdk.webhooks.handle_event(SIGNATURE, BODY)
messages = sdk.webhooks.extract_messages(event)
show("whatsapp-sdk", event, messages)


async def on_client_message(client, notification, message):
    show("whatsapp-client", notification, message)


handler = WebhookHandler(app_secret="app-secret", client=None, on_message=on_client_message)
asyncio.run(handler.handle(body=BODY, signature=SIGNATURE))


async def on_waba_message(event):
    show("waba-sdk", event)


app = FastAPI()
client = waba_sdk.WhatsApp("t", "106")
mount_webhook(app, "/webhook", client=client, verify_token="v", on_message=on_waba_message, manage_lifespan=False)
assert TestClient(app).post("/webhook", json=DELIVERY).status_code == 200

show("elizaos-plugin-whatsapp", WhatsAppWebhookEvent.model_validate(DELIVERY))
show("py-whatsapp-cloudbot", WebhookPayload.model_validate(DELIVERY))
show("whatsapp-cloud-api-py", normalize_webhook(DELIVERY))

whatsapp = pywa.WhatsApp(phone_id="106", token="t", server=None, verify_token="v", validate_updates=False)


@whatsapp.on_message
def on_pywa_message(_, message):
    show("pywa", message.text, message.referral)


whatsapp.webhook_update_handler(BODY)
PY

seen=$(node read.cjs && venv/bin/python -W ignore read.py)
expected='@microfox/whatsapp-business: text kept, click forgotten
whatsapp-sdk: text kept, click forgotten
whatsapp-client: text kept, click forgotten
waba-sdk: text kept, click forgotten
elizaos-plugin-whatsapp: text kept, click forgotten
py-whatsapp-cloudbot: text kept, click kept
whatsapp-cloud-api-py: text kept, click kept
pywa: text kept, click kept'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
