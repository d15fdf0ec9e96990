#!/usr/bin/env bash
# Libraries: waba-sdk 1.1.1 with aiohttp 3.14.5, agno 3.1.10 (Python), both with fastapi 0.141.1 and httpx 0.28.1.
#
# One would guess: the blue ticks are a courtesy. If Meta does not take the request that marks a message as read, the
# message is handled all the same.
#
# What happens, while the Graph API answers 500 to that request:
# - agno passes over it, and its agent answers.
# - waba-sdk, with auto_mark_read, marks each message as read before it calls on_message, asks three times, and then
#   goes on with the next message: on_message is not called. The endpoint answers 200. It is in the log, and in on_error
#   if that is given, which is told the error and not which message.
# - without auto_mark_read the same app hears the message.
#
# Why it matters: a bad minute of the Graph API is when replies are slow anyway, and each message that comes in then is
# lost: Meta has its 200 and does not repeat it, and past notifications cannot be asked for.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'waba-sdk==1.1.1' 'aiohttp==3.14.5' 'agno==3.1.10' \
  'fastapi==0.141.1' 'httpx==0.28.1'

cat >deliver.py <<'PY'
import http.server
import json
import logging
import threading
from types import SimpleNamespace

from agno.agent import Agent
from agno.os.interfaces.whatsapp import helpers
from agno.os.interfaces.whatsapp.router import attach_routes
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from waba_sdk import WhatsApp
from waba_sdk.integrations.fastapi import mount_webhook

logging.disable()
asked, heard, told = [], [], []


class Graph(http.server.BaseHTTPRequestHandler):
    """Take messages, and fail to mark one as read."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        marks = request.get("status") == "read"
        asked.append("read" if marks else "send")
        error = {"message": "An unknown error has occurred.", "type": "OAuthException", "code": 1}
        body = json.dumps({"error": error} if marks else {"messages": [{"id": "wamid.9"}]}).encode()
        self.send_response(500 if marks else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{graph.server_port}"

MESSAGE = {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001", "type": "text"}
VALUE = {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
    "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
    "messages": [MESSAGE | {"text": {"body": "hello"}}],
}
ENTRY = {"id": "102", "changes": [{"field": "messages", "value": VALUE}]}


def deliver(name, app):
    """Deliver the message and print what became of it."""
    for noted in (asked, heard, told):
        noted.clear()
    answer = TestClient(app).post("/webhook", json={"object": "whatsapp_business_account", "entry": [ENTRY]})
    errors = f", on_error {' '.join(told)}" if told else ""
    print(f"{name}: {answer.status_code}, asked {' '.join(asked) or 'nothing'}, heard {heard or 'nothing'}{errors}")


async def on_message(event):
    heard.append(event.message.text.body)


def on_error(error, payload):
    told.append(f"{type(error).__name__} {payload}")


def with_waba_sdk(**options):
    app = FastAPI()
    client = WhatsApp("t", "106", base_url=here)
    options |= {"client": client, "verify_token": "v", "on_message": on_message, "manage_lifespan": False}
    mount_webhook(app, "/webhook", **options)
    return app


class Echo(Agent):
    """Answer without a model, and note what it heard."""

    async def arun(self, text, **_):
        heard.append(text)
        return SimpleNamespace(status="COMPLETED", content="answer", response_audio=None)


helpers._BASE_URL = here
with_agno = FastAPI()
agent = Echo(name="echo", id="echo")
with_agno.include_router(attach_routes(APIRouter(), agent, access_token="t", phone_number_id="106", verify_token="v"))

deliver("agno", with_agno)
deliver("waba-sdk", with_waba_sdk(auto_mark_read=True))
deliver("waba-sdk, on_error", with_waba_sdk(auto_mark_read=True, on_error=on_error))
deliver("waba-sdk, no auto_mark_read", with_waba_sdk())
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true
seen=$(venv/bin/python deliver.py 2>deliver.log) || cat deliver.log >&2
expected="agno: 200, asked read send, heard ['hello']
waba-sdk: 200, asked read read read, heard nothing
waba-sdk, on_error: 200, asked read read read, heard nothing, on_error ServerError None
waba-sdk, no auto_mark_read: 200, asked nothing, heard ['hello']"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
