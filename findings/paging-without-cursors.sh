#!/usr/bin/env bash
# Libraries: facebook_business 26.0.3 (Python) and facebook-nodejs-business-sdk 24.0.1 (Node), both Meta's own;
# facebook-sdk 3.1.0 (Python) beside them.
#
# One would guess: iterating over an edge gives all of its pages, in the same way in both of Meta's SDKs.
#
# What happens: an edge may page without cursors. For time-based and offset-based paging Meta documents an answer with
# paging.next and no paging.cursors. The Node SDK and facebook-sdk follow paging.next. The Python SDK goes on only where
# paging.cursors.after is there too; else it takes the first page for the last one and the loop ends without an error.
#
# Why it matters: reading an edge again is how one catches up with notifications that were missed, and a catch-up that
# ends after one page looks complete.
#
# Seen on 2026-11-29: the output below, against a stand-in for the Graph API that serves two pages.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts facebook-nodejs-business-sdk@24.0.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook_business==26.0.3' 'facebook-sdk==3.1.0'

cat >read.js <<'JS'
const { FacebookAdsApi, Page } = require("facebook-nodejs-business-sdk");

const graph = process.argv[2];
Object.defineProperty(FacebookAdsApi, "GRAPH", { get: () => graph });
FacebookAdsApi.init("t");

async function main() {
  let posts = await new Page("1").getFeed(["id"], { limit: 2 });
  const ids = posts.map(({ id }) => id);
  while (posts.hasNext()) {
    posts = await posts.next();
    ids.push(...posts.map(({ id }) => id));
  }
  console.log("facebook-nodejs-business-sdk:", ids.join(" "));
}

main();
JS

cat >read.py <<'PY'
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import facebook
from facebook_business.adobjects.page import Page
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession


class Graph(BaseHTTPRequestHandler):
    """Answer the first page of a feed with a next link, and the page at that link with none."""

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        answer = {"data": [{"id": "3"}, {"id": "4"}]}
        if "until" not in query:
            link = f"{graph}{urlsplit(self.path).path}?access_token=t&limit=2&until=1700000000"
            answer = {"data": [{"id": "1"}, {"id": "2"}], "paging": {"next": link}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = f"http://127.0.0.1:{server.server_port}"

FacebookSession.GRAPH = graph
FacebookAdsApi.init(access_token="t")
print("facebook_business:", *[post["id"] for post in Page("1").get_feed(fields=["id"], params={"limit": 2})])

facebook.FACEBOOK_GRAPH_URL = graph + "/"
posts = facebook.GraphAPI("t", version="3.1").get_all_connections("1", "feed", limit=2)
print("facebook-sdk:", *[post["id"] for post in posts], flush=True)

subprocess.run(["node", "read.js", graph], check=True)
server.shutdown()
PY

seen=$(venv/bin/python read.py)
expected='facebook_business: 1 2
facebook-sdk: 1 2 3 4
facebook-nodejs-business-sdk: 1 2 3 4'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
