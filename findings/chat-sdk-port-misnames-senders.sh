#!/usr/bin/env bash
# Libraries: chat-sdk 0.4.27.1 with aiohttp 3.14.5 (Python 3.11, a port of the Chat SDK), chat 4.41.1 with
# @chat-adapter/whatsapp 4.41.1 and @chat-adapter/state-memory 4.41.0 (Node, the original).
#
# One would guess: the port reads a WhatsApp delivery as the original does, and each message has its own author.
#
# What happens: where Meta puts messages of several people into one change, "contacts" names all of them. The original
# looks for the contact that belongs to the message. The port takes the first contact for every message, so that the
# second message has Bob's number as its author's id and Ada's name. A person whose number is hidden is Cy in the
# original; in the port the message is missing, with nothing but a line in the log, and the answer is 200.
#
# Why it matters: the name goes into prompts, transcripts and tickets: the bot calls Bob "Ada". Deliveries with one
# message, which is what one sees while developing, are right.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts chat@4.41.1 @chat-adapter/whatsapp@4.41.1 \
  @chat-adapter/state-memory@4.41.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'chat-sdk==0.4.27.1' 'aiohttp==3.14.5'

cat >delivery.json <<'JSON'
{"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
  "messaging_product": "whatsapp",
  "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
  "contacts": [
    {"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"},
    {"profile": {"name": "Bob"}, "wa_id": "15550000002", "user_id": "US.2"},
    {"profile": {"name": "Cy"}, "user_id": "US.3"}],
  "messages": [
    {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001", "type": "text",
      "text": {"body": "one"}},
    {"from": "15550000002", "from_user_id": "US.2", "id": "wamid.2", "timestamp": "1700000002", "type": "text",
      "text": {"body": "two"}},
    {"from_user_id": "US.3", "id": "wamid.3", "timestamp": "1700000003", "type": "text",
      "text": {"body": "three"}}]}}]}]}
JSON

cat >read.mjs <<'JS'
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createMemoryState } from "@chat-adapter/state-memory";
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { Chat } from "chat";

const body = readFileSync("delivery.json");
const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };
const settings = { accessToken: "t", appSecret: "app-secret", phoneNumberId: "106", verifyToken: "v", logger };
const adapters = { whatsapp: createWhatsAppAdapter(settings) };
const bot = new Chat({ userName: "bot", adapters, state: createMemoryState(), logger });
const heard = [];
bot.onDirectMessage(async (thread, { text, author }) => heard.push(`${text} by ${author.fullName}`));
const signature = `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": signature };
const request = new Request("http://app.example/webhook", { method: "POST", body, headers });
const tasks = [];
const { status } = await bot.webhooks.whatsapp(request, { waitUntil: (task) => tasks.push(task) });
await Promise.all(tasks);
console.log(`Node: ${status},`, heard.sort().join(", "));
process.exit(0);
JS

cat >read.py <<'PY'
import asyncio
import hashlib
import hmac
import logging
import pathlib
from types import SimpleNamespace

from chat_sdk import Chat
from chat_sdk.adapters.whatsapp import create_whatsapp_adapter
from chat_sdk.state.memory import create_memory_state
from chat_sdk.types import WebhookOptions

logging.disable()
body = pathlib.Path("delivery.json").read_bytes()
signature = "sha256=" + hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}


async def main():
    whatsapp = create_whatsapp_adapter(
        access_token="t", app_secret="app-secret", phone_number_id="106", verify_token="v", user_name="bot"
    )
    bot = Chat(user_name="bot", adapters={"whatsapp": whatsapp}, state=create_memory_state())
    heard, tasks = [], []

    async def on_message(thread, message, *rest):
        heard.append(f"{message.text} by {message.author.full_name}")

    bot.on_direct_message(on_message)
    request = SimpleNamespace(method="POST", headers=headers, body=body)
    options = WebhookOptions(wait_until=tasks.append)
    answer = await bot.webhooks["whatsapp"](request, options)
    await asyncio.gather(*tasks)
    print(f"Python: {answer['status']},", ", ".join(sorted(heard)))


asyncio.run(main())
PY

seen=$(node read.mjs; venv/bin/python read.py)
expected='Node: 200, one by Ada, three by Cy, two by Bob
Python: 200, one by Ada, two by Ada'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
