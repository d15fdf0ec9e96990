"""An entry of a team's log is named by its number there, `@345`."""

from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.journal.mirroring import Mirrored
from hookscope.journal.writer import JournalWriter
from hookscope.mcp import resources, tools
from hookscope.mcp.access import Access
from hookscope.secret_sources import SecretSources
from hookscope.team.entry import decode, encode
from tests.support.captures import feed_body, make_capture

_NUMBERS = (344, 345)


@pytest.fixture
async def mirror(tmp_path: Path) -> Access:
    """Return an access to a journal that mirrors two entries of a log."""
    journal = tmp_path / "journal.db"
    entries = [decode(encode(make_capture(feed_body(f"entry {seq}")), (), "relay")) for seq in _NUMBERS]
    async with JournalWriter(journal) as writer:
        mirrored = [Mirrored(seq, one.plain, None, ()) for seq, one in zip(_NUMBERS, entries, strict=True)]
        await writer.add_mirrored("uuid", "db.example.com", mirrored)
    return Access(journal=journal, secrets=SecretSources({}))


async def test_a_shared_number_names_a_capture(mirror: Access) -> None:
    shown = await tools.call("show_capture", {"capture_id": "@345"}, mirror)
    assert (shown["summary"]["id"], shown["summary"]["shared"]) == (2, "@345")
    found = await tools.call("diff_captures", {"left_id": "@344", "right_id": 2}, mirror)
    assert found["changed"]
    assert (await tools.call("lint_capture", {"capture_id": "@344"}, mirror))["findings"] is not None
    assert "entry 345" in await resources.read_resource("hookscope://captures/@345/body", mirror)


@pytest.mark.parametrize("name", ["@7", "@0", "@", "@x", "3.1"])
async def test_one_that_is_not_there_says_so(mirror: Access, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        await tools.call("show_capture", {"capture_id": name}, mirror)
    assert refused.value.hint
