#!/usr/bin/env bash
# Libraries: chat 4.41.1 (Chat SDK) with @chat-adapter/whatsapp 4.41.1 and @chat-adapter/state-memory 4.41.0 (Node).
#
# One would guess: of a WhatsApp delivery that is answered with 200, every text message reaches the handler, sooner or
# later. The adapter loops over all entries, changes and messages.
#
# What happens: the adapter starts the handling of all messages at once, and for the Chat SDK a conversation is locked
# while a handler runs. A message that finds the lock taken is dropped (the default, documented): of three messages in
# one delivery one is heard, and of two deliveries in quick succession the first, always with 200. With
# concurrency: "queue" the handler is called with the last message, and gets the others as context.skipped;
# "concurrent" calls it for each.
#
# Why it matters: people write in bursts, and Meta batches what arrives together. A message that was acknowledged is not
# sent again, so that the question is gone, except for a LockError in the log. A replay of a single message works.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts chat@4.41.1 @chat-adapter/whatsapp@4.41.1 \
  @chat-adapter/state-memory@4.41.0 >>npm.log

cat >deliver.mjs <<'JS'
import { createHmac } from "node:crypto";
import { createMemoryState } from "@chat-adapter/state-memory";
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { Chat } from "chat";

function message(text) {
  const person = { from: "15550000001", from_user_id: "US.1" };
  return { ...person, id: `wamid.${text}`, timestamp: "1700000001", type: "text", text: { body: text } };
}

function delivery(...texts) {
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550000000", phone_number_id: "106" },
    contacts: [{ profile: { name: "Ada" }, wa_id: "15550000001", user_id: "US.1" }],
    messages: texts.map(message),
  };
  const entry = [{ id: "102", changes: [{ field: "messages", value }] }];
  const body = JSON.stringify({ object: "whatsapp_business_account", entry });
  const signature = `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
  const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": signature };
  return new Request("http://app.example/webhook", { method: "POST", body, headers });
}

/** Hand the deliveries to a new bot, one after the other has been answered, and print which texts its handler gets. */
async function deliver(name, options, ...deliveries) {
  const refusals = [];
  const quiet = () => {};
  const error = (_, { error: refusal }) => refusals.push(refusal.name);
  const logger = { debug: quiet, info: quiet, warn: quiet, error, child: () => logger };
  const whatsapp = createWhatsAppAdapter({
    accessToken: "t", appSecret: "app-secret", phoneNumberId: "106", verifyToken: "v", logger,
  });
  const bot = new Chat({ userName: "bot", adapters: { whatsapp }, state: createMemoryState(), logger, ...options });
  const heard = [];
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  bot.onDirectMessage(async (thread, { text }, channel, context) => {
    heard.push([...(context?.skipped ?? []).map((skipped) => `(${skipped.text})`), text].join(" "));
    await finished;
  });
  const tasks = [];
  const codes = [];
  for (const request of deliveries) {
    const { status } = await bot.webhooks.whatsapp(request, { waitUntil: (task) => tasks.push(task) });
    codes.push(status);
  }
  // Every message has met the lock by now, as the handler is not done before this.
  setTimeout(finish, 500);
  await Promise.allSettled(tasks);
  console.log(`${name}: ${codes.join(" ")}, heard ${heard.join(" | ")}`, ...refusals);
}

await deliver("one message", {}, delivery("one"));
await deliver("three in one delivery", {}, delivery("one", "two", "three"));
await deliver("two deliveries", {}, delivery("one"), delivery("two"));
await deliver("three, queue", { concurrency: "queue" }, delivery("one", "two", "three"));
await deliver("three, concurrent", { concurrency: "concurrent" }, delivery("one", "two", "three"));
process.exit(0);
JS

seen=$(node deliver.mjs)
expected='one message: 200, heard one
three in one delivery: 200, heard one LockError LockError
two deliveries: 200 200, heard one LockError
three, queue: 200, heard one | (two) three
three, concurrent: 200, heard one | two | three'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
