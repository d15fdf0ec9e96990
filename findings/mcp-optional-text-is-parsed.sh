#!/usr/bin/env bash
# Libraries: mcp 2.3.0 (Python), @modelcontextprotocol/sdk 1.32.2 with zod 4.6.7 (Node): the official SDKs of MCP.
#
# One would guess: a tool's argument that is declared as a text, `payload: str | None = None`, takes every text, and its
# published schema, {"anyOf": [{"type": "string"}, {"type": "null"}]}, says so. The same tool in Node does.
#
# What happens: the Python SDK parses each text as JSON first unless the annotation is exactly `str`. The body of a
# notification becomes an object and is then refused as "not a valid string"; the text `null` becomes None without an
# error; only texts that are not JSON, or are one JSON string or number, arrive. With `payload: str = ""` all do.
# An argument whose name is wrong is dropped in silence by both SDKs, so the tool runs with its defaults.
#
# Why it matters: a tool that takes the body of a webhook in the usual style of Python fails for
# exactly the texts it is made for, and says that the assistant had sent no text.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @modelcontextprotocol/sdk@1.32.2 zod@4.6.7 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'mcp==2.3.0' 'pydantic==2.14.4'

cat >call.py <<'PY'
import asyncio

from mcp import Client
from mcp.server import MCPServer

server = MCPServer("python", log_level="CRITICAL")


@server.tool()
def optional(payload: str | None = None) -> str:
    return repr(payload)


@server.tool()
def plain(payload: str = "") -> str:
    return repr(payload)


CALLS = [{"payload": '{"object":"page"}'}, {"payload": "null"}, {"payload": "[1]"}, {"payload": "12"}, {"paylod": "x"}]


async def main():
    async with Client(server) as client:
        for tool in ("optional", "plain"):
            for arguments in CALLS:
                result = await client.call_tool(tool, arguments)
                print("python", tool, arguments, "refused" if result.is_error else result.content[0].text)


asyncio.run(main())
PY

cat >call.mjs <<'JS'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const server = new McpServer({ name: "node", version: "1" });
server.registerTool("optional", { inputSchema: { payload: z.string().nullish() } }, ({ payload }) => ({
  content: [{ type: "text", text: JSON.stringify(payload ?? null) }],
}));
const [ours, theirs] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: "client", version: "1" });
await Promise.all([server.connect(theirs), client.connect(ours)]);
for (const given of [{ payload: '{"object":"page"}' }, { payload: "null" }, { payload: "[1]" }, { payload: "12" }, { paylod: "x" }]) {
  const result = await client.callTool({ name: "optional", arguments: given });
  console.log("node optional", JSON.stringify(given), result.isError ? "refused" : result.content[0].text);
}
await client.close();
JS

seen=$(venv/bin/python call.py; node call.mjs)
expected=$(cat <<'SEEN'
python optional {'payload': '{"object":"page"}'} refused
python optional {'payload': 'null'} None
python optional {'payload': '[1]'} refused
python optional {'payload': '12'} '12'
python optional {'paylod': 'x'} None
python plain {'payload': '{"object":"page"}'} '{"object":"page"}'
python plain {'payload': 'null'} 'null'
python plain {'payload': '[1]'} '[1]'
python plain {'payload': '12'} '12'
python plain {'paylod': 'x'} ''
node optional {"payload":"{\"object\":\"page\"}"} "{\"object\":\"page\"}"
node optional {"payload":"null"} "null"
node optional {"payload":"[1]"} "[1]"
node optional {"payload":"12"} "12"
node optional {"paylod":"x"} null
SEEN
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
