#!/usr/bin/env bash
# Libraries: pywa 4.5.0, python-whatsapp-bot 2.0.3, agno 3.1.10 (Python); whatsapp-api-js 6.3.0, chat 4.41.1 (Chat SDK)
# with @chat-adapter/whatsapp 4.41.1 and @chat-adapter/state-memory 4.41.0, @builderbot/provider-meta 1.2.2 with
# @builderbot/bot 1.3.13 (Node).
#
# One would guess: a bot that is set up for one number of a business takes what is sent to this number, or answers from
# the number that was written to. Meta has one callback URL for an app and all of its numbers, the test number too, and
# names the number in each notification's metadata.
#
# What happens, when Ada writes to the bot's number, 106, and then to another of the app's numbers, 107:
# - pywa and python-whatsapp-bot pass over the second. pywa with filter_updates=False, and whatsapp-api-js, answer it
#   from 107.
# - agno, the Chat SDK and BuilderBot answer both from 106. For agno it is one conversation. For the Chat SDK it is two,
#   and it sends the answer of whatsapp:107 from 106 all the same.
#
# Why it matters: Ada has asked support and is answered by sales, in another chat, with what she told support. If she
# has not written to sales that day, Meta refuses the answer, as the 24 hours are counted for each number, and support
# seems dead. With one number, which is what a bot is tried out with, there is nothing to be seen.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts whatsapp-api-js@6.3.0 chat@4.41.1 \
  @chat-adapter/whatsapp@4.41.1 @chat-adapter/state-memory@4.41.0 @builderbot/provider-meta@1.2.2 \
  @builderbot/bot@1.3.13 axios@1.21.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pywa==4.5.0' 'agno==3.1.10' 'fastapi==0.141.1' \
  'httpx==0.28.1' 'python-whatsapp-bot==2.0.3'

cat >deliveries.json <<'JSON'
[
  {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000006", "phone_number_id": "106"},
    "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
    "messages": [{"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001",
      "type": "text", "text": {"body": "to sales"}}]}}]}]},
  {"object": "whatsapp_business_account", "entry": [{"id": "103", "changes": [{"field": "messages", "value": {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550000007", "phone_number_id": "107"},
    "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
    "messages": [{"from": "15550000001", "from_user_id": "US.1", "id": "wamid.2", "timestamp": "1700000002",
      "type": "text", "text": {"body": "to support"}}]}}]}]}
]
JSON

cat >answer.cjs <<'JS'
const { createHmac } = require("node:crypto");
const { EventEmitter, once } = require("node:events");
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");
const axios = require("axios");
const { createProvider } = require("@builderbot/bot");
const { MetaProvider } = require("@builderbot/provider-meta");

const deliveries = JSON.parse(readFileSync("deliveries.json")).map((delivery) => JSON.stringify(delivery));
const sign = (body) => `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
const graph = new EventEmitter();
const answers = [];

/** Serve on a free port of loopback. */
async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

function show(name, more = "") {
  console.log(`${name}: ${answers.splice(0).join(", ")}${more}`);
}

async function whatsappApiJs(here) {
  const { WhatsAppAPI } = await import("whatsapp-api-js");
  const { Text } = await import("whatsapp-api-js/messages");
  const redirected = (url, options) => fetch(String(url).replace("https://graph.facebook.com", here), options);
  const api = new WhatsAppAPI({ token: "t", appSecret: "app-secret", v: "v24.0", ponyfill: { fetch: redirected } });
  api.on.message = ({ message, reply }) => reply(new Text(message.text.body));
  for (const body of deliveries) await api.post(JSON.parse(body), body, sign(body));
  show("whatsapp-api-js");
}

async function chatSdk(apiUrl) {
  const { createMemoryState } = await import("@chat-adapter/state-memory");
  const { createWhatsAppAdapter } = await import("@chat-adapter/whatsapp");
  const { Chat } = await import("chat");
  const quiet = () => {};
  const logger = { debug: quiet, info: quiet, warn: quiet, error: console.error, child: () => logger };
  const secrets = { accessToken: "t", appSecret: "app-secret", verifyToken: "v" };
  const whatsapp = createWhatsAppAdapter({ ...secrets, phoneNumberId: "106", apiUrl, logger });
  const bot = new Chat({ userName: "bot", adapters: { whatsapp }, state: createMemoryState(), logger });
  const threads = new Set();
  bot.onDirectMessage(async (thread, message) => {
    threads.add(thread.id);
    await thread.post(message.text);
  });
  for (const body of deliveries) {
    const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": sign(body) };
    const tasks = [];
    const request = new Request("http://app.example/webhook", { method: "POST", body, headers });
    await bot.webhooks.whatsapp(request, { waitUntil: (task) => tasks.push(task) });
    await Promise.all(tasks);
  }
  show("Chat SDK", `; conversations ${[...threads].join(" ")}`);
}

async function builderBot(here) {
  axios.interceptors.request.use((request) => {
    request.url = request.url.replace("https://graph.facebook.com", here);
    return request;
  });
  const free = createServer();
  const port = await listen(free);
  free.close();
  await once(free, "close");
  const provider = createProvider(MetaProvider, { jwtToken: "t", numberId: "106", verifyToken: "v", version: "v24.0" });
  const ear = new EventEmitter();
  provider.on("ready", () => ear.emit("ready"));
  provider.on("message", ({ from, body }) => provider.sendMessage(from, body, {}));
  provider.initAll(port, {});
  await once(ear, "ready");
  for (const body of deliveries) {
    const answered = once(graph, "message");
    const headers = { "Content-Type": "application/json", Connection: "close" };
    await fetch(`http://127.0.0.1:${port}/webhook`, { method: "POST", headers, body });
    await answered;
  }
  show("BuilderBot");
}

