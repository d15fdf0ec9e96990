#!/usr/bin/env bash
# Libraries: facebook-nodejs-business-sdk 24.0.1 (Node) and facebook_business 26.0.3 (Python), both Meta's own, and
# facebook-batch 1.0.6 with messaging-api-messenger 1.1.0 (Node), on replies to a Page's comments in one batch request.
#
# One would guess: Meta's SDK for Node sends a reply in a batch as it sends it alone, as Meta's SDK for Python does.
#
# What happens: the body of a request in a batch is a form. The SDK for Node writes each parameter into it as it is, not
# percent-encoded. The reply ends at the first "&", what follows is taken for another parameter, "+" becomes a blank,
# and "%20" in an address becomes one too. Sent alone, by the same SDK, the same reply arrives whole.
#
# Why it matters: Meta answers 200 and the id of the comment, so the success callback is called, and the answer under
# the post reads "Fish ". An address loses its second parameter, so that it leads elsewhere, and a telephone number its
# plus. Where the text is part of an object, as in a message of Messenger, what is left is no JSON and is refused, so it
# is public replies that are cut in silence. Batches are what one turns to when there is much to answer.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API that reads these forms as forms.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts facebook-nodejs-business-sdk@24.0.1 facebook-batch@1.0.6 \
  messaging-api-messenger@1.1.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook_business==26.0.3'

cat >reply.cjs <<'JS'
const { FacebookAdsApi, FacebookAdsApiBatch } = require("facebook-nodejs-business-sdk");
const { default: Queue } = require("facebook-batch/dist/FacebookBatchQueue");

const [graph, ...replies] = process.argv.slice(2);
Object.defineProperty(FacebookAdsApi, "GRAPH", { get: () => `${graph}/node` });

async function main() {
  const api = FacebookAdsApi.init("t");
  const batch = new FacebookAdsApiBatch(api);
  for (const message of replies) {
    await api.call("POST", ["1_2", "comments"], { message });
    batch.add("POST", ["1_2", "comments"], { message }, undefined, () => {}, (answer) => console.error(answer.body));
  }
  await batch.execute();
  const settings = { accessToken: "t", origin: `${graph}/yoctol`, skipAppSecretProof: true };
  const queue = new Queue(settings, { delay: 1 });
  const request = { method: "POST", relativeUrl: "1_2/comments" };
  await Promise.all(replies.map((message) => queue.push({ ...request, body: { message } })));
  process.exit(0);
}

main();
JS

cat >reply.py <<'PY'
import http.server
import json
import subprocess
import threading
from urllib.parse import parse_qs, urlsplit

from facebook_business.api import FacebookAdsApi, FacebookAdsApiBatch
from facebook_business.session import FacebookSession

REPLIES = [
    "Fish & chips",
    "Sizes 38+39, call +15550000001",
    "https://shop.example/?item=7&size=38",
    "https://shop.example/red%20socks",
]
NAMES = {"node": "Meta's Node SDK", "yoctol": "facebook-batch", "python": "Meta's Python SDK"}
got = {}


class Graph(http.server.BaseHTTPRequestHandler):
    """Take replies, alone and in batches."""

    def do_POST(self):
        client = urlsplit(self.path).path.split("/")[1]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers["Content-Type"].startswith("application/json")
        form = json.loads(body) if is_json else {name: values[0] for name, values in parse_qs(body).items()}
        if "batch" not in form:
            got.setdefault((client, "alone"), []).append(form["message"])
            return self.answer({"id": "1_3"})
        items = json.loads(form["batch"]) if isinstance(form["batch"], str) else form["batch"]
        taken = [parse_qs(item["body"])["message"][0] for item in items]
        got[client, "in a batch"] = taken
        return self.answer([{"code": 200, "headers": [], "body": '{"id": "1_3"}'} for _ in taken])

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = f"http://127.0.0.1:{server.server_port}"
subprocess.run(["node", "reply.cjs", graph, *REPLIES], check=True, timeout=60)
FacebookSession.GRAPH = f"{graph}/python"
batch = FacebookAdsApiBatch(FacebookAdsApi.init(access_token="t"))
for reply in REPLIES:
    batch.add("POST", ("1_2", "comments"), params={"message": reply})
batch.execute()
for (client, how), replies in got.items():
    print(f"{NAMES[client]}, {how}:")
    for reply, arrived in zip(REPLIES, replies, strict=True):
        print(f"  {'whole' if arrived == reply else repr(arrived)}")
PY

seen=$(venv/bin/python reply.py)
expected="Meta's Node SDK, alone:
  whole
  whole
  whole
  whole
Meta's Node SDK, in a batch:
  'Fish '
  'Sizes 38 39, call  15550000001'
  'https://shop.example/?item=7'
  'https://shop.example/red socks'
facebook-batch, in a batch:
  whole
  whole
  whole
  whole
Meta's Python SDK, in a batch:
  whole
  whole
  whole
  whole"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
