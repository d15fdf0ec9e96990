"""Keys that are typed faster than the screen follows."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input

from hookscope.tui.keyboard import Keyboard
from hookscope.tui.widgets.ordered_keys import LineInput
from tests.support.captures import feed_body, make_capture
from tests.support.slow import slow_after
from tests.support.until import until
from tests.tui.stage import Stage, stage


@asynccontextmanager
async def slow_reader() -> AsyncIterator[None]:
    """Let nothing read the journal in a thread meanwhile: the only one has other work."""
    threads, done = ThreadPoolExecutor(1), threading.Event()
    asyncio.get_running_loop().set_default_executor(threads)
    threads.submit(done.wait)
    try:
        yield
    finally:
        done.set()


@asynccontextmanager
async def with_capture(folder: Path, **options: object) -> AsyncIterator[Stage]:
    async with stage(folder, **options) as shown:  # type: ignore[arg-type]
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        yield shown


async def type_ahead(shown: Stage, *keys: str) -> None:
    """Type keys while the journal is slow; none of them does anything until it has been read."""
    async with slow_reader():
        shown.type(*keys)
        await shown.pilot.pause(0)
        assert not shown.app.keyboard.is_quiet
        assert len(shown.app.screen_stack) == 1
        assert not shown.engine.triggered
        assert not shown.engine.replays


@pytest.mark.slow
async def test_a_format_and_a_name_are_typed_before_anybody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with with_capture(tmp_path) as shown:
        await type_ahead(shown, "x", *"httpie", "enter", "end", "ctrl+u", *"tr.txt", "enter")
        await shown.see("✓ exported #1 to tr.txt")
    assert (tmp_path / "tr.txt").read_text().startswith("http ")


@pytest.mark.slow
async def test_a_second_dialog_gets_the_keys_that_follow_the_first(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        await type_ahead(shown, "x", *"httpie", "enter", "ctrl+y")
        await shown.see("copied #1 as httpie")


@pytest.mark.parametrize("key", slow_after(1, ["r", "R"]))
async def test_a_target_is_typed_before_anybody_asks(tmp_path: Path, key: str) -> None:
    async with with_capture(tmp_path) as shown:
        async with slow_reader():
            shown.type(key, *"http://127.0.0.1:3000/tr", "enter")
        await shown.until(lambda: shown.engine.replays == [(1, "http://127.0.0.1:3000/tr")])


@pytest.mark.slow
async def test_a_pasted_target_keeps_its_place_among_the_keys(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        async with slow_reader():
            shown.type("r")
            shown.app.post_message(events.Paste("http://127.0.0.1:3000/"))
            shown.type("t", "enter")
        await shown.until(lambda: shown.engine.replays == [(1, "http://127.0.0.1:3000/t")])


@pytest.mark.slow
async def test_a_comparison_takes_the_keys_that_follow(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        await shown.engine.receive(make_capture(feed_body("another")))
        await shown.see("anoth")
        await shown.press("m", "k", "m")
        await shown.until(lambda: shown.frame().count("◆") == 2)
        await type_ahead(shown, "equals_sign", "escape", "t")
        await shown.see("Trigger a sample")


@pytest.mark.slow
async def test_marks_are_kept_before_the_marked_are_compared(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        await shown.engine.receive(make_capture(feed_body("another")))
        await shown.see("anoth")
        async with slow_reader():
            shown.type("m", "k", "m", "equals_sign")
            for _ in range(20):
                await shown.pilot.pause(0)
            assert shown.app.main.timeline.capture_id == 2
        await shown.see("Compare #1 with #2")


async def test_typed_keys_follow_an_action_that_asks_nothing(tmp_path: Path) -> None:
    async with with_capture(tmp_path, targets=("http://127.0.0.1:3000",)) as shown:
        await shown.engine.receive(make_capture(feed_body("another")))
        await shown.see("anoth")
        await type_ahead(shown, "r", "k", "r", "equals_sign", "m")
        await shown.until(lambda: [number for number, _ in shown.engine.replays] == [2, 1])
        await shown.see("◆")


@pytest.mark.slow
async def test_copies_follow_each_other_however_fast(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        await type_ahead(shown, "y", "y", "y")
        await shown.see("copied #1 for curl")


@pytest.mark.slow
async def test_a_sample_and_a_filter_are_typed_at_once(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        shown.type("t", *"page.feed.comment_photo", "enter", "f", *"trqx", "enter", "escape", "delete", "escape", "m")
        await shown.until(lambda: len(shown.engine.triggered) == 1)
        await shown.see("◆")
        assert len(shown.app.screen_stack) == 1
        assert not shown.engine.stops
        assert not shown.engine.replays


@pytest.mark.slow
async def test_keys_for_a_dialog_that_does_not_open_do_nothing(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        async with slow_reader():
            shown.type("x", *"tr")
            await shown.pilot.pause(0)
            for file in tmp_path.glob("journal.db*"):
                file.rename(file.with_suffix(".gone"))
        await shown.see("✗")
        await shown.until(lambda: shown.app.keyboard.is_quiet)
        assert len(shown.app.screen_stack) == 1
        assert not shown.engine.replays


async def test_an_interrupt_goes_before_all_that_waits(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        async with slow_reader():
            shown.type("x", *"tr", "ctrl+c")
            await shown.until(lambda: len(shown.engine.stops) == 1)
            assert shown.app.keyboard.is_quiet
        await shown.see("Putting everything back")
        assert len(shown.app.screen_stack) == 1
        assert not shown.engine.replays


class Waiting(App[None]):
    """A line to type into, behind a keyboard that waits for nothing more."""

    def __init__(self) -> None:
        super().__init__()
        self.keyboard = Keyboard(self, super().on_event, timeout_seconds=0.0)

    def compose(self) -> ComposeResult:
        yield Input()

    def on_mount(self) -> None:
        self.run_worker(self.keyboard.run())

    async def on_event(self, event: events.Event) -> None:
        if not self.keyboard.takes(event):
            await super().on_event(event)


async def test_a_reader_that_never_ends_does_not_keep_the_keyboard() -> None:
    app = Waiting()
    async with app.run_test() as pilot:
        app.keyboard.wait_for("a disk that is gone")
        app.post_message(events.Key("a", "a"))
        await pilot.pause(0)
        await until(lambda: app.keyboard.is_quiet)
        app.post_message(events.Key("b", "b"))
        await until(lambda: app.query_one(Input).value)
        assert app.query_one(Input).value == "b"


class Hurried(Waiting):
    """The same, with a line that edits itself, and keys that wait for nothing."""

    def compose(self) -> ComposeResult:
        yield LineInput()


async def test_a_line_is_edited_in_the_order_of_the_keys_on_a_machine_that_never_answers_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hookscope.tui.keyboard._LIMIT_TURNS", 0)
    app = Hurried()
    async with app.run_test() as pilot:
        for key in (*"first", "ctrl+u", *"second", "home", "x"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause(0)
        await until(lambda: app.query_one(LineInput).value == "xsecond")


@pytest.mark.slow
async def test_the_sample_that_is_sent_is_the_one_that_stands_in_the_line(tmp_path: Path) -> None:
    async with with_capture(tmp_path) as shown:
        shown.type("t", *"leadgen", "ctrl+u", *"page.feed.comment_photo", "enter")
        await shown.until(lambda: len(shown.engine.triggered) == 1)
        assert b'"photo"' in shown.engine.triggered[0]
