#!/usr/bin/env bash
# Library: botbuilder-adapter-facebook 1.0.12, Botkit's adapter (Node), with request 2.88.2, which it needs but does not
# name as a dependency.
#
# One would guess: the adapter handles standby events (another app of the Page owns the conversation) and Page changes:
# its source has a branch for entry.standby, which marks them, and one for entry.changes.
#
# What happens: the standby branch comes after a loop over entry.messaging or entry.changes. Meta sends standby events
# in an entry that has neither, so processActivity rejects with a TypeError before it gets there, answers nothing, and
# the bot never hears of the event. An entry with changes is taken for a list of messages: it rejects for want of a
# sender.
#
# Why it matters: with handover turned on for the Page, or one more field subscribed for the app, deliveries that are
# sound and rightly signed fail, and a webhook that keeps failing is disabled by Meta for all fields.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts botbuilder-adapter-facebook@1.0.12 request@2.88.2 >>npm.log

cat >deliver.js <<'JS'
const { createHmac } = require("node:crypto");
const { FacebookAdapter } = require("botbuilder-adapter-facebook");

const adapter = new FacebookAdapter({ verify_token: "v", app_secret: "app-secret", access_token: "t" });

async function deliver(name, entry) {
  const rawBody = JSON.stringify({ object: "page", entry: [{ id: "2", time: 1700000000000, ...entry }] });
  const signature = `sha1=${createHmac("sha1", "app-secret").update(rawBody).digest("hex")}`;
  const request = { rawBody, body: JSON.parse(rawBody), headers: { "x-hub-signature": signature } };
  let answer = "no answer";
  const response = { status: (code) => (answer = code), end() {} };
  let heard = 0;
  const outcome = await adapter.processActivity(request, response, async () => (heard += 1)).then(
    () => "ok",
    (error) => error.name,
  );
  console.log(`${name}: ${heard} heard, ${answer}, ${outcome}`);
}

const message = { sender: { id: "1" }, recipient: { id: "2" }, timestamp: 1700000000000, message: { mid: "m", text: "hi" } };
const comment = { field: "feed", value: { item: "comment", verb: "add", post_id: "2_3", comment_id: "3_4", message: "hi" } };

async function main() {
  await deliver("messaging", { messaging: [message] });
  await deliver("standby", { standby: [message] });
  await deliver("changes", { changes: [comment] });
}

main();
JS

seen=$(node --no-deprecation deliver.js)
expected='messaging: 1 heard, 200, ok
standby: 0 heard, no answer, TypeError
changes: 0 heard, no answer, TypeError'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
