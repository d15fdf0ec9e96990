#!/usr/bin/env bash
# Library: whatsapp-api-js 6.3.0 (Node), its middleware for node:http.
#
# One would guess: a notification of a field that the SDK does not handle is ignored and acknowledged. The library
# means to: after its known fields it has an "Unexpected payload" error that carries the status 200.
#
# What happens: before it looks at the field it reads value.metadata.phone_number_id. Only the fields of a phone number
# (messages, calls and their like) carry metadata; message_template_status_update, account_update and the other fields
# of a business account do not. The read raises a TypeError, and the middleware answers 500 to a sound, signed delivery.
#
# Why it matters: Meta takes 500 for "try again": it repeats the same delivery, less and less often, for up to seven
# days, and a subscription that keeps failing can be turned off, messages included. Subscribing such an app to one
# more field in the dashboard is enough.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts whatsapp-api-js@6.3.0 >>npm.log

cat >deliver.mjs <<'JS'
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/node-http";

const api = new WhatsAppAPI({ token: "t", appSecret: "app-secret", webhookVerifyToken: "v", v: "v24.0" });
const server = createServer(async (request, response) => {
  response.statusCode = await api.handle_post(request);
  response.end();
}).listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));

async function deliver(field, value) {
  const entry = [{ id: "102", time: 1700000000, changes: [{ field, value }] }];
  const body = JSON.stringify({ object: "whatsapp_business_account", entry });
  const signature = `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
  const { status } = await fetch(`http://127.0.0.1:${server.address().port}/`, {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", "X-Hub-Signature-256": signature, Connection: "close" },
  });
  console.log(field, status);
}

const metadata = { display_phone_number: "15550000000", phone_number_id: "106" };
await deliver("smb_message_echoes", { messaging_product: "whatsapp", metadata, message_echoes: [] });
await deliver("message_template_status_update", {
  event: "APPROVED",
  message_template_id: 1234567890,
  message_template_name: "order_ready",
  message_template_language: "en_US",
  reason: "NONE",
});
await deliver("account_update", { event: "VERIFIED_ACCOUNT", phone_number: "15550000000" });
server.close();
JS

seen=$(node deliver.mjs)
expected='smb_message_echoes 200
message_template_status_update 500
account_update 500'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
