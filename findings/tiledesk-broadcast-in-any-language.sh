#!/usr/bin/env bash
# Library: @tiledesk/tiledesk-whatsapp-jobworker 0.0.13 (Node), which sends Tiledesk's WhatsApp broadcasts from a queue.
#
# One would guess: a job that names a template and its language sends it in that language, to all who are on its list,
# and is acknowledged to RabbitMQ when that is done. For that the worker takes one job at a time (prefetch 1).
#
# What happens:
# - of Meta's list of templates the first that has the name is sent. A template has its translations under one name, so
#   that the language is that of whichever comes first. The language in the job is not looked at.
# - the job is acknowledged when the list of templates has come, before the first message is sent. What is still to be
#   sent is in the memory of the worker, and is lost when it is restarted. Any number of jobs are sent at once.
# - a message whose answer does not come back ends the broadcast, as what notes the error looks for it in the answer.
#   The worker lives on, as its logger keeps it from ending.
#
# Why it matters: everybody on the list reads German, and the message is billed. Or some do not get it, and nobody can
# tell who: the queue is empty, and the broadcast is "pending" for good. Sending it again bills the others twice.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API, without a database.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @tiledesk/tiledesk-whatsapp-jobworker@0.0.13 >>npm.log

cat >broadcast.cjs <<'JS'
const { EventEmitter, once } = require("node:events");
const { createServer } = require("node:http");

const BODY = { type: "BODY", example: { body_text: [["Ada"]] } };
const TEMPLATES = ["de", "en_US"].map((language) => ({ name: "order_ready", language, components: [BODY] }));
const receivers = ["15550000001", "15550000002", "15550000003"].map((phone_number) => ({
  phone_number,
  body_params: [{ type: "text", text: "Ada" }],
}));
const payload = {
  settings: { project_id: "p", wab_token: "t", waba_id: "102", token: "JWT t" },
  template: { name: "order_ready", language: "en_US" },
  receiver_list: receivers,
  phone_number_id: "106",
  transaction_id: "tx",
};
const ear = new EventEmitter();
const sent = [];
let lost;

const graph = createServer(async (request, answer) => {
  let body = "";
  for await (const part of request) body += part;
  answer.setHeader("Content-Type", "application/json");
  if (request.url.includes("message_templates")) return answer.end(JSON.stringify({ data: TEMPLATES }));
  if (!request.url.includes("/messages")) return answer.end("{}");
  const { to, template } = JSON.parse(body);
  sent.push(`${to} ${template.language.code}`);
  if (to === lost) return request.socket.destroy();
  answer.end(JSON.stringify({ messages: [{ id: `wamid.${to}`, message_status: "accepted" }] }));
  if (to === receivers.at(-1).phone_number) ear.emit("end", "sent to all");
});

async function main() {
  graph.listen(0, "127.0.0.1");
  await once(graph, "listening");
  const here = `http://127.0.0.1:${graph.address().port}/`;
  Object.assign(process.env, { GRAPH_URL: here, API_URL: here, BASE_FILE_URL: here, WHATSAPP_LOG: "error" });
  const worker = "@tiledesk/tiledesk-whatsapp-jobworker/jobs-worker-queue-manager/queueManagerClassV2";
  const queue = new (require(worker))("amqp://localhost");
  process.on("uncaughtException", (error) => ear.emit("end", error.message));
  const say = (...words) => console.log("SEEN", ...words);
  const ack = () => say(`acknowledged with ${sent.splice(0).length} messages sent`);
  for (lost of [undefined, "15550000002"]) {
    say(lost ? `answer for ${lost} lost` : "all answers arrive");
    const end = once(ear, "end");
    await queue.processMsg3({ content: Buffer.from(JSON.stringify({ payload })) }, { ack });
    const [how] = await end;
    say(`${sent.splice(0).join(", ")}: ${how}`);
  }
  process.exit(0);
}

main();
JS

seen=$(node broadcast.cjs 2>node.log | sed -n 's/^SEEN //p')
expected="all answers arrive
acknowledged with 0 messages sent
15550000001 de, 15550000002 de, 15550000003 de: sent to all
answer for 15550000002 lost
acknowledged with 0 messages sent
15550000001 de, 15550000002 de: Cannot read properties of undefined (reading 'data')"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
