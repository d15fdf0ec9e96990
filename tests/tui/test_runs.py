"""Several runs on one journal."""

from pathlib import Path

import pytest

from hookscope.model.record import Capture, Run
from tests.support.captures import WHEN, feed_body, make_capture
from tests.tui.stage import Stage, stage


def comment(text: str, run: int | None = None) -> Capture:
    return make_capture(feed_body(text, comment_id=f"1_{text}"), run_id=run)


async def two_runs(shown: Stage) -> None:
    """Receive captures of an earlier run, and of this one."""
    await shown.engine.run_id()
    other = await shown.engine.journal.begin_run(
        Run(key="other", app_id="1", objects=("page",), targets=(), started_at=WHEN)
    )
    await shown.engine.receive(comment("theirs", other.id), comment("ours"), comment("theirs too", other.id))


async def test_the_list_has_the_captures_of_its_run_until_all_are_wanted(tmp_path: Path) -> None:
    async with stage(tmp_path, run_id=1) as shown:
        await two_runs(shown)
        assert "theirs" not in await shown.see(": ours")
        await shown.press("a")
        frame = await shown.see(": ours", "run 2 Tester", "theirs too", "all runs")
        assert "run 1" not in frame
        await shown.press("a")
        await shown.miss("theirs")


async def test_a_pause_lasts_until_it_is_ended_whatever_is_listed(tmp_path: Path) -> None:
    async with stage(tmp_path, run_id=1, size=(140, 40)) as shown:
        await two_runs(shown)
        await shown.see(": ours")
        await shown.press("space", "a")
        await shown.see("theirs too", "all runs ‖ paused, 0 new", "space go on")
        await shown.engine.receive(comment("later"))
        assert ": later" not in await shown.see("paused, 1 new")
        await shown.press("enter")
        await shown.see("esc back", "space go on")
        await shown.press("space")
        assert "paused" not in await shown.see(": later")


@pytest.mark.slow
async def test_a_filter_and_marks_are_about_the_captures_of_the_list(tmp_path: Path) -> None:
    async with stage(tmp_path, run_id=1) as shown:
        await two_runs(shown)
        await shown.see(": ours")
        await shown.press("f", *"field:feed", "enter")
        await shown.see("filter field:feed", "1 of 1")
        await shown.press("a")
        await shown.see("3 of 3", "theirs too")
        await shown.press("f", "ctrl+u", *"run:2", "enter")
        await shown.see("2 of 3")
        await shown.miss(": ours")


async def test_a_run_without_captures_says_how_to_see_those_of_others(tmp_path: Path) -> None:
    async with stage(tmp_path, run_id=7) as shown:
        await shown.engine.journal.append(comment("of nobody"))
        await shown.see("waiting for the first notification", "a shows the captures of other runs")
        await shown.press("a")
        await shown.see("of nobody")
