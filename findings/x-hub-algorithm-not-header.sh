#!/usr/bin/env bash
# Library: express-x-hub 1.0.4 with Express 4.21.2 (Node).
#
# One would guess: express-x-hub with { algorithm: "sha256" } checks X-Hub-Signature-256, since that is the header in
# which Meta sends the SHA-256 signature, beside the SHA-1 one in X-Hub-Signature.
#
# What happens: the option changes the digest and the prefix, never the header. The middleware still reads
# X-Hub-Signature, whose value begins with "sha1=", and compares it with a value that begins with "sha256=". Each
# genuine delivery is told apart as X-Hub (isXHub is true) and then called invalid. With the default algorithm the same
# delivery is valid, so whoever moves to SHA-256 as Meta advises rejects all of Meta's traffic.
#
# Why it matters: "invalid signature" sends a developer to look for a wrong app secret or a changed body; both are
# right.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts express-x-hub@1.0.4 express@4.21.2 >>npm.log

cat >deliver.js <<'JS'
const { createHmac } = require("node:crypto");
const express = require("express");
const xhub = require("express-x-hub");

const secret = "app-secret";
const body = JSON.stringify({ object: "page", entry: [{ id: "1", time: 1700000000, changes: [] }] });
const sign = (algorithm) => `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;

async function deliver(options) {
  const app = express();
  app.use(xhub({ secret, ...options }));
  app.post("/", (req, res) => res.json({ isXHub: req.isXHub, valid: req.isXHubValid() }));
  const server = app.listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/json",
      "X-Hub-Signature": sign("sha1"),
      "X-Hub-Signature-256": sign("sha256"),
      Connection: "close",
    },
  });
  console.log(options.algorithm ?? "default", JSON.stringify(await answer.json()));
  server.close();
}

deliver({}).then(() => deliver({ algorithm: "sha256" }));
JS

seen=$(node deliver.js)
expected='default {"isXHub":true,"valid":true}
sha256 {"isXHub":true,"valid":false}'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
