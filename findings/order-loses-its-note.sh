#!/usr/bin/env bash
# Libraries: pywa 4.5.0, waba-sdk 1.1.1 with fastapi 0.141.1, whatsapp-cloud-api-py 0.3.0 (Python);
# @builderbot/provider-meta 1.2.2 with @builderbot/bot 1.3.13, chat 4.41.1 (Chat SDK) with @chat-adapter/whatsapp 4.41.1
# and @chat-adapter/state-memory 4.41.0 (Node).
#
# One would guess: an SDK that names orders from a WhatsApp catalog among the messages it reads hands over what was
# ordered, and what the person has written beside it.
#
# What happens, for a "hello" and an order of three at 7.99 with a note in one delivery:
# - pywa hands over the order and the note; it is given each message by itself, as it reads the first of a delivery.
# - whatsapp-cloud-api-py has order_text for the note, and looks for it in a key of that name; Meta's is "text".
# - BuilderBot hands over the catalog and the products, and no note.
# - waba-sdk asks for strings as quantity and price. Meta sends numbers, so the delivery is refused as a whole, the
#   "hello" too. It answers 200, and says nothing, unless on_error is given.
# - the Chat SDK answers 200 and passes over the order, with a line in its log at level "debug".
# Meta's reference of order messages (updated 2025-10-22) calls the price an integer, and gives 7.99 for an example.
#
# Why it matters: "no nuts, please" is what the note is for. An order that was lost is not sent again, and the person
# sees it marked as delivered.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @builderbot/provider-meta@1.2.2 @builderbot/bot@1.3.13 \
  chat@4.41.1 @chat-adapter/whatsapp@4.41.1 @chat-adapter/state-memory@4.41.0 axios@1.21.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pywa==4.5.0' 'waba-sdk==1.1.1' 'fastapi==0.141.1' \
  'httpx==0.28.1' 'whatsapp-cloud-api-py==0.3.0'

cat >delivery.json <<'JSON'
{"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
  "messaging_product": "whatsapp",
  "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
  "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
  "messages": [
    {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001", "type": "text",
      "text": {"body": "hello"}},
    {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.2", "timestamp": "1700000002", "type": "order",
      "order": {"catalog_id": "9", "text": "no nuts, please", "product_items": [
        {"product_retailer_id": "soup", "quantity": 3, "item_price": 7.99, "currency": "USD"}]}}]}}]}]}
JSON

cat >read.py <<'PY'
import json
import logging
import pathlib

import pywa
import waba_sdk
from fastapi import FastAPI
from fastapi.testclient import TestClient
from waba_sdk.integrations.fastapi import mount_webhook
from whatsapp_cloud_api.events import dispatch_webhook
from whatsapp_cloud_api.webhooks import normalize_webhook

logging.disable()
raw = pathlib.Path("delivery.json").read_bytes()
MESSAGES = json.loads(raw)["entry"][0]["changes"][0]["value"]["messages"]
heard = []


def deliver(*messages):
    """Return the delivery with these of its messages."""
    delivery = json.loads(raw)
    delivery["entry"][0]["changes"][0]["value"]["messages"] = messages
    return delivery


whatsapp = pywa.WhatsApp(phone_id="106", token="t", server=None, verify_token="v", validate_updates=False)


@whatsapp.on_message
def on_message(_, message):
    order = message.order
    heard.append(f"{order.products[0].quantity} {order.products[0].sku}, {order.text}" if order else message.text)


for message in MESSAGES:  # One by one, as it reads the first of a delivery.
    whatsapp.webhook_update_handler(json.dumps(deliver(message)).encode())
print("pywa:", " | ".join(heard))


class Emitter:
    """Note what handlers would get."""

    def emit(self, event):
        if hasattr(event, "product_items"):
            item = event.product_items[0]
            heard.append(f"{item['quantity']} {item['product_retailer_id']}, {event.order_text}")
        else:
            heard.append(event.body)


heard.clear()
dispatch_webhook(normalize_webhook(json.loads(raw)), Emitter())
print("whatsapp-cloud-api-py:", " | ".join(heard))


async def on_event(event):
    heard.append(event.message.type)


