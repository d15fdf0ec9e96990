#!/usr/bin/env bash
# Libraries: agno 3.1.10 with fastapi 0.141.1, hermes-agent 0.19.0 with aiohttp 3.14.5 and requests 2.33.0 and without
# those of its dependencies that this does not need (Python): the WhatsApp channels of two frameworks for agents.
#
# One would guess: an agent is woken by what a person has to say to it. A reaction, a deleted message, or a changed
# number is passed over or told apart. What a person does send, a place or the answers to a Flow, reaches the agent.
#
# What happens: whatever comes in "messages" is a message.
# - agno answers what it does not know in plain text: "Sorry, Reaction is not supported yet.", to a thumbs-up and again
#   to the thumbs-up taken back. A deleted message and a changed number are answered so as well, the latter to the old
#   number. A place, a contact, the button of a template, and the answers to a Flow are refused in the same words.
# - hermes-agent wakes its agent with an empty text for all of these but the button. Its table of types names places
#   and contacts, as texts, and nothing fills the text in.
#
# Why it matters: a thumbs-up is how people end a talk, so nearly every talk goes on with an apology, or with a model
# that is paid to guess what an empty message may mean, and guesses aloud. "Where shall we deliver?" gets a place, and
# the agent asks again. All of it is answered 200, and trials are made of texts.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv agno
agno/bin/pip install --quiet --disable-pip-version-check 'agno==3.1.10' 'fastapi==0.141.1' 'httpx==0.28.1'
python3 -m venv hermes
hermes/bin/pip install --quiet --disable-pip-version-check 'aiohttp==3.14.5' 'httpx==0.28.1' 'PyYAML==6.0.3' \
  'requests==2.33.0'
hermes/bin/pip install --quiet --disable-pip-version-check --no-deps 'hermes-agent==0.19.0'

# The forms are those of Meta's references of messages, reactions, revoked messages, and system messages.
cat >deliveries.py <<'PY'
ANSWERS = {"name": "flow", "body": "Sent", "response_json": '{"table": "7"}'}
CHANGE = {"body": "Ada changed from 1 to 2", "wa_id": "15550000002", "type": "user_changed_number"}
KINDS = {
    "a text": {"type": "text", "text": {"body": "Thanks!"}},
    "a thumbs-up": {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "\N{THUMBS UP SIGN}"}},
    "taken back": {"type": "reaction", "reaction": {"message_id": "wamid.0"}},
    "a deleted message": {"type": "revoke", "revoke": {"original_message_id": "wamid.0"}},
    "a changed number": {"type": "system", "system": CHANGE},
    "a place": {"type": "location", "location": {"latitude": 59.91, "longitude": 10.75, "name": "Home"}},
    "a contact": {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bob"}, "phones": [{"phone": "3"}]}]},
    "a template's button": {"type": "button", "button": {"payload": "YES-7", "text": "Yes"}},
    "a Flow's answers": {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": ANSWERS}},
}


def delivery(number, content):
    message = {"from": "15550000001", "id": f"wamid.{number}", "timestamp": "1700000001"} | content
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001"}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [change]}]}
PY

cat >with_agno.py <<'PY'
import http.server
import json
import threading
from types import SimpleNamespace

from agno.agent import Agent
from agno.os.interfaces.whatsapp import helpers
from agno.os.interfaces.whatsapp.router import attach_routes
from agno.utils.log import set_log_level_to_error
from deliveries import KINDS, delivery
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

seen = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note what is sent to the person."""

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "text" in message:
            seen.append(f'says "{message["text"]["body"]}"')
        body = b'{"messages": [{"id": "wamid.9"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


class Clerk(Agent):
    """Answer without a model."""

    async def arun(self, text, **_):
        seen.append(f'agent woken by "{text}"')
        return SimpleNamespace(status="COMPLETED", content="You are welcome.", response_audio=None)


set_log_level_to_error()
graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
helpers._BASE_URL = f"http://127.0.0.1:{graph.server_port}"
app = FastAPI()
clerk = Clerk(name="clerk", id="clerk")
app.include_router(attach_routes(APIRouter(), clerk, access_token="t", phone_number_id="106", verify_token="v"))
for number, (kind, content) in enumerate(KINDS.items()):
    seen.clear()
    TestClient(app).post("/webhook", json=delivery(number, content))
    print(f"agno, {kind}: {', '.join(seen)}")
PY

cat >with_hermes.py <<'PY'
import asyncio

from deliveries import KINDS, delivery
from gateway.config import PlatformConfig
from gateway.platforms.whatsapp_cloud import WhatsAppCloudAdapter

SETTINGS = {"phone_number_id": "106", "access_token": "t", "app_secret": "s", "verify_token": "v"}


async def main():
    woken = asyncio.Queue()
    adapter = WhatsAppCloudAdapter(PlatformConfig(enabled=True, extra=SETTINGS))
    adapter.set_message_handler(woken.put)
    for number, (kind, content) in enumerate(KINDS.items()):
        await adapter._dispatch_payload(delivery(number, content))
        event = await asyncio.wait_for(woken.get(), 30)
        print(f'hermes-agent, {kind}: agent woken by "{event.text}"')
        await adapter.cancel_background_tasks()


asyncio.run(main())
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true WHATSAPP_CLOUD_ALLOW_ALL_USERS=true HERMES_HOME=$work/home
seen=$(agno/bin/python -W ignore with_agno.py 2>agno.log; hermes/bin/python with_hermes.py 2>hermes.log)
expected='agno, a text: agent woken by "Thanks!", says "You are welcome."
agno, a thumbs-up: says "Sorry, Reaction is not supported yet."
agno, taken back: says "Sorry, Reaction is not supported yet."
agno, a deleted message: says "Sorry, Revoke is not supported yet."
agno, a changed number: says "Sorry, System is not supported yet."
agno, a place: says "Sorry, Location is not supported yet."
agno, a contact: says "Sorry, Contacts is not supported yet."
agno, a template'"'"'s button: says "Sorry, Button is not supported yet."
agno, a Flow'"'"'s answers: says "Sorry, Interactive is not supported yet."
hermes-agent, a text: agent woken by "Thanks!"
hermes-agent, a thumbs-up: agent woken by ""
hermes-agent, taken back: agent woken by ""
hermes-agent, a deleted message: agent woken by ""
hermes-agent, a changed number: agent woken by ""
hermes-agent, a place: agent woken by ""
hermes-agent, a contact: agent woken by ""
hermes-agent, a template'"'"'s button: agent woken by "Yes"
hermes-agent, a Flow'"'"'s answers: agent woken by ""'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
