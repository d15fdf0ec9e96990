"""Every key that the documents promise does what they say."""

from pathlib import Path

import pytest

from tests.support.captures import feed_body, make_capture
from tests.tui.stage import stage

MOVES = [("k", 2), ("j", 3), ("up", 2), ("down", 3), ("g", 1), ("G", 3)]
OPENS = [
    ("enter", "esc back"),
    ("d", "esc back"),
    ("R", "Replay #3 to"),
    ("e", "Edit #3"),
    ("x", "Export #3"),
    ("i", "public URL"),
    ("question_mark", "move one screen"),
    ("f1", "move one screen"),
    ("t", "Trigger a sample"),
    ("delete", "delete it"),
    ("slash", "esc cancel"),
    ("f", "esc cancel"),
]
SAYS = [
    ("r", "#3 → http://localhost:3000/hook"),
    ("y", "copied the body of #3"),
    ("m", "◆"),
    ("space", "paused"),
    ("equals_sign", "= compares two that are marked"),
]
ELSEWHERE = {"F", "n", "N", "ctrl+p", "q", "ctrl+c", "escape"}
"""Pressed below, and in the tests of finding, following, and ending."""

CONTRACT = """
j k up down g G enter d escape r R e slash n N f question_mark f1 q ctrl+c
t m equals_sign x y space F i ctrl+p delete
"""


def test_every_key_is_pressed_somewhere() -> None:
    assert {key for key, _ in (*MOVES, *OPENS, *SAYS)} | ELSEWHERE == {*CONTRACT.split()}


@pytest.mark.slow
async def test_every_key_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    async with stage(tmp_path, size=(100, 34), targets=("http://localhost:3000/hook",)) as shown:
        await shown.engine.receive(*(make_capture(feed_body(f"n{n}", comment_id=str(n))) for n in range(3)))
        await shown.see("n2")
        for key, capture_id in MOVES:
            await shown.press(key)
            assert shown.app.main.timeline.capture_id == capture_id, key
        for key, text in OPENS:
            await shown.press(key)
            await shown.see(text)
            await shown.press("escape")
            await shown.miss(text)
        for key, text in SAYS:
            await shown.press(key)
            await shown.see(text)
        await shown.press("F")
        assert shown.app.main.timeline.following
        await shown.press("ctrl+p")
        await shown.see("Search for commands")
        await shown.press("escape", "q")
        await shown.until(lambda: shown.engine.stops == ["requested on the screen"])
