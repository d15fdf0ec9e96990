"""The screen follows a run at a pace that leaves time for keys."""

from pathlib import Path

from hookscope.tui.pace import Pace
from hookscope.tui.render.detail_pages import Tab
from tests.support.captures import feed_body, make_capture
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
        await shown.until(lambda: shown.app.main.scene.status == shown.engine.board.status)
        shown.clock = at(60)
        await shown.until(lambda: shown.app.main.scene.now == at(60))
