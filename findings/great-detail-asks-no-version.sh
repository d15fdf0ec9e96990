#!/usr/bin/env bash
# Library: @great-detail/whatsapp 8.4.0 with ky 1.14.3, and 9.2.0 with ky 2.1.0 (Node).
#
# One would guess: the SDK calls the version of the Graph API that it is given as `graphVersion`, or its default v23.0.
#
# What happens: with 8.4.0 it does. 9.2.0 hands the same address to another option of ky's: what was put in front of a
# path is now resolved like a link on a page, and a link replaces the last part of the address, here the version. Every
# call goes out without one, whatever is configured.
#
# Why it matters: to a call without a version Meta answers in the one that the App Dashboard says, which somebody chose
# when the app was made, and which moves on when that version ends. The code names v25.0, tests against a mock of
# v25.0, and gets the fields and errors of another one. Nothing fails: the answer is 200.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >calls.mjs <<'JS'
import http from "node:http";
import Client from "@great-detail/whatsapp";

const graph = http.createServer((request, answer) => {
  console.log(`  ${request.method} ${request.url}`);
  request.resume();
  answer.setHeader("Content-Type", "application/json").end('{"success": true, "data": []}');
});
await new Promise((listening) => graph.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${graph.address().port}`;
for (const graphVersion of [undefined, "v25.0"]) {
  const sdk = new Client({ prefixUrl: address, graphVersion, request: { headers: { Authorization: "Bearer token" } } });
  await sdk.subscribedApps.listSubscriptions({ businessAccountID: "102" });
  const callback = { override_callback_uri: "https://example.com/hook", verify_token: "token" };
  await sdk.subscribedApps.createSubscription({ businessAccountID: "102", ...callback });
}
graph.close();
JS

install() {
  rm -rf node_modules package.json package-lock.json
  npm init --yes >npm.log
  npm install --silent --no-audit --no-fund --ignore-scripts "@great-detail/whatsapp@$1" "ky@$2" >>npm.log
}

seen=$(
  for versions in '8.4.0 1.14.3' '9.2.0 2.1.0'; do
    read -r sdk ky <<<"$versions"
    install "$sdk" "$ky"
    echo "$sdk with ky $ky"
    node calls.mjs
  done
)
expected='8.4.0 with ky 1.14.3
  GET /v23.0/102/subscribed_apps
  POST /v23.0/102/subscribed_apps
  GET /v25.0/102/subscribed_apps
  POST /v25.0/102/subscribed_apps
9.2.0 with ky 2.1.0
  GET /102/subscribed_apps
  POST /102/subscribed_apps
  GET /102/subscribed_apps
  POST /102/subscribed_apps'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
