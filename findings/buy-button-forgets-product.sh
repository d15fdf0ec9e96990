#!/usr/bin/env bash
# Libraries: agno 3.1.10 with fastapi 0.141.1, hermes-agent 0.19.0 with aiohttp 3.14.5 and requests 2.33.0 and without
# those of its dependencies that this does not need, noria-sendkit 0.1.0, pywa 4.5.0 (Python), on a press of "Buy" under
# one of two products.
#
# One would guess: what is handed over of a press is the id of the button, which the business chose for that and which
# is unique, or at least the message whose button it was, which Meta names in "context". The title is for the person.
#
# What happens:
# - agno's own tool send_reply_buttons has its agent choose an id for each button. When one is pressed, agno writes the
#   id to its log and asks the agent "Buy": without the id, and without the message. So it does with the rows of a list.
# - hermes-agent wakes its agent with "Buy", too, and leaves out the id of each button that is not one of its own
#   questions. It names the message.
# - noria-sendkit has the id and no message: it looks for the message in context.message_id, which is how one sends it.
#   Meta's webhook has it in context.id. So it knows of no message that it is an answer.
# - pywa has both.
#
# Why it matters: the agent sells what it has spoken of last, or asks back, though the person did say which. A shop has
# "Buy", a doctor "10:00" on two days, and last week's message keeps its buttons. With "Yes" and "No", as in guides and
# trials, the title is enough.
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
python3 -m venv sdks
sdks/bin/pip install --quiet --disable-pip-version-check 'noria-sendkit==0.1.0' 'pywa==4.5.0' 'httpx==0.28.1'

cat >presses.py <<'PY'
PRODUCTS = {"wamid.A": "buy-7", "wamid.B": "buy-8"}


def press(number, wamid):
    """Return the delivery of a press of "Buy" under a message, as Meta's reference of interactive messages has it."""
    message = {
        "context": {"from": "15550000000", "id": wamid},
        "from": "15550000001",
        "from_user_id": "US.1",
        "id": f"wamid.{number}",
        "timestamp": "1790000000",
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": PRODUCTS[wamid], "title": "Buy"}},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [change]}]}


DELIVERIES = [press(number, wamid) for number, wamid in enumerate(PRODUCTS)]
PY

cat >with_agno.py <<'PY'
import http.server
import json
import threading
from types import SimpleNamespace

from agno.agent import Agent
from agno.os.interfaces.whatsapp import helpers
from agno.os.interfaces.whatsapp.router import attach_routes
from agno.tools.whatsapp import ReplyButton, WhatsAppTools
from agno.utils.log import set_log_level_to_error
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from presses import DELIVERIES, PRODUCTS

shown = []
asked = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note the buttons that are sent."""

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for button in message.get("interactive", {}).get("action", {}).get("buttons", []):
            shown.append(f'"{button["reply"]["title"]}" ({button["reply"]["id"]})')
        body = b'{"messages": [{"id": "wamid.9"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


class Clerk(Agent):
    """Note what an agent is asked, without a model."""

    async def arun(self, text, **more):
        asked.append(f'"{text}"' + (" with the id" if "buy-" in str(more) else ""))
        return SimpleNamespace(status="COMPLETED", content="Sold.", response_audio=None)


set_log_level_to_error()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = f"http://127.0.0.1:{server.server_port}"
tools = WhatsAppTools(access_token="t", phone_number_id="106", recipient_waid="15550000001")
tools.base_url = graph
for text, button in zip(["Red socks, $8", "Blue socks, $9"], PRODUCTS.values(), strict=True):
    tools.send_reply_buttons(text, [ReplyButton(id=button, title="Buy")])
helpers._BASE_URL = graph
app = FastAPI()
clerk = Clerk(name="clerk", id="clerk")
app.include_router(attach_routes(APIRouter(), clerk, access_token="t", phone_number_id="106", verify_token="v"))
for delivery in DELIVERIES:
    TestClient(app).post("/webhook", json=delivery)
print(f"agno shows {', '.join(shown)}; its agent is asked {', '.join(asked)}")
PY

cat >with_hermes.py <<'PY'
import asyncio

from gateway.config import PlatformConfig
from gateway.platforms.whatsapp_cloud import WhatsAppCloudAdapter
from presses import DELIVERIES

SETTINGS = {"phone_number_id": "106", "access_token": "t", "app_secret": "s", "verify_token": "v"}


async def main():
    woken = asyncio.Queue()
    adapter = WhatsAppCloudAdapter(PlatformConfig(enabled=True, extra=SETTINGS))
    adapter.set_message_handler(woken.put)
    seen = []
    for delivery in DELIVERIES:
        await adapter._dispatch_payload(delivery)
        event = await asyncio.wait_for(woken.get(), 30)
        seen.append(f'"{event.text}" on {event.reply_to_message_id}')
        await adapter.cancel_background_tasks()
    print(f"hermes-agent's agent is woken by {', '.join(seen)}")


asyncio.run(main())
PY

cat >with_sdks.py <<'PY'
import json

import pywa
from presses import DELIVERIES
from sendkit.whatsapp import MetaWhatsAppClient

noria = MetaWhatsAppClient(access_token="t", phone_number_id="106")
seen = []
for delivery in DELIVERIES:
    (message,) = noria.parse_inbound_messages(delivery)
    seen.append(f'"{message.reply.title}" ({message.reply.identifier}) on {message.context_message_id}')
print(f"noria-sendkit gives {', '.join(seen)}")

whatsapp = pywa.WhatsApp(phone_id="106", token="t", server=None, verify_token="v", validate_updates=False)
seen = []


@whatsapp.on_callback_button
def on_press(_, press):
    seen.append(f'"{press.title}" ({press.data}) on {press.reply_to_message.message_id}')


for delivery in DELIVERIES:
    whatsapp.webhook_update_handler(json.dumps(delivery).encode())
print(f"pywa gives {', '.join(seen)}")
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true WHATSAPP_CLOUD_ALLOW_ALL_USERS=true HERMES_HOME=$work/home
seen=$(
  agno/bin/python -W ignore with_agno.py 2>agno.log
  hermes/bin/python with_hermes.py 2>hermes.log
  sdks/bin/python -W ignore with_sdks.py
)
expected='agno shows "Buy" (buy-7), "Buy" (buy-8); its agent is asked "Buy", "Buy"
hermes-agent'"'"'s agent is woken by "Buy" on wamid.A, "Buy" on wamid.B
noria-sendkit gives "Buy" (buy-7) on None, "Buy" (buy-8) on None
pywa gives "Buy" (buy-7) on wamid.A, "Buy" (buy-8) on wamid.B'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
