// @kapso/whatsapp-cloud-api: each sample has its signature checked, and nothing of it is missing in what it becomes.
const { readFileSync } = require("node:fs");
const { given, load, step } = require("./report.cjs");

const { normalizeWebhook, verifySignature } = load("@kapso/whatsapp-cloud-api/server");

const camelCased = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const ids = (list) => JSON.stringify((list ?? []).map((one) => one.id ?? one.callId));

function take(row) {
  const [{ field, value }] = JSON.parse(row.body).entry[0].changes;
  const signatureHeader = row.headers["X-Hub-Signature-256"];
  if (!verifySignature({ appSecret: given.app_secret, rawBody: row.body, signatureHeader })) throw new Error("signature");
  const found = normalizeWebhook(JSON.parse(row.body));
  const echoes = value.message_echoes ?? [];
  if (ids(found.messages) !== ids([...(value.messages ?? []), ...echoes])) throw new Error(`messages ${ids(found.messages)}`);
  if (ids(found.statuses) !== ids(value.statuses)) throw new Error(`statuses ${ids(found.statuses)}`);
  if (field === "calls" && ids(found.calls) !== ids(value.calls)) throw new Error(`calls ${ids(found.calls)}`);
  const known = [found.messages, found.statuses, found.calls].some((list) => list.length > 0);
  if (!known && !found.raw[camelCased(field)]) throw new Error(`not in raw: ${Object.keys(found.raw)}`);
}

for (const row of JSON.parse(readFileSync(given.file, "utf8"))) step(row.name, () => take(row));
