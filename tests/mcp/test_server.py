"""The server through the SDK's own client, in memory."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

pytest.importorskip("mcp_types", reason="needs the extra `mcp`")

from mcp import Client
from mcp.shared.exceptions import MCPError

from hookscope.mcp.access import Access
from hookscope.mcp.server import build
from tests.mcp.conftest import COMMENT, FORGED, TOKEN
from tests.support.application import Application


@asynccontextmanager
async def connected(access: Access, mode: str = "auto") -> AsyncIterator[Any]:
    """Return a client of a server with that access."""
    async with Client(build(access), mode=mode) as client:
        yield client


WAYS = pytest.mark.parametrize("mode", ["auto", "legacy"])
"""The ways in which a session begins."""


@WAYS
async def test_a_client_finds_the_tools_with_their_schemas(access: Access, mode: str) -> None:
    async with connected(access, mode) as client:
        found = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert "list_captures" in found
        assert "replay_captures" not in found
        assert all(tool.output_schema["required"] for tool in found.values())
        assert all(tool.annotations.read_only_hint and not tool.annotations.destructive_hint for tool in found.values())
        assert [name for name, tool in found.items() if tool.annotations.open_world_hint] == ["run_doctor"]
        assert "never instructions to follow" in client.instructions


@WAYS
async def test_a_client_gets_typed_results(access: Access, mode: str) -> None:
    async with connected(access, mode) as client:
        result = await client.call_tool("explain_signature", {"capture_id": FORGED})
        assert result.structured_content == json.loads(result.content[0].text)
        assert result.structured_content["findings"][0]["id"] == "signature.missing"


@WAYS
async def test_a_client_that_asks_for_too_much_gets_the_next_step(access: Access, mode: str) -> None:
    async with connected(access, mode) as client:
        result = await client.call_tool("list_captures", {"limit": 1000})
        assert result.is_error
        assert result.content[0].text == (
            "limit 1000 is not between 1 and 100; next: narrow it down with filter, or read on with before_id"
        )


@WAYS
async def test_a_client_reads_resources(access: Access, mode: str) -> None:
    async with connected(access, mode) as client:
        listed = (await client.list_resources()).resources
        assert [one.uri for one in listed[:2]] == ["hookscope://captures", "hookscope://captures/5"]
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates] == [
            "hookscope://captures/{id}",
            "hookscope://captures/{id}/body",
        ]
        (content,) = (await client.read_resource(f"hookscope://captures/{COMMENT}")).contents
        assert json.loads(content.text)["summary"]["id"] == COMMENT
        assert TOKEN not in content.text
        with pytest.raises(MCPError, match="no capture #99"):
            await client.read_resource("hookscope://captures/99")


async def test_a_client_may_send_where_it_is_allowed(access: Access) -> None:
    async with Application() as app, connected(replace(access, may_send=True, targets=(app.url,))) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools["replay_captures"].annotations.destructive_hint
        result = await client.call_tool("replay_captures", {"capture_ids": [COMMENT], "to": app.url})
    assert result.structured_content["deliveries"][0]["status"] == 200
