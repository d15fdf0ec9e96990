"""When the screen begins to listen to its run."""

from pathlib import Path

import pytest

from hookscope.tui.screens.main import MainScreen
from tests.tui.stage import stage


async def test_a_screen_that_is_covered_before_its_first_paint_hears_the_run_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MainScreen, "call_after_refresh", lambda *_: True)  # As Textual does while it is covered.
    async with stage(tmp_path) as shown:
        await shown.see("● live")