app = FastAPI()
client = waba_sdk.WhatsApp("t", "106")
mount_webhook(app, "/webhook", client=client, verify_token="v", on_message=on_event, manage_lifespan=False)
endpoint = TestClient(app)
for name, messages in {"waba-sdk": MESSAGES, "waba-sdk, the hello alone": MESSAGES[:1]}.items():
    heard.clear()
    answer = endpoint.post("/webhook", json=deliver(*messages))
    print(f"{name}: {answer.status_code}, {' | '.join(heard) or 'nothing'}")
PY

cat >read.cjs <<'JS'
const { createHmac } = require("node:crypto");
const { EventEmitter, once } = require("node:events");
const { readFileSync } = require("node:fs");
const http = require("node:http");
const axios = require("axios");
const { createProvider } = require("@builderbot/bot");
const { MetaProvider } = require("@builderbot/provider-meta");

const body = readFileSync("delivery.json");

/** Serve on a free port of loopback. */
async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

async function builderBot() {
  const graph = http.createServer((_, answer) => {
    answer.writeHead(200, { "Content-Type": "application/json" }).end('{"id": "106"}');
  });
  const graphPort = await listen(graph);
  axios.interceptors.request.use((request) => {
    request.url = request.url.replace("https://graph.facebook.com", `http://127.0.0.1:${graphPort}`);
    return request;
  });
  const free = http.createServer();
  const port = await listen(free);
  free.close();
  await once(free, "close");

  const provider = createProvider(MetaProvider, { jwtToken: "t", numberId: "106", verifyToken: "v", version: "v24.0" });
  const ear = new EventEmitter();
  const heard = [];
  provider.on("message", (message) => {
    heard.push(message);
    if (heard.length === 2) ear.emit("both");
  });
  provider.on("ready", () => ear.emit("ready"));
  provider.initAll(port, {});
  await once(ear, "ready");
  const both = once(ear, "both");
  const headers = { "Content-Type": "application/json" };
  const { status } = await fetch(`http://127.0.0.1:${port}/webhook`, { method: "POST", body, headers });
  await both;
  const said = heard.map(({ body, order }) => {
    if (!order) return body;
    const [{ quantity, product_retailer_id: product }] = order.product_items;
    return `${quantity} ${product}, ${Object.keys(order).join(" and ")} in all`;
  });
  return `${status}, ${said.sort().reverse().join(" | ")}`;
}

async function chatSdk() {
  const { createMemoryState } = await import("@chat-adapter/state-memory");
  const { createWhatsAppAdapter } = await import("@chat-adapter/whatsapp");
  const { Chat } = await import("chat");
  const lines = [];
  const note = (level) => (line) => lines.push(`${level}: ${line}`);
  const logger = { child: () => logger };
  for (const level of ["debug", "info", "warn", "error"]) logger[level] = note(level);
  const settings = { accessToken: "t", appSecret: "app-secret", phoneNumberId: "106", verifyToken: "v", logger };
  const adapters = { whatsapp: createWhatsAppAdapter(settings) };
  const bot = new Chat({ userName: "bot", adapters, state: createMemoryState(), logger });
  const heard = [];
  bot.onDirectMessage(async (thread, { text }) => heard.push(text));
  const signature = `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
  const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": signature };
  const request = new Request("http://app.example/webhook", { method: "POST", body, headers });
  const tasks = [];
  const { status } = await bot.webhooks.whatsapp(request, { waitUntil: (task) => tasks.push(task) });
  await Promise.all(tasks);
  return `${status}, ${heard.join(" | ")} (${lines.find((line) => line.includes("nsupported"))})`;
}

async function main() {
  console.log("BuilderBot:", await builderBot());
  console.log("Chat SDK:", await chatSdk());
  process.exit(0);
}

main();
JS

seen=$(venv/bin/python read.py 2>read.log; node read.cjs)
expected="pywa: hello | 3 soup, no nuts, please
whatsapp-cloud-api-py: hello | 3 soup, None
waba-sdk: 200, nothing
waba-sdk, the hello alone: 200, text
BuilderBot: 200, hello | 3 soup, catalog_id and product_items in all
Chat SDK: 200, hello (debug: Unsupported message type, ignoring)"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
