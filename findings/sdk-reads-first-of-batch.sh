#!/usr/bin/env bash
# Libraries: whatsapp-api-js 6.3.0, whatsappcloudapi_wrapper 1.0.16, @kapso/whatsapp-cloud-api 0.3.0 (Node),
# heyoo 0.1.2, fbmessenger 6.0.0 (Python).
#
# One would guess: an SDK's webhook handler calls back once for each message of a delivery. Meta documents that it
# batches: several entries in a body, several changes in an entry, several messages in a change.
#
# What happens: four of these five read entry[0], changes[0], messages[0] and say nothing about the rest. For
# whatsapp-api-js that is its own handle_post, signature check and all: it answers 200, so Meta never sends the other
# messages again. fbmessenger has loops, but returns out of them with the first event. Only kapso's sees all four.
#
# Why it matters: batches come when traffic is high or after an outage, that is never on a developer's machine. A
# forwarder or replay tool that acknowledges for such an app loses three of four messages without a trace.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts whatsapp-api-js@6.3.0 whatsappcloudapi_wrapper@1.0.16 \
  @kapso/whatsapp-cloud-api@0.3.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'heyoo==0.1.2' 'fbmessenger==6.0.0' 'six==1.17.0'

cat >whatsapp.json <<'JSON'
{"object": "whatsapp_business_account", "entry": [
  {"id": "102", "changes": [
    {"field": "messages", "value": {"messaging_product": "whatsapp",
      "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
      "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
      "messages": [
        {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.1", "timestamp": "1700000001", "type": "text", "text": {"body": "one"}},
        {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.2", "timestamp": "1700000002", "type": "text", "text": {"body": "two"}}]}},
    {"field": "messages", "value": {"messaging_product": "whatsapp",
      "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
      "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
      "messages": [
        {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.3", "timestamp": "1700000003", "type": "text", "text": {"body": "three"}}]}}]},
  {"id": "102", "changes": [
    {"field": "messages", "value": {"messaging_product": "whatsapp",
      "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
      "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
      "messages": [
        {"from": "15550000001", "from_user_id": "US.1", "id": "wamid.4", "timestamp": "1700000004", "type": "text", "text": {"body": "four"}}]}}]}]}
JSON

cat >read.mjs <<'JS'
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { normalizeWebhook } from "@kapso/whatsapp-cloud-api/server";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/node-http";

const text = readFileSync("whatsapp.json");
const delivery = () => JSON.parse(text);

const Wrapper = createRequire(import.meta.url)("whatsappcloudapi_wrapper");
const wrapper = new Wrapper({ accessToken: "t", senderPhoneNumberId: "106", WABA_ID: "102" });
console.log("whatsappcloudapi_wrapper:", wrapper.parseMessage(delivery()).message.message_id);

console.log("kapso:", normalizeWebhook(delivery()).messages.map(({ id }) => id).join(" "));

const heard = [];
const api = new WhatsAppAPI({ token: "t", appSecret: "app-secret", webhookVerifyToken: "v", v: "v24.0" });
api.on.message = ({ message }) => heard.push(message.id);
const server = createServer(async (request, response) => {
  response.statusCode = await api.handle_post(request);
  response.end();
}).listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));
const signature = `sha256=${createHmac("sha256", "app-secret").update(text).digest("hex")}`;
const { status } = await fetch(`http://127.0.0.1:${server.address().port}/`, {
  method: "POST",
  body: text,
  headers: { "Content-Type": "application/json", "X-Hub-Signature-256": signature, Connection: "close" },
});
console.log("whatsapp-api-js:", heard.join(" "), "answered", status);
server.close();
JS

cat >read.py <<'PY'
import json
import pathlib

from fbmessenger import BaseMessenger
from heyoo import WhatsApp

body = json.loads(pathlib.Path("whatsapp.json").read_text())
print("heyoo:", WhatsApp("t", phone_number_id="106").get_message_id(body))


class Messenger(BaseMessenger):
    heard = []

    def message(self, message):
        self.heard.append(message["message"]["mid"])


def event(mid):
    return {"sender": {"id": "1"}, "recipient": {"id": "2"}, "message": {"mid": mid, "text": mid}}


entries = [{"id": "2", "messaging": [event("m1"), event("m2")]}, {"id": "2", "messaging": [event("m3"), event("m4")]}]
Messenger("t").handle({"object": "page", "entry": entries})
print("fbmessenger:", *Messenger.heard)
PY

seen=$(node read.mjs; venv/bin/python read.py)
expected='whatsappcloudapi_wrapper: wamid.1
kapso: wamid.1 wamid.2 wamid.3 wamid.4
whatsapp-api-js: wamid.1 answered 200
heyoo: wamid.1
fbmessenger: m1'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
