#!/usr/bin/env bash
# Library: n8n-nodes-base 2.41.2 (Node), the WhatsApp trigger, unpacked, with the two of its dependencies that it needs.
#
# One would guess: the trigger hands a workflow what Meta sent, and its option "Receive Message Status Updates", set to
# Failed, lets failed statuses through and no others.
#
# What happens:
# - the workflow gets value and field of each change, without the entry. For templates and for the account itself the
#   id of the WhatsApp Business Account stands there alone, as does the time: the approval of "welcome" in one account
#   and its rejection in another are two items of which nothing says whose they are.
# - the filter judges changes, not statuses: one in which a message has failed comes through whole, with those that were
#   delivered.
#
# Why it matters: whoever serves several customers by one app cannot tell them apart. A workflow that reads statuses[0],
# which the filter seems to promise, raises an alarm for a message that arrived, and not for the one that did not.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts n8n-workflow@2.41.0 change-case@5.4.4 >>npm.log
npm pack --silent n8n-nodes-base@2.41.2 >>npm.log
tar --extract --gzip --file n8n-nodes-base-2.41.2.tgz package/dist/nodes/WhatsApp package/dist/utils
mkdir node_modules/n8n-nodes-base
mv package/dist node_modules/n8n-nodes-base

cat >receive.cjs <<'JS'
const { createHmac } = require("node:crypto");
const nodes = "./node_modules/n8n-nodes-base/dist/nodes";
const { WhatsAppTrigger } = require(`${nodes}/WhatsApp/WhatsAppTrigger.node.js`);

/** Deliver entries to the trigger as n8n does, and return the items that a workflow starts with. */
async function receive(entry, messageStatusUpdates) {
  const body = JSON.stringify({ object: "whatsapp_business_account", entry });
  const signature = createHmac("sha256", "app-secret").update(body).digest("hex");
  const context = {
    getBodyData: () => JSON.parse(body),
    getQueryData: () => ({}),
    getResponseObject: () => ({}),
    getRequestObject: () => ({ rawBody: Buffer.from(body) }),
    getHeaderData: () => ({ "x-hub-signature-256": `sha256=${signature}` }),
    getCredentials: async () => ({ clientId: "1", clientSecret: "app-secret" }),
    getWebhookName: () => "default",
    getNodeParameter: () => ({ messageStatusUpdates }),
    helpers: { returnJsonArray: (items) => items.map((json) => ({ json })) },
  };
  const { workflowData } = await new WhatsAppTrigger().webhook.call(context);
  return (workflowData?.[0] ?? []).map(({ json }) => json);
}

const template = (id, event) => ({
  id,
  time: 1700000001,
  changes: [
    {
      field: "message_template_status_update",
      value: { event, message_template_id: 7, message_template_name: "welcome", message_template_language: "en_US" },
    },
  ],
});
const status = (number, kind) => ({
  id: `wamid.${number}`,
  status: kind,
  timestamp: "1700000001",
  recipient_id: `1555000000${number}`,
});
const messages = (more) => [
  {
    id: "102",
    changes: [
      {
        field: "messages",
        value: {
          messaging_product: "whatsapp",
          metadata: { display_phone_number: "15550000000", phone_number_id: "106" },
          ...more,
        },
      },
    ],
  },
];

async function main() {
  const items = await receive([template("102", "APPROVED"), template("103", "REJECTED")], ["all"]);
  console.log("two accounts:", ...items.map((item) => `${item.event} of account ${item.id ?? item.entry?.id}`));
  const cases = {
    "one delivered": { statuses: [status(1, "delivered")] },
    "one delivered, one failed": { statuses: [status(1, "delivered"), status(2, "failed")] },
    };
  for (const [name, value] of Object.entries(cases)) {
    const found = await receive(messages(value), ["failed"]);
    const statuses = found.flatMap((item) => item.statuses.map((one) => one.status));
    console.log(`only failed, ${name}:`, statuses.join(" ") || "nothing");
  }
}

main();
JS

seen=$(node receive.cjs)
expected="two accounts: APPROVED of account undefined REJECTED of account undefined
only failed, one delivered: nothing
only failed, one delivered, one failed: delivered failed"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
