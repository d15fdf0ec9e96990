"""The screen follows a run at a pace that leaves time for keys."""

import asyncio
from pathlib import Path

import pytest

from hookscope.tui.pace import Pace
from hookscope.tui.render.detail_pages import Tab
from hookscope.tui.screens.main import MainScreen
from tests.support.captures import feed_body, make_capture
from tests.support.until import until
from tests.tui.stage import at, stage


async def test_a_change_is_made_after_the_effects_of_keys(tmp_path: Path) -> None:
    tabs: list[Tab] = []
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(feed_body("one")))
        await shown.see("one")
        pace = Pace(shown.app.main, shown.app.keyboard)
        shown.type("3")
        await pace.change(lambda: tabs.append(shown.app.main.tab))
    assert tabs == [Tab.RAW]


async def test_a_change_does_not_wait_long_for_keys_without_an_effect_yet(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.app.keyboard.wait_for(dialog := object())
        shown.type("3")
        await shown.engine.receive(make_capture(feed_body("meanwhile")))
        await shown.see("meanwhile")
        assert not shown.app.keyboard.is_quiet
        shown.app.keyboard.go_on(dialog)


async def test_the_screen_looks_by_itself_when_nothing_changes(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.until(lambda: shown.app.main.state.status == shown.engine.board.status)
        shown.clock = at(60)
        await shown.until(lambda: shown.app.main.state.now == at(60))


async def test_a_look_while_the_screen_is_taken_down_does_no_harm(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.until(lambda: shown.app.main.state.status == shown.engine.board.status)
    main, looking = shown.app.main, asyncio.create_task(Pace(shown.app.main, shown.app.keyboard).run())
    for shown.clock in (at(60), at(65)):
        await until(lambda: main.state.now == shown.clock or looking.done())
    assert not looking.done()
    looking.cancel()


async def test_an_idle_screen_paints_what_shows_the_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[MainScreen] = []
    paint = MainScreen.paint

    def count(screen: MainScreen) -> None:
        painted.append(screen)
        paint(screen)

    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(feed_body("one")))
        await shown.see("one")
        await shown.until(lambda: shown.app.main.state.status == shown.engine.board.status)
        shown.clock = at(600)
        await shown.see("public 14m")
        monkeypatch.setattr(MainScreen, "paint", count)
        shown.clock = at(660)
        await shown.see("public 15m")
        assert not painted

        shown.clock = at(86_400)  # Now the rows are of another day.
        await shown.until(lambda: bool(painted))


async def test_an_idle_screen_paints_what_another_process_has_added(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.clock = at(600)
        await shown.see("public 14m")
        await shown.engine.journal.append(make_capture(feed_body("silently"), run_id=await shown.engine.run_id()))
        await shown.see("silently")


async def test_the_day_above_the_list_follows_the_mouse(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        days = [
            make_capture(feed_body(f"day {day}"), received_at=at(86_400 * day)) for day in (0, 1) for _ in range(30)
        ]
        await shown.engine.receive(*days)
        shown.clock = at(86_400 * 2)
        await shown.see("21 Nov")
        await shown.press("k")  # The newest is no longer followed.
        shown.app.main.captures.scroll_to(y=0, animate=False)  # As the wheel does.
        await shown.see("20 Nov")
