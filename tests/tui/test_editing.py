"""Editing a capture in an editor that takes the terminal over, and sending what came of it."""

import re
import sys
from pathlib import Path

import pytest

from hookscope import body_editor
from hookscope.meta import wire
from tests.support.captures import feed_body, make_capture
from tests.support.processes import is_running
from tests.support.until import until
from tests.tui.stage import stage
from tests.tui.test_process import ALTERNATE_SCREEN, USUAL_SCREEN, engine, terminal

TARGET = "http://localhost:3000/hook"


def editor(folder: Path, *lines: str) -> dict[str, str]:
    """Return the environment of an editor that runs these lines: `path` is the file, `text` its content."""
    script = folder / "edit.py"
    head = ["import sys", "from pathlib import Path", "path = Path(sys.argv[1])", "text = path.read_text()"]
    script.write_text("\n".join((*head, *lines)))
    return {"VISUAL": f"{sys.executable} {script}", "TMPDIR": str(folder)}


@pytest.mark.slow
async def test_the_edited_body_is_sent_and_the_screen_comes_back(tmp_path: Path) -> None:
    typist = editor(tmp_path, "path.write_text(text.replace('and the next one', 'edited'))", "print('I am here')")
    async with engine(tmp_path, targets=(TARGET,)) as played, terminal(tmp_path, environment=typist) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(b"e")
        await shown.shows("I am here", "the edited #1", "200", "signed again")
        assert played.engine.replays == [(1, None)]
        assert played.engine.bodies == [feed_body("edited")]
        assert shown.said.count(ALTERNATE_SCREEN) == shown.said.count(USUAL_SCREEN) + 1
    assert not list(tmp_path.glob("hookscope-*"))


@pytest.mark.slow
async def test_an_editor_does_not_outlive_the_view(tmp_path: Path) -> None:
    typist = editor(tmp_path, "import os, time", "print(f'I am {os.getpid()};', flush=True)", "time.sleep(60)")
    async with engine(tmp_path, targets=(TARGET,)) as played, terminal(tmp_path, environment=typist) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(b"e")
        await shown.shows("I am ")
        (number, *_) = await until(lambda: re.findall(rb"I am (\d+);", shown.said))
        shown.process.terminate()
        await until(lambda: not is_running(int(number)))
        assert await shown.process.wait() == 0
    assert played.engine.replays == []


@pytest.mark.slow
async def test_nothing_is_sent_when_nothing_was_changed(tmp_path: Path) -> None:
    typist = editor(tmp_path)
    async with engine(tmp_path, targets=(TARGET,)) as played, terminal(tmp_path, environment=typist) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(b"e")
        await shown.shows("was not changed, so nothing is sent")
        assert played.engine.replays == []


@pytest.mark.slow
async def test_text_that_is_not_json_is_edited_again(tmp_path: Path) -> None:
    typist = editor(tmp_path, "path.write_text('[1, 2]' if text == '[1,\\n2' else '[1,\\n2')")
    async with engine(tmp_path, targets=(TARGET,)) as played, terminal(tmp_path, environment=typist) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(b"e")
        await shown.shows("line 2, column 2", "edit it again")
        shown.type(b"\r")
        await until(lambda: played.engine.bodies == [wire.encode([1, 2])])


@pytest.mark.slow
async def test_text_that_is_not_json_is_kept_when_editing_is_given_up(tmp_path: Path) -> None:
    typist = editor(tmp_path, "path.write_text('[1,')")
    async with engine(tmp_path, targets=(TARGET,)) as played, terminal(tmp_path, environment=typist) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(b"e")
        await shown.shows("edit it again")
        shown.type(b"\x1b")
        await shown.shows("kept")
        assert played.engine.replays == []
    [kept] = tmp_path.glob("hookscope-*")
    assert kept.read_text() == "[1,"


@pytest.mark.slow
async def test_an_editor_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    async with (
        engine(tmp_path, targets=(TARGET,)) as played,
        terminal(tmp_path, environment={"VISUAL": "/no/editor"}) as shown,
    ):
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(b"e")
        await shown.shows("cannot be started", "set VISUAL or EDITOR")


async def test_without_a_target_it_asks_before_anything_is_typed(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("e")
        await shown.see("Edit #1 and send it to")
        await shown.press("escape")
        await shown.miss("Edit #1")


@pytest.fixture
def no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.slow
@pytest.mark.usefixtures("no_editor")
async def test_without_an_editor_the_body_is_edited_on_the_screen_and_checked(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("e")
        await shown.see("Edit #1", "not changed yet", '"object": "page"')
        await shown.press("x")
        await shown.see("✗ the body is not JSON: expecting value (line 1, column 1)")
        shown.type("ctrl+s", "ctrl+u", "escape")
        await shown.see("esc again discards what you typed")
        shown.type("f7", "delete", *'{"object": 1.50}')
        await shown.see("✓ valid JSON")
        await shown.press("ctrl+s")
        await shown.see("the edited #1", "signed again")
        assert shown.engine.bodies == [b'{"object":1.5}']


@pytest.mark.slow
@pytest.mark.usefixtures("no_editor")
async def test_what_is_not_changed_on_the_screen_is_not_sent(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture(b'{"a" : 1.50}'), make_capture(b'{"a": "' + b"x" * (300 << 10) + b'"}'))
        await shown.until(lambda: shown.app.main.timeline.count == 2)
        shown.type("e")
        await shown.see("is too long to edit on the screen", "EDITOR=nano")
        shown.type("k", "e")
        await shown.see("not changed yet")
        shown.type("z", "backspace", "ctrl+s")
        await shown.see("#1 was not changed, so nothing is sent")
        assert shown.engine.bodies == []


def test_an_editor_that_nobody_chose_is_never_debians_selection() -> None:
    assert "sensible-editor" not in body_editor._USUAL
