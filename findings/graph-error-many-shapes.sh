#!/usr/bin/env bash
# Libraries: facebook-sdk 3.1.0, fbmessenger 6.0.0, heyoo 0.1.2 (Python); messaging-api-messenger 1.1.0,
# whatsapp-business 1.7.2 (Node).
#
# One would guess: a client raises an error for a Graph API error and hands over Meta's message, code and error_subcode.
# The sub-code is what tells a token that ran out (463) from one that a new password or a logout has ended (460, 467).
#
# What happens, for one and the same answer of 400 with code 190 and error_subcode 460:
# - fbmessenger and heyoo raise nothing: send() and send_message() return {"error": ...} where a result is expected.
# - facebook-sdk raises, with code and message as attributes; the sub-code is only in .result["error"].
# - messaging-api-messenger raises, with the sub-code in neither text nor attributes, and renamed to errorSubcode in
#   .response.data.
# - whatsapp-business rejects with a plain object, no Error, whose message is not Meta's: it is the library's own text
#   for the code, so "the user changed the password" reads "Access token has expired".
#
# Why it matters: a webhook handler replies with such a client and answers 200. A reply that failed without an exception
# is lost, as Meta does not send the notification again; and a wrong reason leads to refreshing a token that is dead.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts messaging-api-messenger@1.1.0 whatsapp-business@1.7.2 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook-sdk==3.1.0' 'fbmessenger==6.0.0' 'heyoo==0.1.2' \
  'six==1.17.0'

cat >ask.js <<'JS'
const { MessengerClient } = require("messaging-api-messenger");
const { WABAClient } = require("whatsapp-business");

const graph = process.argv[2];

async function main() {
  const messenger = new MessengerClient({ accessToken: "t", origin: graph });
  await messenger.sendText("1", "hi").catch((error) => {
    console.log("messaging-api-messenger raised:", error.message);
    console.log("  .response.data.error:", JSON.stringify(Object.keys(error.response.data.error)));
  });

  const waba = new WABAClient({ apiToken: "t", phoneId: "106", accountId: "102" });
  waba.restClient.fetch.defaults.baseURL = graph;
  await waba.sendMessage({ to: "15550000001", type: "text", text: { body: "hi" } }).catch((error) => {
    console.log("whatsapp-business rejected:", error.message, error.error_subcode, `Error: ${error instanceof Error}`);
  });
}

main();
JS

cat >ask.py <<'PY'
import json
import logging
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import facebook
from fbmessenger import MessengerClient
from heyoo import WhatsApp

ERROR = {
    "message": "The session has been invalidated because the user changed the password.",
    "type": "OAuthException",
    "code": 190,
    "error_subcode": 460,
    "fbtrace_id": "A",
}


class Graph(BaseHTTPRequestHandler):
    """Refuse every request as Meta does for a token that has been ended."""

    def refuse(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"error": ERROR}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = refuse

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = f"http://127.0.0.1:{server.server_port}"
logging.disable()

messenger = MessengerClient("t")
messenger.graph_url = graph
print("fbmessenger returned:", *messenger.send({"text": "hi"}, "1"))

whatsapp = WhatsApp("t", phone_number_id="106")
whatsapp.url = graph
print("heyoo returned:", *whatsapp.send_message("hi", "15550000001"))

facebook.FACEBOOK_GRAPH_URL = graph + "/"
try:
    facebook.GraphAPI("t", version="3.1").put_object("1", "messages", message="hi")
except facebook.GraphAPIError as error:
    print("facebook-sdk raised:", sorted(vars(error)), error.result["error"]["error_subcode"], flush=True)

subprocess.run(["node", "ask.js", graph], check=True)
server.shutdown()
PY

seen=$(venv/bin/python ask.py)
expected='fbmessenger returned: error
heyoo returned: error
facebook-sdk raised: ['"'code', 'message', 'result', 'type'"'] 460
messaging-api-messenger raised: Messenger API - 190 OAuthException The session has been invalidated because the user changed the password.
  .response.data.error: ["message","type","code","errorSubcode","fbtraceId"]
whatsapp-business rejected: Access token has expired 460 Error: false'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