async function main() {
  const server = createServer(async (request, answer) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    answer.writeHead(200, { "Content-Type": "application/json" }).end('{"messages": [{"id": "wamid.9"}]}');
    const message = body && JSON.parse(body);
    if (message.type !== "text") return;
    answers.push(`"${message.text.body}" by ${request.url.split("/").at(-2)}`);
    graph.emit("message");
  });
  const here = `http://127.0.0.1:${await listen(server)}`;
  await whatsappApiJs(here);
  await chatSdk(here);
  await builderBot(here);
  process.exit(0);
}

main();
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
from python_whatsapp_bot import Whatsapp
from pywa import WhatsApp

DELIVERIES = json.loads(pathlib.Path("deliveries.json").read_text())
answers = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note which number sends what."""

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if message.get("type") == "text":
            answers.append(f'"{message["text"]["body"]}" by {self.path.split("/")[-2]}')
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


def show(name, more=""):
    print(f"{name}: {', '.join(answers)}{more}")
    answers.clear()


def with_pywa(**options):
    session = httpx.Client()
    options |= {"server": None, "verify_token": "v", "validate_updates": False, "session": session}
    whatsapp = WhatsApp(phone_id="106", token="t", **options)
    session.base_url = f"{here}/v25.0"
    messages = []
    whatsapp.on_message(lambda _, message: messages.append(message))
    for delivery in DELIVERIES:
        whatsapp.webhook_update_handler(json.dumps(delivery).encode())
    for message in messages:
        message.reply(message.text)


with_pywa()
show("pywa")
with_pywa(filter_updates=False)
show("pywa, filter_updates=False")

bot = Whatsapp("106", "t", mark_as_read=False)
bot.msg_url = f"{here}/v21.0/106/messages"
bot.on_message()(lambda update, context: bot.reply_message(update.user_phone_number, update.message_text))
for delivery in DELIVERIES:
    bot.process_update(delivery)
show("python-whatsapp-bot")


class Echo(Agent):
    """Answer without a model, and note in which session."""

    sessions = set()

    async def arun(self, text, *, session_id, **_):
        self.sessions.add(session_id)
        return SimpleNamespace(status="COMPLETED", content=text, response_audio=None)


set_log_level_to_error()
helpers._BASE_URL = here
app = FastAPI()
echo = Echo(name="echo", id="echo")
app.include_router(attach_routes(APIRouter(), echo, access_token="t", phone_number_id="106", verify_token="v"))
client = TestClient(app)
for delivery in DELIVERIES:
    client.post("/webhook", json=delivery)
show("agno", f"; conversations {' '.join(sorted(echo.sessions))}")
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true
seen=$(venv/bin/python answer.py 2>python.log; node answer.cjs)
expected='pywa: "to sales" by 106
pywa, filter_updates=False: "to sales" by 106, "to support" by 107
python-whatsapp-bot: "to sales" by 106
agno: "to sales" by 106, "to support" by 106; conversations wa:echo:15550000001
whatsapp-api-js: "to sales" by 106, "to support" by 107
Chat SDK: "to sales" by 106, "to support" by 106; conversations whatsapp:106:15550000001 whatsapp:107:15550000001
BuilderBot: "to sales" by 106, "to support" by 106'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
