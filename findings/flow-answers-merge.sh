#!/usr/bin/env bash
# Library: @kapso/whatsapp-cloud-api 0.3.0 (Node), normalizeWebhook.
#
# One would guess: "normalize" renames Meta's keys to camelCase, leaves alone what a business named itself, and keeps
# the delivery as it came under "raw".
#
# What happens: every key is renamed at every depth, the fields of one's own Flow among them: "screen_0_name_1" is
# "screen0Name1" afterwards. The renaming is not one to one, so two answers can become one: with fields "line_1" and
# "line1" only the later one is left. "raw" is renamed as well. What the person typed is unharmed only inside the string
# responseJson.
#
# Why it matters: answers are looked up by the names in one's Flow JSON and are undefined, or belong to another field;
# and "raw" can be neither verified, nor stored, nor replayed in place of the body.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @kapso/whatsapp-cloud-api@0.3.0 >>npm.log

cat >normalize.mjs <<'JS'
import { normalizeWebhook } from "@kapso/whatsapp-cloud-api/server";

const answers = { flow_token: "t", screen_0_name_1: "Ada", line_1: "12 High Street", line1: "Second floor" };
const message = {
  from: "15550000001",
  from_user_id: "US.1",
  id: "wamid.1",
  timestamp: "1700000001",
  type: "interactive",
  interactive: {
    type: "nfm_reply",
    nfm_reply: { name: "flow", body: "Sent", response_json: JSON.stringify(answers) },
  },
};
const value = {
  messaging_product: "whatsapp",
  metadata: { display_phone_number: "15550000000", phone_number_id: "106" },
  contacts: [{ profile: { name: "Ada" }, wa_id: "15550000001", user_id: "US.1" }],
  messages: [message],
};
const entry = [{ id: "102", changes: [{ field: "messages", value }] }];
const normal = normalizeWebhook({ object: "whatsapp_business_account", entry });
const [{ interactive, kapso }] = normal.messages;
console.log("answers:", JSON.stringify(kapso.flowResponse));
console.log("as sent:", interactive.nfmReply.responseJson);
console.log("raw:", Object.keys(normal.raw.messages[0]).join(" "));
JS

seen=$(node normalize.mjs)
expected='answers: {"flowToken":"t","screen0Name1":"Ada","line1":"Second floor"}
as sent: {"flow_token":"t","screen_0_name_1":"Ada","line_1":"12 High Street","line1":"Second floor"}
raw: messagingProduct metadata contacts messages'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
