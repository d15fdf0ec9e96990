#!/usr/bin/env bash
# Libraries: facebook-batch 1.0.6 with messaging-api-messenger 1.1.0 (Node), of the makers of Bottender, beside
# facebook-nodejs-business-sdk 24.0.1 (Node) and facebook_business 26.0.3 (Python), both Meta's own.
#
# One would guess: when Meta does not get to one message of a batch, that one is reported as not sent, and sent again if
# retries were asked for. Meta answers such a part with null, as its guide "Batch Requests" says of time-outs and as
# both of its SDKs expect. A part that it refuses has a code and a body.
#
# What happens: the queue reads the null as an answer, fails at it, and takes the failure for one of the whole request.
# - without retries, which is the default, all messages are reported as not sent, though all but one have arrived.
# - with retryTimes, all are sent again: all people but one get their message twice.
# - a part that Meta refuses is reported alone, as it should be, so that trials with a wrong id show nothing of this.
# - Meta's own SDKs call neither callback for the part, and give back a batch with it, for the caller to execute. Who
#   does not look at what execute() returns, as one does with callbacks, never hears of that message again.
#
# Why it matters: a batch that takes too long is a large one, of up to 50 messages. The queue sends them again, or the
# app does as it was told that none was sent, and 49 people are reminded of the same order twice.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts facebook-nodejs-business-sdk@24.0.1 facebook-batch@1.0.6 \
  messaging-api-messenger@1.1.0 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook_business==26.0.3'

cat >send.cjs <<'JS'
const { FacebookAdsApi, FacebookAdsApiBatch } = require("facebook-nodejs-business-sdk");
const { default: Queue } = require("facebook-batch/dist/FacebookBatchQueue");

const [graph, client, times] = process.argv.slice(2);
Object.defineProperty(FacebookAdsApi, "GRAPH", { get: () => graph });
const told = {};

async function withQueue() {
  const settings = { accessToken: "t", origin: graph, skipAppSecretProof: true };
  const queue = new Queue(settings, { delay: 1, retryTimes: Number(times) });
  const send = async (psid) => {
    const body = { messagingType: "RESPONSE", recipient: { id: psid }, message: { text: "Hi" } };
    const request = { method: "POST", relativeUrl: "me/messages", body };
    told[psid] = await queue.push(request).then(() => "sent", () => "not sent");
  };
  await Promise.all(["Ada", "Bob", "Cy"].map(send));
}

async function withMeta() {
  let batch = new FacebookAdsApiBatch(FacebookAdsApi.init("t"));
  for (const psid of ["Ada", "Bob", "Cy"]) {
    const params = { recipient: { id: psid }, message: { text: "Hi" } };
    const note = (how) => () => (told[psid] = how);
    batch.add("POST", ["me", "messages"], params, undefined, note("sent"), note("not sent"));
  }
  batch = await batch.execute();
  if (batch) told["in the batch given back"] = batch._batch.length;
}

(client === "queue" ? withQueue() : withMeta()).then(() => {
  console.log(JSON.stringify(told));
  process.exit(0);
});
JS

cat >send.py <<'PY'
import http.server
import json
import subprocess
import threading
from urllib.parse import parse_qs

from facebook_business.api import FacebookAdsApi, FacebookAdsApiBatch
from facebook_business.session import FacebookSession

REFUSAL = {"error": {"message": "(#551) This person isn't available right now.", "type": "OAuthException", "code": 551}}
sent = []
fault = None


class Graph(http.server.BaseHTTPRequestHandler):
    """Take a batch, and treat Bob's part of the first one as the fault says."""

    def do_POST(self):
        global fault
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers["Content-Type"].startswith("application/json")
        batch = json.loads(body)["batch"] if is_json else json.loads(parse_qs(body)["batch"][0])
        answers = []
        for part in batch:
            person = json.loads(parse_qs(part["body"])["recipient"][0])["id"]
            if person == "Bob" and fault == "not done":
                answers.append(None)
            elif person == "Bob" and fault == "refused":
                answers.append({"code": 400, "headers": [], "body": json.dumps(REFUSAL)})
            else:
                sent.append(person)
                answers.append({"code": 200, "headers": [], "body": '{"recipient_id": "1", "message_id": "m_1"}'})
        fault = None
        answer = json.dumps(answers).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Keep quiet."""


def with_node(*arguments):
    done = subprocess.run(["node", "send.cjs", graph, *arguments], stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout)


def with_python():
    told = {}
    batch = FacebookAdsApiBatch(FacebookAdsApi.init(access_token="t"))
    for person in ("Ada", "Bob", "Cy"):
        callbacks = {
            "success": lambda _, person=person: told.update({person: "sent"}),
            "failure": lambda _, person=person: told.update({person: "not sent"}),
        }
        params = {"recipient": {"id": person}, "message": {"text": "Hi"}}
        batch.add("POST", ("me", "messages"), params=params, **callbacks)
    if rest := batch.execute():
        told["in the batch given back"] = len(rest)
    return told


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = FacebookSession.GRAPH = f"http://127.0.0.1:{server.server_port}"
CLIENTS = {
    "facebook-batch": lambda: with_node("queue", "0"),
    "facebook-batch, retryTimes 1": lambda: with_node("queue", "1"),
    "Meta's Node SDK": lambda: with_node("meta"),
    "Meta's Python SDK": with_python,
}
for what in ("refused", "not done"):
    print(f"Bob's part is {what}")
    for name, client in CLIENTS.items():
        sent.clear()
        fault = what
        told = ", ".join(f"{person} {how}" for person, how in sorted(client().items()))
        print(f"  {name}: sent to {', '.join(sent)}; told: {told}")
PY

seen=$(venv/bin/python send.py)
expected="Bob's part is refused
  facebook-batch: sent to Ada, Cy; told: Ada sent, Bob not sent, Cy sent
  facebook-batch, retryTimes 1: sent to Ada, Cy, Bob; told: Ada sent, Bob sent, Cy sent
  Meta's Node SDK: sent to Ada, Cy; told: Ada sent, Bob not sent, Cy sent
  Meta's Python SDK: sent to Ada, Cy; told: Ada sent, Bob not sent, Cy sent
Bob's part is not done
  facebook-batch: sent to Ada, Cy; told: Ada not sent, Bob not sent, Cy not sent
  facebook-batch, retryTimes 1: sent to Ada, Cy, Ada, Bob, Cy; told: Ada sent, Bob sent, Cy sent
  Meta's Node SDK: sent to Ada, Cy; told: Ada sent, Cy sent, in the batch given back 1
  Meta's Python SDK: sent to Ada, Cy; told: Ada sent, Cy sent, in the batch given back 1"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
