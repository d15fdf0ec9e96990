#!/usr/bin/env bash
# Libraries: httpsnippet 3.0.10 (Node), har2requests 0.2.3 with black 25.1.0, requests 2.32.5, HTTPie 3.2.4 (Python).
#
# One would guess: code made from one HAR entry sends the entry's body, whichever language the code is in.
#
# What happens: it depends on the target. For an application/json body, httpsnippet's curl and http.client targets paste
# postData.text as it stands; its node:http and requests targets parse it and let the target language write it anew, as
# does har2requests. Its HTTPie target pipes the text through echo, which adds a newline. Meta writes every non-ASCII
# character as \u00e9 and every slash as \/, a spelling that no default serializer gives, so the last four of these six
# send another body under the old X-Hub-Signature-256.
#
# Why it matters: "Copy as ..." and HAR converters are the usual way to hand a failing webhook to a colleague, and all
# they then see is a signature that does not match.
#
# Seen on 2026-11-29: the output below, "true" where the receiver found the signature right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts httpsnippet@3.0.10 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'har2requests==0.2.3' 'black==25.1.0' 'requests==2.32.5' \
  'httpie==3.2.4'

cat >try.js <<'JS'
const { execFile } = require("node:child_process");
const { createHmac } = require("node:crypto");
const { writeFileSync } = require("node:fs");
const { createServer } = require("node:http");
const { promisify } = require("node:util");
const { HTTPSnippet } = require("httpsnippet");

const run = promisify(execFile);
const sign = (bytes) => `sha256=${createHmac("sha256", "app-secret").update(bytes).digest("hex")}`;
const verdicts = [];
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  verdicts.push(request.headers["x-hub-signature-256"] === sign(Buffer.concat(chunks)));
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Connection", "close");
  response.end("{}");
});

function entry(url, text) {
  const headers = [
    { name: "Content-Type", value: "application/json" },
    { name: "X-Hub-Signature-256", value: sign(text) },
  ];
  const common = { httpVersion: "HTTP/1.1", cookies: [], headersSize: -1 };
  const content = { size: 0, mimeType: "text/plain", text: "" };
  return {
    startedDateTime: "2026-11-29T00:00:00.000Z",
    time: 1,
    request: {
      ...common,
      method: "POST",
      url,
      headers,
      queryString: [],
      bodySize: text.length,
      postData: { mimeType: "application/json", text },
    },
    response: { ...common, status: 200, statusText: "OK", headers: [], content, redirectURL: "", bodySize: 0 },
    cache: {},
    timings: { send: 0, wait: 1, receive: 0 },
  };
}

const targets = [
  ["shell", "curl", "bash"],
  ["python", "python3", "python3"],
  ["node", "native", "node"],
  ["python", "requests", "python3"],
  ["shell", "httpie", "bash"],
];

async function main() {
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const text = String.raw`{"object":"page","entry":[{"id":"1","time":1700000000,"messaging":[{"sender":{"id":"2"},"message":{"mid":"m_1","text":"caf\u00e9 https:\/\/example.org"}}]}]}`;
  const har = entry(`http://127.0.0.1:${server.address().port}/webhooks`, text);

  for (const [target, client, interpreter] of targets) {
    writeFileSync("snippet", new HTTPSnippet(har.request).convert(target, client));
    await run(interpreter, ["snippet"]);
    console.log(`httpsnippet ${target}/${client}`, verdicts.pop());
  }

  writeFileSync("one.har", JSON.stringify({ log: { version: "1.2", creator: { name: "x", version: "1" }, entries: [har] } }));
  writeFileSync("snippet", (await run("har2requests", ["--no-infer", "one.har"])).stdout);
  await run("python3", ["snippet"]);
  console.log("har2requests", verdicts.pop());
  server.close();
}

main();
JS

seen=$(PATH="$work/venv/bin:$PATH" HTTPIE_CONFIG_DIR="$work" node try.js)
expected='httpsnippet shell/curl true
httpsnippet python/python3 true
httpsnippet node/native false
httpsnippet python/requests false
httpsnippet shell/httpie false
har2requests false'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
