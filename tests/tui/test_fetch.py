"""The panel with the objects that a capture refers to."""

from pathlib import Path

import pytest

from tests.support.captures import make_capture
from tests.tui.stage import stage


async def test_what_was_read_is_shown_and_cannot_reach_the_terminal(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.answer = {"field_data": [{"name": "email", "values": ["ada@example.com\x1b[2J"]}]}
        await shown.engine.receive(make_capture())
        await shown.see("page.feed")
        await shown.press("o")
        frame = await shown.see("Fetch #1", "lead 195", "ada@example.com")
        assert "\x1b" not in frame
        await shown.press("escape")
        await shown.miss("lead 195")


@pytest.mark.slow
async def test_a_missing_token_is_named(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.say_no = True
        await shown.engine.receive(make_capture())
        await shown.see("page.feed")
        shown.app.action_act("fetch")
        await shown.see("✗ a Page's token is missing", "→ set HOOKSCOPE_PAGE_TOKEN")
