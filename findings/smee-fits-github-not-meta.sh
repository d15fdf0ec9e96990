#!/usr/bin/env bash
# Library: smee-client 5.0.0 (Node), fed by a stand-in for the smee channel (server-sent events, a parsed body inside).
#
# One would guess: smee, which carries GitHub's webhooks to localhost with signatures that still verify, does the same
# for Meta's, whose X-Hub-Signature-256 is computed in the same way.
#
# What happens: a smee channel carries the body as parsed JSON, and smee-client sends JSON.stringify of it. GitHub
# writes compact JSON in plain UTF-8, which is just what JSON.stringify gives, so nobody notices. Meta escapes slashes
# and all that is not ASCII (\/ and \u00e9), and signs those bytes; they cannot be had back from the parsed body. The
# signature holds for a message like "hello" and breaks for the next one with an accent, an emoji or a link.
#
# Why it matters: it looks like a fault that comes and goes in one's own verification, and it is tempting to turn the
# check off for local work.
#
# Seen on 2026-11-29: the output below, "true" where the target found the signature right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts smee-client@5.0.0 >>npm.log

cat >relay.mjs <<'JS'
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import SmeeClient from "smee-client";

const sign = (bytes) => `sha256=${createHmac("sha256", "secret").update(bytes).digest("hex")}`;
const target = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.end();
  target.emit("delivered", request.headers["x-hub-signature-256"] === sign(Buffer.concat(chunks)));
});
let channel;
const source = createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(": ready\n\n");
  channel = response;
});
for (const server of [target, source]) await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

const address = (server) => `http://127.0.0.1:${server.address().port}/`;
const logger = { info() {}, error: console.error };
const client = new SmeeClient({ source: address(source) + "channel", target: address(target), logger });
await client.start();

const bodies = {
  "GitHub, accent and link": '{"action":"opened","issue":{"title":"café","url":"https://example.org/1"}}',
  "Meta, plain text": '{"object":"page","entry":[{"id":"1","messaging":[{"message":{"text":"hello"}}]}]}',
  "Meta, accent": String.raw`{"object":"page","entry":[{"id":"1","messaging":[{"message":{"text":"caf\u00e9"}}]}]}`,
  "Meta, link": String.raw`{"object":"page","entry":[{"id":"1","messaging":[{"message":{"text":"https:\/\/example.org"}}]}]}`,
};
for (const [name, text] of Object.entries(bodies)) {
  const arrived = once(target, "delivered");
  const event = { "x-hub-signature-256": sign(text), body: JSON.parse(text), query: {}, timestamp: 1700000000000 };
  channel.write(`data: ${JSON.stringify(event)}\n\n`);
  console.log(`${name}:`, (await arrived)[0]);
}
await client.stop();
process.exit(0);
JS

seen=$(node relay.mjs)
expected='GitHub, accent and link: true
Meta, plain text: true
Meta, accent: false
Meta, link: false'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
