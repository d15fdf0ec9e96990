#!/usr/bin/env bash
# Library: @activepieces/piece-facebook-leads 0.3.7 (Node), the trigger "New Lead" of Activepieces.
#
# One would guess: the trigger's list of forms offers "All Forms (Default)" first, and choosing it does what leaving
# the list empty does: each lead of the Page starts the flow.
#
# What happens: the choice is stored as "all", and the trigger then looks for notifications whose form_id is "all".
# There are none, so no lead starts the flow; with the list empty, or with one form chosen, it works. "Test trigger" is
# off the mark as well: it asks the Graph API for /all/leads instead of the leads of the Page's first form.
#
# Why it matters: the signature is accepted and the Page is found in the same way for all three, and no error is raised,
# so that whoever looks for the missing leads looks at Meta's side, where all is well.
#
# Seen on 2026-11-29: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @activepieces/piece-facebook-leads@0.3.7 >>npm.log

cat >deliver.cjs <<'JS'
const { createHmac } = require("node:crypto");
const http = require("node:http");
const { facebookLeads } = require("@activepieces/piece-facebook-leads");

const PAGE = { id: "2", accessToken: "page" };
const lead = (id) => ({ id, form_id: "3", field_data: [{ name: "email", values: [`${id}@example.com`] }] });

/** A Graph API for one Page with one form. It names the paths that are asked for. */
const asked = [];
const graph = http.createServer((request, answer) => {
  const { pathname } = new URL(request.url, "http://graph");
  asked.push(pathname);
  const answers = {
    "/2/leadgen_forms": { data: [{ id: "3", name: "Newsletter" }] },
    "/3/leads": { data: [lead("5")] },
    "/4": lead("4"),
  };
  const body = answers[pathname] ?? { error: { message: "Unsupported get request.", code: 100 } };
  answer.writeHead(body.error ? 400 : 200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
});

/** Send what the piece asks of Meta to the stand-in. */
function redirect() {
  const send = globalThis.fetch;
  const here = `http://127.0.0.1:${graph.address().port}`;
  globalThis.fetch = (url, options) => send(String(url).replace("https://graph.facebook.com", here), options);
}

/** Deliver a signed lead as Activepieces does: check it, find the Page, run the trigger. */
async function deliver(trigger, form) {
  const value = { leadgen_id: "4", form_id: "3", page_id: "2", created_time: 1700000000 };
  const body = { object: "page", entry: [{ id: "2", time: 1700000000, changes: [{ field: "leadgen", value }] }] };
  const rawBody = JSON.stringify(body);
  const signature = `sha256=${createHmac("sha256", "secret").update(rawBody).digest("hex")}`;
  const payload = { body, rawBody, queryParams: {}, headers: { "x-hub-signature-256": signature } };
  const verified = facebookLeads.events.verify({ webhookSecret: "secret", payload });
  const { identifierValue } = facebookLeads.events.parseAndReply({ payload });
  const context = { payload, propsValue: { page: PAGE, form }, auth: { access_token: "user" } };
  const leads = await trigger.run(context);
  return `verified ${verified}, Page ${identifierValue}, leads ${leads.length}`;
}

/** Return the path of which "Test trigger" takes its leads. */
async function tested(trigger, form) {
  asked.length = 0;
  await trigger.test({ propsValue: { page: PAGE, form }, auth: { access_token: "user" } }).catch(() => undefined);
  return asked.at(-1);
}

async function main() {
  await new Promise((resolve) => graph.listen(0, "127.0.0.1", resolve));
  redirect();
  console.error = () => undefined;
  const trigger = facebookLeads.getTrigger("new_lead");
  const { options } = await trigger.props.form.options({ page: PAGE });
  for (const { label, value } of [{ label: "left empty", value: undefined }, ...options]) {
    console.log(`${label}: ${await deliver(trigger, value)}, test asks ${await tested(trigger, value)}`);
  }
  graph.closeAllConnections();
  graph.close();
}

main();
JS

seen=$(node --no-warnings deliver.cjs)
expected="left empty: verified true, Page 2, leads 1, test asks /3/leads
All Forms (Default): verified true, Page 2, leads 0, test asks /all/leads
Newsletter: verified true, Page 2, leads 1, test asks /3/leads"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "this has changed; expected:"; echo "$expected"; exit 1; }
