#!/usr/bin/env bash
# Tool: localtunnel 2.0.2 (Node), its command `lt`, with which webhooks are received on one's own machine.
#
# One would guess: `lt --port 3000` asks localtunnel.me for an address. `--host` would name another server, and nobody
# gave it.
#
# What happens: `lt` takes any environment variable that is named like one of its options for that option. Several
# shells and container platforms export HOST, the name of the machine or the address to listen on: `lt` then asks that
# for a tunnel, without a word that it does, and the address it prints is whatever answers there. SUBDOMAIN works alike.
#
# Why it matters: the address that `lt` prints is registered as a webhook's callback, and gets the notifications.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts localtunnel@2.0.2 >>npm.log 2>&1

cat >ask.js <<'JS'
const { createServer } = require("node:http");
const { spawn } = require("node:child_process");

let lt;
const server = createServer((request, response) => {
  console.log("asked", request.method, request.url);
  response.setHeader("Content-Type", "application/json");
  const port = server.address().port;
  response.end(JSON.stringify({ id: "x", port, max_conn_count: 1, url: "https://elsewhere.example" }));
}).listen(0, "127.0.0.1", () => {
  const env = { ...process.env, HOST: `http://127.0.0.1:${server.address().port}`, SUBDOMAIN: "from-the-environment" };
  lt = spawn(process.execPath, ["node_modules/localtunnel/bin/lt.js", "--port", "1"], { env });
  lt.stdout.once("data", (said) => {
    console.log("lt says", String(said).trim());
    lt.kill();
    process.exit(0);
  });
});
JS

seen=$(timeout 60 node ask.js)
printf '%s\n' "$seen"
expected='asked GET /from-the-environment
lt says your url is: https://elsewhere.example'
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
