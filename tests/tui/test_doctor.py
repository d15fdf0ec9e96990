"""The doctor's panel."""

from pathlib import Path
from typing import Any

import pytest

from tests.tui.stage import stage


def finding(state: str, what: str, **told: str) -> dict[str, Any]:
    return {"check": "a", "id": "a", "state": state, "what": what, "why": None, "next_step": None, **told}


async def test_failures_come_first_with_their_next_step(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.findings = [
            finding("ok", "page is active"),
            finding("unknown", "the mode", why="the Graph API does not tell"),
            finding("failed", "page \x1b[31mlacks leadgen", why="not subscribed", next_step="hookscope run"),
        ]
        await shown.see("Ready, waiting")
        shown.app.action_act("doctor")
        frame = await shown.see("✗ page", "→ hookscope run", "✓ page is active", "· the mode")
        assert frame.index("lacks leadgen") < frame.index("the mode") < frame.index("page is active")
        await shown.press("escape")
        await shown.miss("lacks leadgen")


async def test_the_panel_waits_for_the_run(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.answers.clear()
        await shown.see("Ready, waiting")
        shown.app.action_act("doctor")
        await shown.see("checking every link")
        shown.engine.findings = [finding("ok", "page is active")]
        shown.engine.answers.set()
        await shown.see("✓ page is active")


@pytest.mark.slow
async def test_a_run_that_cannot_be_examined_says_why(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.say_no = True
        await shown.see("Ready, waiting")
        shown.app.action_act("doctor")
        await shown.see("✗ the run is still starting", "→ try again in a moment")
