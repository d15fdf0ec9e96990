#!/usr/bin/env bash
# Libraries: chat 4.41.1 (Chat SDK) with @chat-adapter/whatsapp 4.41.1 and @chat-adapter/state-memory 4.41.0 (Node).
#
# One would guess: the adapter translates Markdown, which is what models write, to WhatsApp's *bold* and _italic_, and
# leaves alone what has no formatting in it: a price, a code, an address.
#
# What happens: the text is parsed as Markdown and written as Markdown again, with the two marks exchanged. Whatever
# could be taken for Markdown is escaped. WhatsApp knows no escapes, so that the person reads them:
# - a backslash before asterisks, underscores, tildes, and brackets: a discount code SAVE_10_ is SAVE_10\_.
# - numbers as character references, where an asterisk stands between them: 5*3*2 is &#x35;_&#x33;_&#x32;.
# - a web address in angle brackets, one that begins with www twice, and a link as Markdown has it.
# It is so for { markdown } and for a stream, as a model gives it. A plain string is sent as it is.
#
# Why it matters: a code is copied with its backslash and is refused, a price and a measure cannot be read. On platforms
# that read Markdown the same bot is right, and a log of what the model said shows nothing of it.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts chat@4.41.1 @chat-adapter/whatsapp@4.41.1 \
  @chat-adapter/state-memory@4.41.0 >>npm.log

cat >texts.json <<'JSON'
[
  "**Thanks!**",
  "Use the code SAVE_10_",
  "3 * 4.50, about ~14 in all",
  "The room is 5*3*2 m",
  "Pay at https://pay.example/i?id=7",
  "Pay at www.pay.example/i",
  "[Pay](https://pay.example/i)",
  "See [1]"
]
JSON

cat >say.mjs <<'JS'
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createMemoryState } from "@chat-adapter/state-memory";
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { Chat } from "chat";

const sent = [];
const graph = createServer(async (request, answer) => {
  let body = "";
  for await (const part of request) body += part;
  const message = JSON.parse(body);
  if (message.type === "text") sent.push(message.text.body);
  answer.writeHead(200, { "Content-Type": "application/json" }).end('{"messages": [{"id": "wamid.9"}]}');
});
graph.listen(0, "127.0.0.1");
await once(graph, "listening");

const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: console.error, child: () => logger };
const apiUrl = `http://127.0.0.1:${graph.address().port}`;
const secrets = { accessToken: "t", appSecret: "app-secret", verifyToken: "v", phoneNumberId: "106" };
const adapters = { whatsapp: createWhatsAppAdapter({ ...secrets, apiUrl, logger }) };
const bot = new Chat({ userName: "bot", adapters, state: createMemoryState(), logger });

let text;
async function* stream() {
  yield text;
}
bot.onDirectMessage(async (thread) => {
  await thread.post(text);
  await thread.post({ markdown: text });
  await thread.post(stream());
});

async function ask(id) {
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550000000", phone_number_id: "106" },
    contacts: [{ profile: { name: "Ada" }, wa_id: "15550000001" }],
    messages: [{ from: "15550000001", id, timestamp: "1700000001", type: "text", text: { body: "?" } }],
  };
  const entry = [{ id: "102", changes: [{ field: "messages", value }] }];
  const body = JSON.stringify({ object: "whatsapp_business_account", entry });
  const signature = `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
  const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": signature };
  const tasks = [];
  const request = new Request("http://app.example/webhook", { method: "POST", body, headers });
  await bot.webhooks.whatsapp(request, { waitUntil: (task) => tasks.push(task) });
  await Promise.all(tasks);
}

for (const [index, one] of JSON.parse(readFileSync("texts.json")).entries()) {
  text = one;
  await ask(`wamid.${index}`);
  const [plain, markdown, streamed] = sent.splice(0);
  console.log(`${plain === text ? text : "CHANGED"} -> ${markdown}${streamed === markdown ? "" : ` (${streamed})`}`);
}
process.exit(0);
JS

seen=$(node say.mjs)
expected='**Thanks!** -> *Thanks!*
Use the code SAVE_10_ -> Use the code SAVE_10\_
3 * 4.50, about ~14 in all -> 3 \* 4.50, about \~14 in all
The room is 5*3*2 m -> The room is &#x35;_&#x33;_&#x32; m
Pay at https://pay.example/i?id=7 -> Pay at <https://pay.example/i?id=7>
Pay at www.pay.example/i -> Pay at [www.pay.example/i](http://www.pay.example/i)
[Pay](https://pay.example/i) -> [Pay](https://pay.example/i)
See [1] -> See \[1]'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
