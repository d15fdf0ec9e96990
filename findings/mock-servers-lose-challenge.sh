#!/usr/bin/env bash
# Libraries: wiremock 3.13.2 (Java 17, by way of npm), @mockoon/cli 9.9.0, mountebank 2.9.1 (Node).
#
# One would guess: a mock server that matches a request by its query parameter hub.mode can put hub.challenge into its
# answer by the same name, so that Meta's handshake needs one line in any of them.
#
# What happens: the template languages take the dot for a step into an object, also where parameters are matched by the
# whole name. WireMock's {{request.query.hub.challenge}} and Mockoon's {{queryParam 'hub.challenge'}} are empty, without
# an error or a line in the log: the answer is 200 with no body. WireMock wants [hub.challenge], Mockoon a backslash.
# mountebank, which copies by the plain name, answers right at once.
#
# Why it matters: a mock in place of the app is used to find out whether registering works. Meta's answer is error 2200,
# and the mock's own log shows a matched request and a 200.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts wiremock@3.13.2 @mockoon/cli@9.9.0 mountebank@2.9.1 >>npm.log

read -r wiremock mockoon mountebank imposter < <(node -e '
  const { createServer } = require("node:net");
  const servers = [1, 2, 3, 4].map(() => createServer().listen(0, "127.0.0.1"));
  setTimeout(() => {
    console.log(servers.map((server) => server.address().port).join(" "));
    servers.forEach((server) => server.close());
  }, 100);
')

cat >configure.js <<'JS'
const { mkdirSync, writeFileSync } = require("node:fs");
const [mockoon, imposter] = process.argv.slice(2).map(Number);

/** The handshake of a path, answered with a template; the query parameter is matched by its whole name. */
const mapping = ([path, body]) => ({
  request: { method: "GET", urlPath: path, queryParameters: { "hub.mode": { equalTo: "subscribe" } } },
  response: { status: 200, body, transformers: ["response-template"] },
});
mkdirSync("wiremock/mappings", { recursive: true });
const mappings = [
  ["/plain", "{{request.query.hub.challenge}}"],
  ["/special", "{{request.query.[hub.challenge]}}"],
];
writeFileSync("wiremock/mappings/handshake.json", JSON.stringify({ mappings: mappings.map(mapping) }));

const answer = (body) => ({ uuid: body, body, statusCode: 200, bodyType: "INLINE", headers: [], rules: [], default: true });
const route = ([endpoint, body]) => ({
  uuid: endpoint, type: "http", method: "get", endpoint, responseMode: null, responses: [answer(body)],
});
const routes = [
  ["plain", "{{queryParam 'hub.challenge'}}"],
  ["special", "{{queryParam 'hub\\.challenge'}}"],
].map(route);
const rootChildren = routes.map(({ uuid }) => ({ type: "route", uuid }));
const environment = { uuid: "mock", lastMigration: 33, name: "mock", hostname: "127.0.0.1", port: mockoon };
writeFileSync("mockoon.json", JSON.stringify({ ...environment, endpointPrefix: "", routes, rootChildren, folders: [] }));

const using = { method: "regex", selector: ".*" };
const copy = { from: { query: "hub.challenge" }, into: "${CHALLENGE}", using };
const predicates = [{ equals: { query: { "hub.mode": "subscribe" } } }];
const stubs = [{ predicates, responses: [{ is: { body: "${CHALLENGE}" }, behaviors: [{ copy }] }] }];
writeFileSync("mountebank.json", JSON.stringify({ protocol: "http", port: imposter, stubs }));
JS
node configure.js "$mockoon" "$imposter"

java -jar node_modules/wiremock/build/wiremock-standalone-3.13.2.jar --bind-address 127.0.0.1 --port "$wiremock" \
  --root-dir wiremock >wiremock.log 2>&1 &
pids+=($!)
node node_modules/@mockoon/cli/bin/run.js start --data mockoon.json >mockoon.log 2>&1 &
pids+=($!)
node node_modules/mountebank/bin/mb start --host 127.0.0.1 --port "$mountebank" --nologfile >mountebank.log 2>&1 &
pids+=($!)

cat >ask.js <<'JS'
const [wiremock, mockoon, mountebank, imposter] = process.argv.slice(2);
const { readFileSync } = require("node:fs");

/** Ask until the server is there: it takes some seconds to start. */
async function ask(url, options) {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      return await fetch(url, { ...options, headers: { Connection: "close" } });
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function handshake(name, port, path) {
  const query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=v";
  const answer = await ask(`http://127.0.0.1:${port}/${path}?${query}`);
  console.log(`${name}: ${answer.status} ${JSON.stringify(await answer.text())}`);
}

async function main() {
  await ask(`http://127.0.0.1:${mountebank}/imposters`, { method: "POST", body: readFileSync("mountebank.json") });
  await handshake("WireMock, request.query.hub.challenge", wiremock, "plain");
  await handshake("WireMock, request.query.[hub.challenge]", wiremock, "special");
  await handshake("Mockoon, 'hub.challenge'", mockoon, "plain");
  await handshake("Mockoon, 'hub\\.challenge'", mockoon, "special");
  await handshake("mountebank, hub.challenge", imposter, "");
}

main();
JS

seen=$(node ask.js "$wiremock" "$mockoon" "$mountebank" "$imposter")
expected="WireMock, request.query.hub.challenge: 200 \"\"
WireMock, request.query.[hub.challenge]: 200 \"1158201444\"
Mockoon, 'hub.challenge': 200 \"\"
Mockoon, 'hub\\.challenge': 200 \"1158201444\"
mountebank, hub.challenge: 200 \"1158201444\""
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
