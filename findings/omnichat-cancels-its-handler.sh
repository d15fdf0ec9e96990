#!/usr/bin/env bash
# Library: omnichat 1.0.0 with httpx 0.28.1 (Python), its WhatsApp adapter.
#
# One would guess: a handler that answers a message runs to its end. The README's own example, one line of which is
# `await thread.reply(...)`, is what the library is for, and the delivery is answered 200.
#
# What happens: each delivery gets an event loop of its own, and the handler is made a task of it. The loop ends when
# the 200 is written, and cancels what is still running. So a handler runs up to the first await that has to wait, which
# for a reply is the connection to the Graph API. What comes before is done: prints, the history, thread.state in
# memory. Nothing is sent, nobody is told, as "except Exception" does not see a cancellation, and the history that the
# next message brings along holds the reply as if it had been sent. The same reply, sent outside of a handler, arrives.
#
# Why it matters: the log shows each message as it comes in, a handler that only prints works, and Telegram works with
# the same handler. It looks like a refused token or a blocked connection, and there is no request to be found.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'omnichat==1.0.0' 'httpx==0.28.1'

cat >bot.py <<'PY'
import asyncio
import http.server
import json
import queue
import socket
import threading

import httpx
import omnichat

sent = []
steps = queue.Queue()


class Graph(http.server.BaseHTTPRequestHandler):
    """Take each message."""

    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]["body"])
        body = b'{"messages": [{"id": "wamid.9"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
own_post = httpx.AsyncClient.post


async def post(client, url, **options):
    here = f"http://127.0.0.1:{graph.server_port}"
    return await own_post(client, url.replace("https://graph.facebook.com", here), **options)


httpx.AsyncClient.post = post


def delivery(number):
    """Return a delivery with one text message."""
    text = {"from": "15550000001", "id": f"wamid.{number}", "timestamp": "1700000001", "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001"}],
        "messages": [text | {"text": {"body": f"hello {number}"}}],
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [change]}]}


async def on_message(thread, message):
    seen = int(await thread.state.get(thread.thread_id, "seen") or 0) + 1
    await thread.state.set(thread.thread_id, "seen", seen)
    told = [entry.text for entry in thread.get_history()]
    step = f"{seen}. message, history {told}"
    try:
        await thread.reply(f"reply {seen}")
        step += ", replied"
    except asyncio.CancelledError:
        step += ", cancelled"
        raise
    finally:
        steps.put(step)


async def main():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bot = omnichat.OmniChatBot().use_whatsapp("t", "106", "v", port=port).on_message(on_message)
    running = asyncio.create_task(bot.start())
    while not bot._adapters[0]._server:
        await asyncio.sleep(0)
    async with httpx.AsyncClient(timeout=20) as meta:
        for number in (1, 2):
            answer = await meta.request("POST", f"http://127.0.0.1:{port}/whatsapp/", json=delivery(number))
            print(f"{answer.status_code}: {await asyncio.to_thread(steps.get, timeout=20)}")
    print("sent by the handler:", sent)
    await bot._adapters[0].send_message("whatsapp:15550000001", "from outside")
    print("sent in all:", sent)
    running.cancel()


asyncio.run(main())
PY

seen=$(venv/bin/python bot.py 2>bot.log | grep -v '^\[')
expected="200: 1. message, history ['hello 1'], cancelled
200: 2. message, history ['hello 1', 'reply 1', 'hello 2'], cancelled
sent by the handler: []
sent in all: ['from outside']"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
