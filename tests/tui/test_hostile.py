"""Any text of a sender reaches the terminal as text and nothing else, and the columns stay in place."""

import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from hookscope.model.record import Kind, Reply, Request
from hookscope.model.run_events import Level, Notice, SubscriptionActive, TunnelUp
from tests.support.captures import feed_body, make_capture, make_handshake
from tests.support.slow import slow_after
from tests.tui.stage import SIZES, Stage, stage

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "[bold red]markup[/] [link=http://x]y[/link] [",
    "a\u202eb\u2066c\u200fd\u061c",
    "👨‍👩‍👧‍👦👍🏽🇩🇪❤️1️⃣",
    "日本語テキスト全角　空白",
    "z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031ealgo",
    "a\u200bb\u200cc\ufeffd\u00ade\u2028f\u2029g",
    "\u115f\u3164\uffa0\ue000\U000e0041\U0010fffd\u0378",
    "tab\there\rback\nline\x00nul\x7f",
    "क्षि ไทย اللغة עברית",
    "%s %(x)s {0} {x} \\e[0m $error",
)
EFFECTIVE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ue000-\uf8ff]"
)


def is_harmless(shown: Stage) -> None:
    """Assert that no character on the screen does anything, and that every line is exactly as wide as the screen."""
    for strip in shown.app.screen._compositor.render_strips():
        text = "".join(segment.text for segment in strip if not segment.control)
        assert not EFFECTIVE.search(text), repr(text)
        assert cell_len(text) == shown.app.size.width, repr(text)
        assert sum(cell_len(char) for char in text) == shown.app.size.width, repr(
            text
        )  # However a terminal joins them.


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_a_hostile_text_stays_text(tmp_path: Path, number: int) -> None:
    text = HOSTILE[number]
    header = (b"X-Odd", text.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b""))
    request = Request(method="POST", target=f"/{text}", headers=(header,), body=b"", remote=text)
    odd: dict[str, Any] = {text: [text]}
    notification = make_capture(feed_body(text, item=text, verb=text, **odd))
    raw_text = make_capture(text.encode("utf-8", "replace"), flaw=text)
    stray = make_capture(b"", kind=Kind.STRAY, request=request, reply=Reply(status=404, body=text.encode()))
    captures = (notification, raw_text, stray, make_handshake(accepted=False, reason=text, request=request))
    async with stage(tmp_path, size=SIZES[number % 3], app_id=text, targets=(text,)) as shown:
        await shown.engine.receive(*captures)
        await shown.engine.deliver(4, target=text, error=text, status=None, answer=text.encode())
        shown.engine.say(TunnelUp(provider=text, public_url=text))
        shown.engine.say(SubscriptionActive(object=text, fields=(text,), callback_url=text))
        shown.engine.say(Notice(level=Level.ERROR, message=text, hint=text))
        await shown.until(lambda: shown.app.main.state.status == shown.engine.board.status)
        is_harmless(shown)
        for _ in captures:
            await shown.press("enter")
            for tab in "1234":
                await shown.press(tab)
                is_harmless(shown)
            await shown.press("escape", "escape", "k")
        await shown.press("i")
        is_harmless(shown)
        await shown.press("escape", "q")
        await shown.see("Putting everything back")
        is_harmless(shown)


async def test_markup_is_shown_as_it_was_written(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        await shown.engine.receive(make_capture(feed_body("[bold]hello[/] [/nothing]")))
        await shown.see("comment add: [bold]hello[/]", "message       [bold]hello[/] [/nothing]")


@pytest.mark.parametrize("size", slow_after(1, [(1, 1), (30, 10), (10, 4), (250, 80)]))
async def test_no_size_is_too_small_or_too_large(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as shown:
        await shown.engine.receive(make_capture(), make_handshake())
        await shown.until(lambda: shown.app.main.timeline.count == 2)
        await shown.press("k", "enter", *"1234567", "escape", "i", "escape", "question_mark", "escape")
        await shown.pilot.resize_terminal(80, 24)
        await shown.see("page.feed")


async def test_a_low_screen_still_shows_captures(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(40, 4)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("● live", "page.feed")
        await shown.pilot.resize_terminal(40, 12)
        await shown.see("EVENT", "page.feed", "✓ tunnel")
