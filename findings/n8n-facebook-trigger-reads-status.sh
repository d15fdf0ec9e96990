#!/usr/bin/env bash
# Library: n8n-nodes-base 2.41.2 (Node), unpacked, with the two of its dependencies that these triggers need, as all of
# them together take 800 MB.
#
# One would guess: n8n's triggers for Meta treat an app's subscription alike, since Meta keeps one callback URL for each
# app and object: where the app has one already, activating a workflow stops with "already has a webhook subscription".
#
# What happens, for one and the same answer of the subscriptions edge (`active: true`, somebody else's callback URL):
# - the Lead Ads trigger looks for `active`, as Meta answers, and stops with that message.
# - the Facebook trigger looks for `status`, a key that Meta's answer does not have. It says that there is nothing, the
#   workflow is activated, and its POST replaces the callback URL. Its own subscription it does not find either, so that
#   each activation registers anew.
#
# Why it matters: a workflow that is tried out with the production app takes over its notifications without a word, which
# the code's own message shows was not meant; and whoever finds a foreign callback URL on his app may look at n8n.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts n8n-workflow@2.41.0 change-case@5.4.4 >>npm.log
npm pack --silent n8n-nodes-base@2.41.2 >>npm.log
tar --extract --gzip --file n8n-nodes-base-2.41.2.tgz package/dist/nodes/Facebook package/dist/nodes/FacebookLeadAds
mkdir node_modules/n8n-nodes-base
mv package/dist node_modules/n8n-nodes-base

cat >activate.cjs <<'JS'
const http = require("node:http");
const nodes = "./node_modules/n8n-nodes-base/dist/nodes";
const { FacebookTrigger } = require(`${nodes}/Facebook/FacebookTrigger.node.js`);
const { FacebookLeadAdsTrigger } = require(`${nodes}/FacebookLeadAds/FacebookLeadAdsTrigger.node.js`);

/** A Graph API with one subscription, answered in the form of Meta's reference. */
class Graph {
  constructor() {
    this.callback = "https://production.example/webhook";
    this.server = http.createServer((request, answer) => this.answer(request, answer));
  }

  async answer(request, answer) {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { pathname } = new URL(request.url, "http://graph");
    const fields = ["feed", "leadgen"].map((name) => ({ name, version: "v25.0" }));
    const page = { object: "page", callback_url: this.callback, active: true, fields };
    if (request.method === "POST" && pathname.endsWith("/subscriptions")) this.callback = JSON.parse(body).callback_url;
    const value =
      request.method === "POST"
        ? pathname.endsWith("/access_token") ? { access_token: "1|t", token_type: "bearer" } : { success: true }
        : { data: [page] };
    answer.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  }
}

/** Activate a trigger as n8n does: create the webhook unless it exists. */
async function activate(trigger, name, parameters, ownUrl) {
  const graph = new Graph();
  await new Promise((resolve) => graph.server.listen(0, "127.0.0.1", resolve));
  const send = async (options) => {
    const here = `http://127.0.0.1:${graph.server.address().port}`;
    const url = (options.uri ?? options.url).replace("https://graph.facebook.com", here);
    const sent = JSON.stringify(options.form ?? options.body ?? {});
    return (await fetch(url, { method: options.method, body: options.method === "GET" ? undefined : sent })).json();
  };
  const context = {
    getNode: () => ({ id: "0a1b2c3d", name: trigger.constructor.name, type: "trigger", parameters }),
    getCredentials: async () => ({
      accessToken: "1|t",
      appSecret: "",
      clientId: "1",
      clientSecret: "s",
      accessTokenUrl: "https://graph.facebook.com/v25.0/oauth/access_token",
    }),
    getNodeParameter: (key, ...rest) => parameters[key] ?? rest.find((value) => typeof value !== "number"),
    getNodeWebhookUrl: () => ownUrl,
    helpers: { request: send, requestOAuth2: send },
  };
  try {
    const found = await trigger.webhookMethods.default.checkExists.call(context);
    console.log(`${name}: finds a subscription: ${found}`);
    if (!found) await trigger.webhookMethods.default.create.call(context);
  } catch (error) {
    console.log(`${name}: stops: ${error.message.split(".")[0]}`);
  }
  console.log(`${name}: the callback URL is now ${graph.callback}`);
  graph.server.closeAllConnections();
  graph.server.close();
}

async function main() {
  const own = "https://n8n.example/webhook";
  const facebook = { authType: "accessToken", appId: "1", object: "page", fields: ["feed"], options: {} };
  await activate(new FacebookLeadAdsTrigger(), "Lead Ads", { page: "2", form: "3" }, own);
  await activate(new FacebookTrigger(), "Facebook", facebook, own);
  await activate(new FacebookTrigger(), "Facebook, its own", facebook, "https://production.example/webhook");
}

main();
JS

seen=$(node activate.cjs)
expected="Lead Ads: stops: The Facebook App ID 1 already has a webhook subscription
Lead Ads: the callback URL is now https://production.example/webhook
Facebook: finds a subscription: false
Facebook: the callback URL is now https://n8n.example/webhook
Facebook, its own: finds a subscription: false
Facebook, its own: the callback URL is now https://production.example/webhook"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "this has changed; expected:"; echo "$expected"; exit 1; }
