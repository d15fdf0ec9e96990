#!/usr/bin/env bash
# Libraries: @builderbot/provider-meta 1.2.2 with @builderbot/bot 1.3.13 (Node).
#
# One would guess: a bot that is told that one of its messages failed logs that, and answers 200, as the notification
# itself is sound. And of two messages in one delivery each has its own id.
#
# What happens:
# - a delivery with a failed status anywhere in it is answered 400, with the reason in the body, before its messages are
#   looked at. A person's message in the same delivery is not heard, and it is not heard when Meta repeats the delivery
#   either, as the answer is the same each time. Statuses of other kinds are answered 200.
# - the id and the time of each message of a delivery are those of its first message. The name is that of the first
#   contact: Bob's message arrives as the one of Ada, under the id of Ada's.
#
# Why it matters: numbers without WhatsApp, closed windows and limits make failures an everyday thing. Meta repeats what
# is not answered 200 for up to seven days, and each repeat raises the alarm again. A handler that keeps the ids it has
# seen, as Meta asks for, takes Bob's message for a repeat of Ada's.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @builderbot/provider-meta@1.2.2 @builderbot/bot@1.3.13 \
  axios@1.21.1 >>npm.log

cat >deliver.cjs <<'JS'
const { EventEmitter, once } = require("node:events");
const http = require("node:http");
const axios = require("axios");
const { createProvider } = require("@builderbot/bot");
const { MetaProvider } = require("@builderbot/provider-meta");

const text = (from, number, body) => ({
  from,
  from_user_id: `US.${number}`,
  id: `wamid.${number}`,
  timestamp: `170000000${number}`,
  type: "text",
  text: { body },
});
const status = (kind, more = {}) => ({
  id: "wamid.9",
  status: kind,
  timestamp: "1700000009",
  recipient_id: "15550000003",
  ...more,
});
const failed = status("failed", {
  errors: [{ code: 131026, title: "Message undeliverable", error_data: { details: "Not on WhatsApp." } }],
});
const contact = (name, number) => ({ profile: { name }, wa_id: `1555000000${number}`, user_id: `US.${number}` });
const change = (more) => ({
  field: "messages",
  value: {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550000000", phone_number_id: "106" },
    ...more,
  },
});
const ada = { contacts: [contact("Ada", 1)], messages: [text("15550000001", 1, "hello")] };
const both = {
  contacts: [contact("Ada", 1), contact("Bob", 2)],
  messages: [text("15550000001", 1, "one"), text("15550000002", 2, "two")],
};
const DELIVERIES = {
  "a message": [change(ada)],
  "a delivered status": [change({ statuses: [status("delivered")] })],
  "a failed status": [change({ statuses: [failed] })],
  "a message and a failed status": [change(ada), change({ statuses: [failed] })],
  "two people's messages": [change(both)],
};

/** Serve on a free port of loopback. */
async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

async function main() {
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
  let alarms = 0;
  provider.on("message", (message) => {
    heard.push(message);
    ear.emit("message");
  });
  provider.on("notice", ({ title }) => (alarms += title.includes("META ALERT")));
  provider.on("ready", () => ear.emit("ready"));
  provider.initAll(port, {});
  await once(ear, "ready");

  for (const [name, changes] of Object.entries(DELIVERIES)) {
    heard.length = 0;
    alarms = 0;
    const expected = changes.flatMap(({ value }) => value.messages ?? []).length;
    const body = JSON.stringify({ object: "whatsapp_business_account", entry: [{ id: "102", changes }] });
    const headers = { "Content-Type": "application/json", Connection: "close" };
    const answer = await fetch(`http://127.0.0.1:${port}/webhook`, { method: "POST", headers, body });
    while (answer.ok && heard.length < expected) await once(ear, "message");
    const seen = heard.map((message) => `${message.name} ${message.message_id} "${message.body}"`);
    console.log(`${name}: ${answer.status}, ${alarms} alarms, heard ${seen.join(", ") || "nothing"}`);
  }
  provider.server.server.close();
  graph.closeAllConnections();
  graph.close();
}

main();
JS

seen=$(node deliver.cjs)
expected='a message: 200, 0 alarms, heard Ada wamid.1 "hello"
a delivered status: 200, 0 alarms, heard nothing
a failed status: 400, 1 alarms, heard nothing
a message and a failed status: 400, 1 alarms, heard nothing
two people'"'"'s messages: 200, 0 alarms, heard Ada wamid.1 "one", Ada wamid.1 "two"'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
