#!/usr/bin/env bash
# Library: bottender 1.5.5 (Node), the server that `bottender start` runs, Messenger channel.
#
# One would guess: a framework whose server exists to receive Messenger's webhooks reads every body that Messenger may
# send. Meta's guide "Webhooks: Get started" says that up to 1,000 updates may share one notification.
#
# What happens: its body parser keeps the default limit of its HTTP framework, 100 kB. A batch of 500 short text
# messages is some 103 kB. It is answered 413 before the signature is looked at, and no handler is called; 400 of them
# are answered 200.
#
# Why it matters: batches form when an app was away or slow, so the first large one comes exactly when the app has
# recovered. Meta takes 413 for "try again" and sends the same batch, which never fits, and messages behind it wait.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps bottender@1.5.5 >>npm.log 2>&1

cat >bottender.config.js <<'JS'
module.exports = {
  channels: {
    messenger: {
      enabled: true,
      path: "/hook",
      pageId: "1",
      accessToken: "token",
      appId: "1",
      appSecret: "app-secret",
      verifyToken: "v",
    },
  },
};
JS
echo 'module.exports = async function App() {};' >index.js

cat >deliver.js <<'JS'
const { createHmac } = require("node:crypto");
const initializeServer = require("./node_modules/bottender/dist/initializeServer.js").default;

const message = (n) => ({
  sender: { id: "4242424242424242" },
  recipient: { id: "1" },
  timestamp: 1700000000000 + n,
  message: { mid: `m_${String(n).padStart(60, "0")}`, text: "When do you open tomorrow?" },
});

const server = initializeServer().listen(0, "127.0.0.1", async () => {
  for (const count of [1, 400, 500]) {
    const messaging = Array.from({ length: count }, (_, n) => message(n));
    const body = JSON.stringify({ object: "page", entry: [{ id: "1", time: 1700000000000, messaging }] });
    const signature = `sha1=${createHmac("sha1", "app-secret").update(body).digest("hex")}`;
    const { status } = await fetch(`http://127.0.0.1:${server.address().port}/hook`, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", "X-Hub-Signature": signature, Connection: "close" },
    });
    console.log(`${count} messages, ${Math.round(body.length / 1000)} kB: ${status}`);
  }
  process.exit(0);
});
JS

seen=$(node deliver.js 2>/dev/null)
printf '%s\n' "$seen"
expected='1 messages, 0 kB: 200
400 messages, 82 kB: 200
500 messages, 103 kB: 413'
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
