#!/usr/bin/env bash
# Libraries: whatsapp-client 0.2.0, whatsapp-sdk 0.2.0, whatsapp-cloud-api-py 0.3.0 (Python).
#
# One would guess: a typed SDK that cannot read one message of a delivery hands over the others, as each of them has
# its own id and sender.
#
# What happens: whatsapp-client and whatsapp-sdk build objects of the whole body before the first callback runs, and
# their types ask for members that Meta leaves out: a forwarded message has a context with neither sender nor id, a
# reaction that is taken back has no emoji. One such message raises, and the other person's message in the same body is
# not handed over either. whatsapp-cloud-api-py, which keeps these parts as plain dictionaries, reads all three bodies.
#
# Why it matters: an exception is a 500, so Meta repeats the whole delivery, with the same outcome each time, and the
# sound message is never heard. To forward a message or to take back a reaction is what people do every day; samples
# made by hand have neither.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'whatsapp-client==0.2.0' 'whatsapp-sdk==0.2.0' \
  'whatsapp-cloud-api-py==0.3.0'

cat >deliver.py <<'PY'
import asyncio
import hashlib
import hmac
import json

from whatsapp_client import WebhookHandler
from whatsapp_cloud_api.webhooks import normalize_webhook
from whatsapp_sdk import WhatsAppClient

ADA, BOB = "15550000001", "15550000002"


def text(sender, number, **more):
    message = {"from": sender, "id": f"wamid.{number}", "timestamp": "1700000001", "type": "text"}
    return message | {"text": {"body": "hi"}} | more


REACTION = {"message_id": "wamid.0"}
TAKEN_BACK = {"from": BOB, "id": "wamid.2", "timestamp": "1700000001", "type": "reaction", "reaction": REACTION}
DELIVERIES = {
    "two messages": [text(ADA, 1), text(BOB, 2)],
    "one is forwarded": [text(ADA, 1), text(BOB, 2, context={"forwarded": True})],
    "one takes a reaction back": [text(ADA, 1), TAKEN_BACK],
}


def delivery(messages):
    contacts = [{"profile": {"name": "Ada"}, "wa_id": ADA}, {"profile": {"name": "Bob"}, "wa_id": BOB}]
    metadata = {"display_phone_number": "15550000000", "phone_number_id": "106"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, "messages": messages}
    entry = [{"id": "102", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def with_client(body, signature, heard):
    async def on_message(client, notification, message):
        heard.append(message.id)

    handler = WebhookHandler(app_secret="app-secret", client=None, on_message=on_message)
    asyncio.run(handler.handle(body=body, signature=signature))


def with_sdk(body, signature, heard):
    client = WhatsAppClient(phone_number_id="106", access_token="t", app_secret="app-secret")
    event = client.webhooks.handle_event(signature, body)
    heard.extend(message.id for message in client.webhooks.extract_messages(event))


def with_cloud_api_py(body, signature, heard):
    heard.extend(message.id for message in normalize_webhook(json.loads(body)).messages)


for name, messages in DELIVERIES.items():
    body = delivery(messages)
    signature = "sha256=" + hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
    for read in (with_client, with_sdk, with_cloud_api_py):
        heard = []
        try:
            read(body, signature, heard)
            outcome = "ok"
        except Exception as error:
            outcome = type(error).__name__
        print(f"{name}, {read.__name__}: {outcome}, heard {' '.join(heard) or 'nothing'}")
PY

seen=$(venv/bin/python deliver.py)
expected='two messages, with_client: ok, heard wamid.1 wamid.2
two messages, with_sdk: ok, heard wamid.1 wamid.2
two messages, with_cloud_api_py: ok, heard wamid.1 wamid.2
one is forwarded, with_client: KeyError, heard nothing
one is forwarded, with_sdk: ValidationError, heard nothing
one is forwarded, with_cloud_api_py: ok, heard wamid.1 wamid.2
one takes a reaction back, with_client: KeyError, heard nothing
one takes a reaction back, with_sdk: ValidationError, heard nothing
one takes a reaction back, with_cloud_api_py: ok, heard wamid.1 wamid.2'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
