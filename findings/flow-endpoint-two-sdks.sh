#!/usr/bin/env bash
# Libraries: @kapso/whatsapp-cloud-api 0.3.0 (Node, receiveFlowEvent), pywa 4.5.0 with cryptography 46.0.3 (Python).
#
# One would guess: two SDKs that both serve the data endpoint of WhatsApp Flows read the same request. It is the one
# encrypted webhook of the platform: encrypted_flow_data, encrypted_aes_key and initial_vector, each in Base64, with an
# AES-128-GCM key wrapped by RSA-OAEP with SHA-256.
#
# What happens: pywa decrypts it. receiveFlowEvent looks for a key called encryption_metadata instead (the shape of
# the media that a Flow uploads), does not find it, leaves the body encrypted and raises nothing: the result is action
# DATA_EXCHANGE with an empty screen and an empty token. It has no other action than DATA_EXCHANGE, BACK and COMPLETE,
# so even decrypted bodies with "ping" (the health check) and "INIT" (the Flow was opened) come out as DATA_EXCHANGE.
#
# Why it matters: the endpoint seems to work, with every request alike and empty; Meta's health check expects
# {"data": {"status": "active"}} for a ping, which cannot be told from a user's input there.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @kapso/whatsapp-cloud-api@0.3.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pywa==4.5.0' 'cryptography==46.0.3'

cat >encrypt.mjs <<'JS'
import { constants, createCipheriv, generateKeyPairSync, publicEncrypt, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const key = randomBytes(16);
const iv = randomBytes(16);
const cipher = createCipheriv("aes-128-gcm", key, iv);
const clear = JSON.stringify({ version: "3.0", action: "INIT", flow_token: "flow-token" });
const data = Buffer.concat([cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
const wrapped = publicEncrypt({ key: publicKey, oaepHash: "sha256", padding: constants.RSA_PKCS1_OAEP_PADDING }, key);
const base64 = (bytes) => bytes.toString("base64");
writeFileSync("key.pem", privateKey);
writeFileSync(
  "body.json",
  JSON.stringify({ encrypted_flow_data: base64(data), encrypted_aes_key: base64(wrapped), initial_vector: base64(iv) }),
);
JS

cat >kapso.mjs <<'JS'
import { readFileSync } from "node:fs";
import { receiveFlowEvent } from "@kapso/whatsapp-cloud-api/server";

async function show(what, rawBody) {
  const { action, screen, flowToken } = await receiveFlowEvent({ rawBody, phoneNumberId: "1" });
  console.log("kapso", what, JSON.stringify({ action, screen, flowToken }));
}

await show("encrypted INIT:", readFileSync("body.json"));
await show("clear INIT:", Buffer.from('{"version":"3.0","action":"INIT","flow_token":"flow-token"}'));
await show("clear ping:", Buffer.from('{"version":"3.0","action":"ping"}'));
JS

cat >read.py <<'PY'
import json
import pathlib

from pywa.utils import default_flow_request_decryptor

body = json.loads(pathlib.Path("body.json").read_text())
parts = (body["encrypted_flow_data"], body["encrypted_aes_key"], body["initial_vector"])
clear, _, _ = default_flow_request_decryptor(*parts, pathlib.Path("key.pem").read_text())
print("pywa encrypted INIT:", json.dumps(clear))
PY

node encrypt.mjs
seen=$(venv/bin/python read.py; node kapso.mjs)
expected='pywa encrypted INIT: {"version": "3.0", "action": "INIT", "flow_token": "flow-token"}
kapso encrypted INIT: {"action":"DATA_EXCHANGE","screen":"","flowToken":""}
kapso clear INIT: {"action":"DATA_EXCHANGE","screen":"","flowToken":"flow-token"}
kapso clear ping: {"action":"DATA_EXCHANGE","screen":"","flowToken":""}'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
