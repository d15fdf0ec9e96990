#!/usr/bin/env bash
# Libraries: pywa 4.5.0, agno 3.1.10 (Python); whatsapp-api-js 6.3.0, chat 4.41.1 (Chat SDK) with
# @chat-adapter/whatsapp 4.41.1 and @chat-adapter/state-memory 4.41.0 (Node).
#
# One would guess: a bot's answer goes to where the question was asked. A message in a WhatsApp group differs from a
# private one by its group_id alone; its "from" is the person who wrote it. pywa documents private=True of reply for
# those answers that only this person shall read.
#
# What happens, for a message in a group:
# - pywa has it the wrong way round: reply() goes to the person alone, reply(private=True) to the group.
# - the Chat SDK and agno, both newer than WhatsApp's groups, do not look at group_id: the answer goes to the person
#   alone. What a person writes in private and in each of the groups is one conversation with one history for them.
# - whatsapp-api-js answers in the group.
#
# Why it matters: what was meant for one person is read by all. Or the bot seems not to answer, though the answer was
# sent and its statuses come in. And a model that is asked in the group has before its eyes what the person told it in
# private. A bot that was tried out in a private chat is right in all four.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts whatsapp-api-js@6.3.0 chat@4.41.1 \
  @chat-adapter/whatsapp@4.41.1 @chat-adapter/state-memory@4.41.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pywa==4.5.0' 'agno==3.1.10' 'fastapi==0.141.1' 'httpx==0.28.1'

cat >deliveries.json <<'JSON'
[
  {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
    "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
    "messages": [{"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001",
      "type": "text", "text": {"body": "my secret"}}]}}]}]},
  {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
    "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
    "messages": [{"from": "15550000001", "from_user_id": "US.1", "group_id": "Y2FwaV9ncm91cDox", "id": "wamid.2",
      "timestamp": "1700000002", "type": "text", "text": {"body": "hello all"}}]}}]}]}
]
JSON

cat >answer.mjs <<'JS'
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createMemoryState } from "@chat-adapter/state-memory";
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { Chat } from "chat";
import { WhatsAppAPI } from "whatsapp-api-js";
import { Text } from "whatsapp-api-js/messages";

const deliveries = JSON.parse(readFileSync("deliveries.json")).map((delivery) => JSON.stringify(delivery));
const sign = (body) => `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;

const sent = [];
const graph = createServer(async (request, answer) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const message = JSON.parse(body);
  if (message.type === "text") sent.push(`${message.recipient_type} ${message.to ?? message.recipient}`);
  answer.writeHead(200, { "Content-Type": "application/json" }).end('{"messages": [{"id": "wamid.9"}]}');
}).listen(0, "127.0.0.1");
await once(graph, "listening");
const here = `http://127.0.0.1:${graph.address().port}`;

const redirected = (url, options) => fetch(String(url).replace("https://graph.facebook.com", here), options);
const api = new WhatsAppAPI({ token: "t", appSecret: "app-secret", v: "v24.0", ponyfill: { fetch: redirected } });
api.on.message = ({ reply }) => reply(new Text("answer"));
for (const body of deliveries) await api.post(JSON.parse(body), body, sign(body));
console.log("whatsapp-api-js:", sent.splice(0).join(" | "));

const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: console.error, child: () => logger };
const whatsapp = createWhatsAppAdapter({
  accessToken: "t", appSecret: "app-secret", phoneNumberId: "106", verifyToken: "v", apiUrl: here, logger,
});
const bot = new Chat({ userName: "bot", adapters: { whatsapp }, state: createMemoryState(), logger });
const threads = new Set();
bot.onDirectMessage(async (thread) => {
  threads.add(thread.id);
  await thread.post("answer");
});
for (const body of deliveries) {
  const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": sign(body) };
  const tasks = [];
  await bot.webhooks.whatsapp(new Request("http://app.example/webhook", { method: "POST", body, headers }), {
    waitUntil: (task) => tasks.push(task),
  });
  await Promise.all(tasks);
}
console.log("Chat SDK:", sent.join(" | "), "| conversations:", ...threads);
process.exit(0);
JS

cat >answer.py <<'PY'
import http.server
import json
import pathlib
import threading
from types import SimpleNamespace

import httpx
from agno.agent import Agent
from agno.os.interfaces.whatsapp import helpers
from agno.os.interfaces.whatsapp.router import attach_routes
from agno.utils.log import set_log_level_to_error
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from pywa import WhatsApp

DELIVERIES = json.loads(pathlib.Path("deliveries.json").read_text())
sent = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note whom the answers are sent to."""

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if message.get("type") == "text":
            sent.append(f"{message.get('recipient_type', 'individual')} {message.get('to') or message['recipient']}")
        contacts = [{"input": message.get("to"), "wa_id": "15550000001", "user_id": "US.1"}]
        body = json.dumps({"contacts": contacts, "messages": [{"id": "wamid.9"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{graph.server_port}"

session = httpx.Client()
whatsapp = WhatsApp(phone_id="106", token="t", server=None, verify_token="v", validate_updates=False, session=session)
session.base_url = f"{here}/v25.0"
messages = []
whatsapp.on_message(lambda _, message: messages.append(message))
for delivery in DELIVERIES:
    whatsapp.webhook_update_handler(json.dumps(delivery).encode())
for message in messages:
    message.reply("answer")
messages[1].reply("for you alone", private=True)
print("pywa:", " | ".join(sent))
sent.clear()


class Echo(Agent):
    """Answer without a model, and note in which session."""

    sessions = []

    async def arun(self, text, *, session_id, **_):
        self.sessions.append(session_id)
        return SimpleNamespace(status="COMPLETED", content="answer", response_audio=None)


set_log_level_to_error()
helpers._BASE_URL = here
app = FastAPI()
echo = Echo(name="echo", id="echo")
app.include_router(attach_routes(APIRouter(), echo, access_token="t", phone_number_id="106", verify_token="v"))
client = TestClient(app)
for delivery in DELIVERIES:
    client.post("/webhook", json=delivery)
print("agno:", " | ".join(sent), "| conversations:", *sorted(set(echo.sessions)))
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true
seen=$(venv/bin/python answer.py 2>python.log; node answer.mjs)
expected='pywa: individual US.1 | individual US.1 | group Y2FwaV9ncm91cDox
agno: individual 15550000001 | individual 15550000001 | conversations: wa:echo:15550000001
whatsapp-api-js: individual 15550000001 | group Y2FwaV9ncm91cDox
Chat SDK: individual 15550000001 | individual 15550000001 | conversations: whatsapp:106:15550000001'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
