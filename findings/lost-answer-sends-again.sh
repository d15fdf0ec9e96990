#!/usr/bin/env bash
# Libraries: whatsapp-sdk 0.2.0, waba-sdk 1.1.1, instagram-platform-sdk 1.0.0, pywa 4.5.0 with httpx 0.28.1 (Python);
# @warriorteam/messenger-sdk 1.5.8, messaging-api-messenger 1.1.0 (Node).
#
# One would guess: a client repeats what it reads, and not a message that it has posted: the Send APIs have no key by
# which Meta could tell the second from a new one.
#
# What happens when a message has reached the Graph API, and its answer does not come back:
# - cut off, without an answer: whatsapp-sdk, instagram-platform-sdk and messenger-sdk post the message four times,
#   waba-sdk three times.
# - no answer in time: whatsapp-sdk and messenger-sdk post it four times; waba-sdk and instagram-platform-sdk, which
#   repeat what was cut off, stop here.
# - refused with a 400, as outside the 24 hours' window: whatsapp-sdk asks three times more.
# - messenger-sdk with maxRetries: 0 repeats as often as without, as 0 stands for its default of 3.
# - pywa and messaging-api-messenger post it once.
#
# Why it matters: a person gets the same message four times, and a template of marketing is billed for each. The app
# sees one call and one error, and an app that then tries again by itself sends four more.
#
# Seen on 2026-11-30: how many messages a stand-in for the Graph API was given, in the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @warriorteam/messenger-sdk@1.5.8 \
  messaging-api-messenger@1.1.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'whatsapp-sdk==0.2.0' 'waba-sdk==1.1.1' \
  'instagram-platform-sdk==1.0.0' 'pywa==4.5.0' 'httpx==0.28.1'

cat >send.mjs <<'JS'
import { Messenger } from "@warriorteam/messenger-sdk";
import messaging from "messaging-api-messenger";

const graph = process.argv[2];
const message = { recipient: { id: "7" }, message: { text: "hello" } };
const settings = { accessToken: "t", timeout: 2000 };
const posts = [];
for (const fault of ["cut", "late", "refused"]) {
  const baseUrl = `${graph}/messenger-sdk/${fault}`;
  posts.push(new Messenger({ ...settings, baseUrl }).send.message(message));
  const client = new messaging.MessengerClient({ ...settings, origin: `${graph}/messaging-api-messenger/${fault}` });
  client.axios.defaults.timeout = settings.timeout;
  posts.push(client.sendText("7", "hello"));
}
const baseUrl = `${graph}/messenger-sdk, maxRetries 0/cut`;
posts.push(new Messenger({ ...settings, baseUrl, maxRetries: 0 }).send.message(message));
const results = await Promise.allSettled(posts);
if (results.some(({ status }) => status !== "rejected")) throw new Error("an answer came");
process.exit(0);
JS

cat >send.py <<'PY'
import asyncio
import collections
import http.server
import json
import subprocess
import threading
import urllib.parse

import httpx
import pywa
from instagram_platform import InstagramClient
from waba_sdk import WhatsApp
from whatsapp_sdk import WhatsAppClient

REFUSAL = {"error": {"message": "(#131047) Re-engagement message", "type": "OAuthException", "code": 131047}}
counts = collections.defaultdict(dict)


class Graph(http.server.BaseHTTPRequestHandler):
    """Take every message, and leave its sender without an answer, or refuse it."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        library, fault = urllib.parse.unquote(self.path).split("/")[1:3]
        counts[library][fault] = counts[library].get(fault, 0) + 1
        self.close_connection = True
        if fault == "late":
            self.rfile.read(1)  # Until the sender hangs up.
        if fault == "refused":
            body = json.dumps(REFUSAL).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


async def with_waba_sdk(url):
    async with WhatsApp("t", "106", base_url=url, timeout=2) as client:
        await client.send_text("15550000001", "hello")


def with_whatsapp_sdk(url):
    WhatsAppClient("106", "t", base_url=url, timeout=2).messages.send_text("15550000001", "hello")


def with_instagram_platform_sdk(url):
    InstagramClient("t", "178", base_url=url, timeout=2).messaging.send_message("7", "hello")


def with_pywa(url):
    session = httpx.Client(timeout=2)
    client = pywa.WhatsApp(phone_id="106", token="t", session=session)
    session.base_url = f"{url}/v25.0"
    client.send_message("15550000001", "hello")


async def main():
    graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
    threading.Thread(target=graph.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{graph.server_port}"
    calls = [asyncio.to_thread(subprocess.run, ["node", "send.mjs", here], check=True)]
    refused = []
    for fault in ("cut", "late", "refused"):
        refused.append(with_waba_sdk(f"{here}/waba-sdk/{fault}"))
        refused.append(asyncio.to_thread(with_whatsapp_sdk, f"{here}/whatsapp-sdk/{fault}"))
        refused.append(asyncio.to_thread(with_instagram_platform_sdk, f"{here}/instagram-platform-sdk/{fault}"))
        refused.append(asyncio.to_thread(with_pywa, f"{here}/pywa/{fault}"))
    ran, *results = await asyncio.gather(*calls, *refused, return_exceptions=True)
    if isinstance(ran, Exception):
        raise ran
    assert all(isinstance(result, Exception) for result in results), results
    for library, faults in sorted(counts.items()):
        print(f"{library}:", ", ".join(f"{fault} {count}" for fault, count in sorted(faults.items())))


asyncio.run(main())
PY

seen=$(venv/bin/python send.py 2>send.log) || cat send.log >&2
expected="instagram-platform-sdk: cut 4, late 1, refused 1
messaging-api-messenger: cut 1, late 1, refused 1
messenger-sdk: cut 4, late 4, refused 1
messenger-sdk, maxRetries 0: cut 4
pywa: cut 1, late 1, refused 1
waba-sdk: cut 3, late 1, refused 1
whatsapp-sdk: cut 4, late 4, refused 4"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
