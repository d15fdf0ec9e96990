"""Captures as resources."""

import json

import pytest

from hookscope.errors import UsageError
from hookscope.journal.writer import JournalWriter
from hookscope.mcp.access import Access
from hookscope.mcp.resources import newest_resources, read_resource
from tests.mcp.conftest import COMMENT, TOKEN
from tests.support.captures import feed_body, make_capture


async def test_the_newest_captures_are_listed_by_names_without_outside_text(access: Access) -> None:
    found = await newest_resources(access)
    assert [uri for uri, _ in found] == [f"hookscope://captures/{capture_id}" for capture_id in range(5, 0, -1)]
    assert "Ignore" not in str(found)


async def test_a_resource_is_json_without_secrets(access: Access) -> None:
    listing = json.loads(await read_resource("hookscope://captures", access))
    assert [one["id"] for one in listing["captures"]] == [5, 4, 3, 2, 1]
    shown = json.loads(await read_resource(f"hookscope://captures/{COMMENT}", access))
    body = json.loads(await read_resource(f"hookscope://captures/{COMMENT}/body", access))
    assert shown["summary"]["id"] == COMMENT
    assert json.loads(body["untrusted_body"])["object"] == "page"
    assert TOKEN not in str((listing, shown, body))


@pytest.mark.parametrize("uri", ["hookscope://captures/x", "hookscope://captures/0", "file:///etc/passwd"])
async def test_an_unknown_resource_gets_the_known_ones(access: Access, uri: str) -> None:
    with pytest.raises(UsageError) as raised:
        await read_resource(uri, access)
    assert "hookscope://captures/{id}/body" in str(raised.value.hint)


async def test_a_body_that_is_too_large_gets_the_next_step(access: Access) -> None:
    async with JournalWriter(access.journal) as writer:
        await writer.append(make_capture(feed_body("x" * (257 << 10))))
    with pytest.raises(UsageError) as raised:
        await read_resource("hookscope://captures/6/body", access)
    assert "hookscope captures show 6 --raw" in str(raised.value.hint)


async def test_a_capture_that_does_not_exist(access: Access) -> None:
    with pytest.raises(UsageError, match="no capture #99"):
        await read_resource("hookscope://captures/99", access)
