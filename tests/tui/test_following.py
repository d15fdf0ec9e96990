from pathlib import Path

import pytest
from textual.events import MouseScrollUp

from hookscope.model.record import Capture
from tests.support.captures import feed_body, make_capture
from tests.support.slow import slow_after
from tests.tui.stage import SIZES, stage


def comments(count: int, start: int = 0) -> list[Capture]:
    return [make_capture(feed_body(f"text {n:03}", comment_id=f"1_{n}")) for n in range(start, start + count)]


def selected(frame: str) -> str:
    [line] = [line for line in frame.splitlines() if line.startswith("▌")]
    return line


def rows(frame: str) -> list[str]:
    """Return the rows of the list, without the scroll bar."""
    return [line[:78].rstrip() for line in frame.splitlines()[3:23]]


@pytest.mark.parametrize("size", slow_after(1, SIZES))
async def test_a_capture_shows_when_it_comes_and_is_selected(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as shown:
        await shown.see("waiting for the first notification")
        await shown.engine.receive(make_capture(feed_body("hi")))
        line = selected(await shown.see("page.feed", "Tester"))
        assert line.startswith("▌19:33:29 ")
        assert "hi" in line


async def test_the_newest_stays_selected_until_the_reader_moves_up(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(30))
        assert "text 029" in selected(await shown.see("text 029"))
        await shown.press("k")
        await shown.engine.receive(*comments(3, 30))
        frame = await shown.see("3 new")
        assert "text 028" in selected(frame)
        assert "text 030" not in frame  # Nothing has scrolled: what was there before is still what is there.
        await shown.press("F")
        frame = await shown.see("text 032")
        assert "text 032" in selected(frame)
        assert "new" not in frame


@pytest.mark.parametrize("key", slow_after(1, ["G", "end", "F"]))
async def test_three_keys_follow_again(tmp_path: Path, key: str) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(3))
        await shown.see("text 002")
        await shown.press("g")
        assert "text 000" in selected(shown.frame())
        await shown.press(key)
        await shown.engine.receive(*comments(1, 3))
        assert "text 003" in selected(await shown.see("text 003"))


@pytest.mark.slow
async def test_the_wheel_stops_the_list_from_running_on(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(60))
        await shown.see("text 059")
        await shown.pilot._post_mouse_events([MouseScrollUp], "CaptureList", offset=(5, 5))
        await shown.until(lambda: "text 059" not in shown.frame())
        before = rows(shown.frame())
        await shown.engine.receive(*comments(5, 60))
        await shown.see("5 new")
        assert rows(shown.frame()) == before


@pytest.mark.slow
async def test_reading_details_keeps_them(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(2))
        await shown.see("text 001")
        await shown.press("enter")
        await shown.see("#2  page.feed", "Tester: text 001")
        await shown.engine.receive(*comments(2, 2))
        await shown.until(lambda: shown.app.main.timeline.unseen == 2)
        assert "Tester: text 001" in shown.frame()
        await shown.press("escape")
        assert "text 001" in selected(await shown.see("2 new"))


async def test_a_pause_leaves_the_list_as_it_is_and_loses_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(2))
        await shown.see("text 001")
        await shown.press("space")
        await shown.engine.receive(*comments(23, 2))
        frame = await shown.see("paused, 23 new", "space go on")
        assert "text 002" not in frame
        await shown.press("space")
        frame = await shown.see("text 024")
        assert "paused" not in frame
        assert "text 024" in selected(frame)


@pytest.mark.slow
async def test_all_keys_that_move_do(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(50))
        await shown.see("text 049")
        steps = [("k", "048"), ("up", "047"), ("j", "048"), ("down", "049"), ("g", "000"), ("pagedown", "019")]
        steps += [("home", "000"), ("end", "049"), ("pageup", "030"), ("G", "049")]
        for key, text in steps:
            await shown.press(key)
            assert f"text {text}" in selected(shown.frame()), key


async def test_a_click_selects_and_a_second_one_opens(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(5))
        await shown.see("text 004")
        await shown.pilot.click("CaptureList", offset=(20, 1))
        assert "text 001" in selected(shown.frame())
        await shown.pilot.click("CaptureList", offset=(20, 2), times=2)
        await shown.see("#3  page.feed", "Tester: text 002")


@pytest.mark.slow
async def test_a_line_that_appears_above_does_not_move_the_rows(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*comments(60))
        await shown.see("text 059")
        await shown.press("pageup", "pageup", "j", "j", "j")
        row = shown.frame().splitlines().index(selected(shown.frame()))
        await shown.press("y")
        await shown.see("copied the body")
        assert shown.frame().splitlines().index(selected(shown.frame())) == row
