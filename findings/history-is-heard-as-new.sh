#!/usr/bin/env bash
# Libraries: agno 3.1.10, waba-sdk 1.1.1 with FastAPI 0.141.1, whatsapp-client 0.2.0, python-whatsapp-bot 2.0.3,
# async-social-bridge 0.1.1, whatsapp-cloud-api-py 0.3.0, pywa 4.5.0 (Python).
#
# One would guess: only the field "messages" is heard by a handler of messages. Most of these libraries are older than
# the field "history" or do not know it, and so pass over it.
#
# What happens: when a business that uses the WhatsApp Business app connects its number, Meta sends what was written in
# the last 180 days in the field "history". The texts come in a shape of their own, and nobody hears them. Pictures,
# voice messages, and documents of the last 14 days come once more, in "messages" like new ones (Meta's "history webhook
# reference", updated 2026-05-21); what tells them apart is the name of the field, and their time.
# - agno, waba-sdk, whatsapp-client, python-whatsapp-bot, and async-social-bridge do not look at the field, and hand
#   over a photo of last week as one that has just come. agno marks it as read, and has its agent answer it.
# - whatsapp-cloud-api-py and pywa look at it, and hear nothing.
#
# Why it matters: on the day when a customer is connected, each photo of two weeks is answered, to people who had their
# answer from a person then. Meta takes the answers to those who have written in the last 24 hours; the model is paid
# for all of them. A test number has no history, so it is never seen before.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'agno==3.1.10' 'waba-sdk==1.1.1' 'fastapi==0.141.1' \
  'whatsapp-client==0.2.0' 'python-whatsapp-bot==2.0.3' 'async-social-bridge==0.1.1' 'whatsapp-cloud-api-py==0.3.0' \
  'pywa==4.5.0' 'httpx==0.28.1'

cat >hear.py <<'PY'
import asyncio
import hashlib
import hmac
import http.server
import json
import logging
import threading
from types import SimpleNamespace

import httpx
import pywa
import waba_sdk
from agno.agent import Agent
from agno.os.interfaces.whatsapp import helpers
from agno.os.interfaces.whatsapp.router import attach_routes
from agno.utils.log import set_log_level_to_error
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from python_whatsapp_bot import Whatsapp
from socialbridge.meta.parser import MetaParser
from waba_sdk.integrations.fastapi import mount_webhook
from whatsapp_client import WebhookHandler
from whatsapp_cloud_api.events import dispatch_webhook
from whatsapp_cloud_api.webhooks import normalize_webhook

logging.disable()
set_log_level_to_error()
PHOTO = {"mime_type": "image/jpeg", "sha256": "aGFzaA==", "id": "900", "caption": "the broken part"}
MESSAGE = {"from": "15550000001", "id": "wamid.1", "timestamp": "1763900000", "type": "image", "image": PHOTO}
VALUE = {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
    "messages": [MESSAGE],
}
CHANGE = {"field": "history", "value": VALUE}
DELIVERY = {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [CHANGE]}]}
BODY = json.dumps(DELIVERY).encode()
sent = []
heard = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Have the photo, and take each message."""

    def do_GET(self):
        if self.path.endswith("/photo"):
            self.answer(b"\xff\xd8\xff", "image/jpeg")
        else:
            self.answer(json.dumps({"url": f"{here}/photo", "mime_type": "image/jpeg"}).encode())

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent.append(message.get("status") or f'answers "{message["text"]["body"]}"')
        self.answer(b'{"success": true, "messages": [{"id": "wamid.9"}]}')

    def answer(self, body, kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{graph.server_port}"


def show(library):
    print(f"{library}: {', '.join(heard + sent) or 'nothing'}")
    heard.clear()
    sent.clear()


class Clerk(Agent):
    """Answer without a model."""

    async def arun(self, text, *, images=(), **_):
        heard.append(f'"{text}" with {len(images)} photo')
        return SimpleNamespace(status="COMPLETED", content="Which part is it?", response_audio=None)


helpers._BASE_URL = here
app = FastAPI()
clerk = Clerk(name="clerk", id="clerk")
app.include_router(attach_routes(APIRouter(), clerk, access_token="t", phone_number_id="106", verify_token="v"))
TestClient(app).post("/webhook", json=DELIVERY)
show("agno")


async def on_waba_message(event):
    heard.append(f'"{event.message.image.caption}"')


app = FastAPI()
client = waba_sdk.WhatsApp("t", "106")
mount_webhook(app, "/webhook", client=client, verify_token="v", on_message=on_waba_message, manage_lifespan=False)
TestClient(app).post("/webhook", json=DELIVERY)
show("waba-sdk")


async def on_client_message(client, notification, message):
    heard.append(f'"{message.content.caption}"')


handler = WebhookHandler(app_secret="app-secret", client=None, on_message=on_client_message)
signature = "sha256=" + hmac.new(b"app-secret", BODY, hashlib.sha256).hexdigest()
asyncio.run(handler.handle(body=BODY, signature=signature))
show("whatsapp-client")

bot = Whatsapp("106", "t", mark_as_read=False)
bot.on_image_message()(lambda update, context: heard.append(f'"{update.message["image"]["caption"]}"'))
bot.process_update(DELIVERY)
show("python-whatsapp-bot")

heard += [f'"{message.raw["image"]["caption"]}"' for message in MetaParser().parse(DELIVERY)]
show("async-social-bridge")

dispatch_webhook(normalize_webhook(DELIVERY), SimpleNamespace(emit=heard.append))
show("whatsapp-cloud-api-py")

whatsapp = pywa.WhatsApp(phone_id="106", token="t", server=None, verify_token="v", validate_updates=False)
whatsapp.on_message(lambda _, message: heard.append(message.caption))
whatsapp.webhook_update_handler(BODY)
show("pywa")
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true
seen=$(venv/bin/python -W ignore hear.py 2>hear.log) || { cat hear.log; exit 1; }
expected='agno: "the broken part" with 1 photo, read, answers "Which part is it?"
waba-sdk: "the broken part"
whatsapp-client: "the broken part"
python-whatsapp-bot: "the broken part"
async-social-bridge: "the broken part"
whatsapp-cloud-api-py: nothing
pywa: nothing'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
