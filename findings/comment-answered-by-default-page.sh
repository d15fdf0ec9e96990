#!/usr/bin/env bash
# Library: facebook-mcp 0.4.0 with fastmcp 4.2.3 (Python), a server of MCP that lets an agent manage several Pages.
#
# One would guess: the comments of a post are answered by the Page whose post it is, as that Page's token has listed
# them. "For post ids, it uses the Page that owns the post", says the README.
#
# What happens: the Page is what stands before "_" in an id, if that is one of the Pages. It is for posts. In the id of
# a comment, in Meta's webhooks as in the list, the post stands there: <post>_<comment>. So a reply to a comment, and
# the hiding and deletion of one, go out with the token of FB_DEFAULT_PAGE, whatever Page listed it a moment ago. Only
# without FB_DEFAULT_PAGE is the agent asked to say which Page.
#
# Why it matters: a complaint to one brand is answered in the name of another, in public, where Meta takes that; where
# it does not, the insult that was to be hidden stays, and the error speaks of a permission that the Page's token has.
# With one Page, and with the comments of the default one, all is well.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook-mcp==0.4.0' 'fastmcp==4.2.3'

cat >moderate.py <<'PY'
import asyncio
import http.server
import json
import os
import sys
import threading
from urllib.parse import urlsplit

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError

PAGES = {"token-7": ("1067", "Red Socks"), "token-8": ("1068", "Blue Socks")}
POST, COMMENT = "1068_300", "300_401"
asked = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note which Page's token each request has."""

    def answer(self):
        path = urlsplit(self.path).path.split("/", 2)[2]
        token = self.headers["Authorization"].removeprefix("Bearer ")
        if path == "me/accounts":
            pages = [{"id": page, "name": name, "access_token": token} for token, (page, name) in PAGES.items()]
            value = {"data": pages}
        else:
            asked.append(PAGES[token][1])
            value = {"success": True, "id": "300_402"}
            if self.command == "GET":
                value = {"data": [{"id": COMMENT, "message": "Where is my order?"}]}
        body = json.dumps(value).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        """Keep quiet."""


async def moderate(**settings):
    environment = {"FB_USER_ACCESS_TOKEN": "t", "FB_GRAPH_BASE_URL": graph, "PATH": os.environ["PATH"]} | settings
    server = StdioTransport(f"{sys.prefix}/bin/facebook-mcp", [], env=environment)
    async with Client(server) as agent:
        listed = await agent.call_tool("list_comments", {"object_id": POST})
        print(f"  list_comments {POST}: {asked.pop()}")
        (comment,) = listed.structured_content["items"]
        for tool, arguments in (
            ("add_comment", {"object_id": POST, "message": "Thanks!"}),
            ("add_comment", {"object_id": comment["id"], "message": "On its way."}),
            ("set_comment_hidden", {"comment_id": comment["id"]}),
            ("delete_comment", {"comment_id": comment["id"]}),
        ):
            try:
                await agent.call_tool(tool, arguments)
                seen = asked.pop()
            except ToolError as error:
                seen = str(error).split(".")[0]
            print(f"  {tool} {next(iter(arguments.values()))}: {seen}")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph = f"http://127.0.0.1:{server.server_port}"
print("default Page: Red Socks")
asyncio.run(moderate(FB_DEFAULT_PAGE="Red Socks"))
print("no default Page")
asyncio.run(moderate())
PY

seen=$(venv/bin/python moderate.py 2>server.log)
expected='default Page: Red Socks
  list_comments 1068_300: Blue Socks
  add_comment 1068_300: Blue Socks
  add_comment 300_401: Red Socks
  set_comment_hidden 300_401: Red Socks
  delete_comment 300_401: Red Socks
no default Page
  list_comments 1068_300: Blue Socks
  add_comment 1068_300: Blue Socks
  add_comment 300_401: Several Pages are available
  set_comment_hidden 300_401: Several Pages are available
  delete_comment 300_401: Several Pages are available'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
