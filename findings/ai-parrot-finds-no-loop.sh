#!/usr/bin/env bash
# Libraries: ai-parrot-integrations 1.2.4 with ai-parrot 1.2.4, pywa 4.5.0 (and 3.8.0, the oldest that it takes),
# aiohttp 3.14.5, navconfig 3.0.0, and pydantic 2.14.4 (Python), without those of its dependencies that the channel does
# not need.
#
# One would guess: an agent that is put on WhatsApp by the wrapper of its framework is asked what a person has written,
# or the delivery is not answered with 200, so that Meta delivers it once more.
#
# What happens: the wrapper's route is a coroutine, pywa's client is not. So the wrapper has pywa read the delivery in a
# thread, and pywa calls the wrapper back in that thread. There the wrapper looks for the running event loop to ask the
# agent in, and a thread has none. It logs "No running event loop to schedule message processing" and returns, pywa has
# called its handler without an error, and Meta gets 200 and "ok". No message reaches the agent, ever.
#
# Why it matters: the handshake works, the signature is checked, and the person gets two ticks. As each delivery is
# acknowledged, Meta keeps nothing: when the cause is found, what was asked until then is lost. Called from a coroutine,
# as in a test, the same handler works.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for pywa in 4.5.0 3.8.0; do
  python3 -m venv "pywa-$pywa"
  "pywa-$pywa/bin/pip" install --quiet --disable-pip-version-check "pywa==$pywa" 'aiohttp==3.14.5' 'httpx==0.28.1' \
    'cryptography==50.0.2' 'navconfig==3.0.0' 'pydantic==2.14.4'
  "pywa-$pywa/bin/pip" install --quiet --disable-pip-version-check --no-deps 'ai-parrot-integrations==1.2.4' \
    'ai-parrot==1.2.4'
done
mkdir env etc
touch env/.env etc/config.ini

cat >deliver.py <<'PY'
import asyncio
import hashlib
import hmac
import json
import logging

from aiohttp import ClientSession, web
from parrot.integrations.whatsapp.models import WhatsAppAgentConfig
from parrot.integrations.whatsapp.wrapper import WhatsAppAgentWrapper

SETTINGS = {"phone_id": "106", "token": "t", "verify_token": "v", "app_id": "1", "app_secret": "s"}
TEXTS = ["Are you open today?", "Please cancel order 7."]
events = asyncio.Queue()


class Clerk:
    """Note what an agent is asked, in its place."""

    async def ask(self, text, **_):
        events.put_nowait(f'asked "{text}"')
        return "Yes."


class Journal(logging.Handler):
    """Note what the wrapper logs."""

    def emit(self, record):
        loop.call_soon_threadsafe(events.put_nowait, f'logged "{record.getMessage()}"')


def delivery(number, text):
    who = {"from": "15550000001", "from_user_id": "US.1", "id": f"wamid.{number}", "timestamp": "1790000000"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
        "messages": [who | {"type": "text", "text": {"body": text}}],
    }
    change = {"field": "messages", "value": value}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [change]}]}
    return json.dumps(body).encode()


async def main():
    global loop
    loop = asyncio.get_running_loop()
    journal = Journal(level=logging.ERROR)
    logging.getLogger("WhatsAppWrapper.Clerk").addHandler(journal)
    app = web.Application()
    WhatsAppAgentWrapper(Clerk(), WhatsAppAgentConfig(name="Clerk", chatbot_id="clerk", **SETTINGS), app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/whatsapp/clerk/webhook"
    async with ClientSession() as meta:
        question = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "v"}
        async with meta.get(url, params=question) as answer:
            print(f"  handshake: {answer.status} {await answer.text()}")
        for number, text in enumerate(TEXTS):
            body = delivery(number, text)
            signature = f"sha256={hmac.new(b's', body, hashlib.sha256).hexdigest()}"
            async with meta.post(url, data=body, headers={"X-Hub-Signature-256": signature}) as answer:
                status = f"{answer.status} {await answer.text()}"
            print(f'  "{text}": {status}, {await asyncio.wait_for(events.get(), 30)}')
    await runner.cleanup()


asyncio.run(main())
PY

export SITE_ROOT=$work
seen=$(for pywa in 4.5.0 3.8.0; do
  echo "pywa $pywa"
  "pywa-$pywa/bin/python" -W ignore deliver.py 2>"pywa-$pywa.log"
done)
expected='pywa 4.5.0
  handshake: 200 1158201444
  "Are you open today?": 200 ok, logged "No running event loop to schedule message processing"
  "Please cancel order 7.": 200 ok, logged "No running event loop to schedule message processing"
pywa 3.8.0
  handshake: 200 1158201444
  "Are you open today?": 200 ok, logged "No running event loop to schedule message processing"
  "Please cancel order 7.": 200 ok, logged "No running event loop to schedule message processing"'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
