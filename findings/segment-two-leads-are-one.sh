#!/usr/bin/env bash
# Libraries: @segment/action-destinations 3.497.0, unpacked, with @segment/actions-core 3.170.0, and
# facebook-nodejs-business-sdk 24.0.1 (Node), on a lead that goes from a webhook to the Conversions API.
#
# One would guess: the id of a lead, a text in Meta's webhook, arrives as it is when it is mapped to "Lead ID" of the
# destination "Facebook Conversions API". It is the one field by which Meta knows the lead again.
#
# What happens: "Lead ID" is an integer, so that the text is made a number of JavaScript, which is exact up to
# 9007199254740992. Above that an odd id is rounded to an even one: two leads become one, and the id that is sent is
# another's or nobody's. Meta speaks of ids of 15 or 16 digits ("Payload Specification" of conversion leads), guides of
# 2026 of up to 17. Meta's own SDK, which takes the id as a text, keeps it.
#
# Why it matters: Meta refuses the event, or takes it and learns from the sales of the wrong people. The smaller ids,
# such as those in guides and trials, come through, and so does each second one of the others.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm pack --silent @segment/action-destinations@3.497.0 >>npm.log
tar -xzf segment-action-destinations-3.497.0.tgz
# Newer versions of fast-uri refuse the names of its schemas.
npm install --silent --no-audit --no-fund --ignore-scripts @segment/actions-core@3.170.0 liquidjs@10.25.7 \
  lodash@4.18.1 fast-uri@3.0.6 facebook-nodejs-business-sdk@24.0.1 >>npm.log

cat >report.cjs <<'JS'
const { once } = require("node:events");
const { createServer, request } = require("node:http");
const https = require("node:https");
const { Destination } = require("@segment/actions-core");
const { UserData } = require("facebook-nodejs-business-sdk");
const { default: facebook } = require("./package/dist/destinations/facebook-conversions-api");

const LEADS = ["525645896321548", "9100000000000001", "9100000000000002", "12345678901234567", "12345678901234569"];

async function main() {
  let sent;
  const graph = createServer(async (asked, answer) => {
    let body = "";
    for await (const part of asked) body += part;
    sent = body.match(/"lead_id":("?\d+"?)/)[1];
    answer.writeHead(200, { "Content-Type": "application/json" }).end('{"events_received": 1}');
  });
  graph.listen(0, "127.0.0.1");
  await once(graph, "listening");
  const here = { protocol: "http:", hostname: "127.0.0.1", host: "127.0.0.1", port: graph.address().port };
  https.request = (options) => request({ ...options, ...here, agent: undefined });

  const mapping = {
    __segment_internal_sync_mode: "add",
    event_name: "Converted",
    event_time: { "@path": "$.timestamp" },
    action_source: "system_generated",
    user_data: { leadID: { "@path": "$.properties.leadgen_id" } },
  };
  for (const leadgen_id of LEADS) {
    const event = { type: "track", messageId: "m", timestamp: "2026-11-30T08:00:00Z", properties: { leadgen_id } };
    await new Destination(facebook).executeAction("custom2", { event, mapping, settings: { pixelId: "1" } });
    const sdk = JSON.stringify(new UserData().setLeadId(leadgen_id).normalize().lead_id);
    console.log(`${leadgen_id}: Segment ${sent}, SDK ${sdk}`);
  }
  process.exit(0);
}

main();
JS

seen=$(node report.cjs)
expected='525645896321548: Segment 525645896321548, SDK "525645896321548"
9100000000000001: Segment 9100000000000000, SDK "9100000000000001"
9100000000000002: Segment 9100000000000002, SDK "9100000000000002"
12345678901234567: Segment 12345678901234568, SDK "12345678901234567"
12345678901234569: Segment 12345678901234568, SDK "12345678901234569"'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
