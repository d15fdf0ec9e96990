import json
import os
import re
import signal
import stat
import sys
from pathlib import Path

import pytest

from hookscope.body_editor import edit
from hookscope.errors import UsageError
from hookscope.meta import wire
from tests.support.captures import feed_body


class Typist:
    """An editor that runs Python over the file: `path` is its path, `text` what stands in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._script = folder / "type.py"
        self._monkeypatch = monkeypatch
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        self.folder = folder

    def will(self, *lines: str) -> None:
        head = ["import json, os, sys", "from pathlib import Path", "path = Path(sys.argv[1])"]
        self._script.write_text("\n".join((*head, "text = path.read_text()", *lines)))
        self._monkeypatch.setenv("EDITOR", f"{sys.executable} {self._script}")

    @property
    def left(self) -> list[Path]:
        return list(self.folder.glob("hookscope-*"))


@pytest.fixture
def typist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    return Typist(tmp_path, monkeypatch)


def never(problem: str) -> bool:
    raise AssertionError(problem)


def test_an_edited_body_comes_back_as_meta_would_send_it(typist: Typist) -> None:
    typist.will("path.write_text(text.replace('and the next one', 'größer <b> 100% a/b'))")
    assert edit(feed_body(), never) == feed_body("größer <b> 100% a/b")
    assert typist.left == []


def test_an_unchanged_body_keeps_its_bytes(typist: Typist) -> None:
    typist.will("pass")
    body = b'{"a" : 1.50, "a":"\\u00e9"}\n'
    assert edit(body, never) == body
    assert typist.left == []


def test_only_the_user_reads_the_file_and_it_is_called_json(typist: Typist) -> None:
    seen = typist.folder / "seen"
    typist.will(f"Path({str(seen)!r}).write_text(json.dumps([oct(os.stat(path).st_mode), path.suffix, text]))")
    edit(feed_body("x\u202e\x9b\x7f \U0001f642"), never)
    mode, suffix, text = json.loads(seen.read_text())
    assert (stat.S_IMODE(int(mode, 8)), suffix) == (0o600, ".json")
    assert '"message": "x\\u202e\\u009b\\u007f \U0001f642"' in text
    assert wire.encode(json.loads(text)) == feed_body("x\u202e\x9b\x7f \U0001f642")


def test_text_that_is_not_json_is_reported_and_edited_again(typist: Typist) -> None:
    typist.will("path.write_text('{\"a\": 1}' if text == '{' else '{')")
    problems: list[str] = []

    def again(problem: str) -> bool:
        problems.append(problem)
        return True

    assert edit(feed_body(), again) == b'{"a":1}'
    assert len(problems) == 1
    assert "line 1, column 2" in problems[0]


def test_nothing_typed_is_lost(typist: Typist) -> None:
    typist.will("path.write_text('{oops')")
    with pytest.raises(UsageError, match="line 1, column 2") as caught:
        edit(feed_body(), lambda _: False)
    (kept,) = typist.left
    assert kept.read_text() == "{oops"
    assert str(kept) in (caught.value.done or "")


def test_a_body_that_was_not_json_is_edited_as_text(typist: Typist) -> None:
    typist.will("assert path.suffix == '.txt'", "path.write_text(text + '}')")
    assert edit(b'{"a": [', never) == b'{"a": [}'


@pytest.mark.parametrize("number", ["1e999", "NaN", "Infinity"])
def test_a_number_that_json_cannot_hold_is_refused(typist: Typist, number: str) -> None:
    typist.will(f"path.write_text('[{number}]')")
    with pytest.raises(UsageError):
        edit(b"[1]", lambda _: False)


def test_ctrl_c_is_the_editors(typist: Typist) -> None:
    typist.will(
        "import signal",
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler",
        "os.kill(os.getppid(), signal.SIGINT)",
        "path.write_text('{}')",
    )
    before = signal.getsignal(signal.SIGINT)
    assert edit(feed_body(), never) == b"{}"
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_program_ends_the_editor_and_keeps_the_text(typist: Typist, number: int) -> None:
    typist.will(
        "import signal, time", "path.write_text('{}')", f"os.kill(os.getppid(), {int(number)})", "time.sleep(60)"
    )
    before = signal.getsignal(number)
    with pytest.raises(UsageError, match="ended with status -15") as caught:
        edit(feed_body(), never)
    (kept,) = typist.left
    assert caught.value.done == f"what you typed is kept in {kept}"
    assert signal.getsignal(number) is before


def test_an_editor_that_fails_changes_nothing(typist: Typist) -> None:
    typist.will("sys.exit(3)")
    with pytest.raises(UsageError, match="ended with status 3") as caught:
        edit(feed_body(), never)
    assert caught.value.done == "nothing was changed"
    assert typist.left == []


@pytest.mark.parametrize(
    ("editor", "message"),
    [
        ("/nowhere/editor", "cannot be started: No such file"),
        ("vi 'x", "is not a command"),
        ("", "no editor was found"),
    ],
)
def test_no_editor_is_an_error_in_words(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, editor: str, message: str
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(UsageError, match=re.escape(message)):
        edit(feed_body(), never)
    assert typist.left == []


def test_without_a_terminal_no_editor_is_guessed(typist: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    guessed = typist.folder / "vim"
    guessed.write_text('#!/bin/sh\necho "{}" > "$1"\n')
    guessed.chmod(0o755)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("PATH", str(typist.folder))
    monkeypatch.setattr("os.isatty", lambda _: False)
    with pytest.raises(UsageError, match="there is no terminal to edit on") as caught:
        edit(feed_body(), never)
    assert caught.value.done == "nothing was changed"
    assert typist.left == []
