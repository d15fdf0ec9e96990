"""A body in the user's own editor: laid out for reading, and written again as Meta would send it."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from hookscope import subprocesses
from hookscope.errors import UsageError
from hookscope.meta import wire

_USUAL = ("nano", "vim", "vi")
_INVISIBLE = re.compile(r"[^\S\n ]|[^\w\s!-~]")
_KEYBOARD, _TERMINAL, _INSTEAD = 0, 1, 2
_ANOTHER = "set VISUAL or EDITOR to an installed editor, for example EDITOR=nano"


class EditableBody(Struct, frozen=True):
    """The text in which a body is edited.

    JSON is indented, and saved in Meta's own form again; other bodies stay as they are.
    """

    body: bytes
    shown: bytes
    is_json: bool

    @classmethod
    def of(cls, body: bytes) -> "EditableBody":
        """Return the text in which a body is edited."""
        try:
            value = wire.decode(body)
        except ValueError:
            return cls(body, body, is_json=False)
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return cls(body, _INVISIBLE.sub(_escape, text).encode() + b"\n", is_json=True)

    def read(self, typed: bytes) -> bytes:
        """Return the body for an edited text: the same bytes when nothing was changed.

        Raises ValueError with line and column for a text that is not JSON where the body was.
        """
        if typed == self.shown:
            return self.body
        return wire.encode(wire.decode(typed)) if self.is_json else typed


class Draft:
    """A body being edited in $VISUAL or $EDITOR, in a `file` that is removed once the edited body is read.

    JSON is laid out for editing and comes back in Meta's own form; other bodies are edited as text.
    """

    def __init__(self, body: bytes) -> None:
        self._body = EditableBody.of(body)
        handle, name = tempfile.mkstemp(prefix="hookscope-", suffix=".json" if self._body.is_json else ".txt")
        self.file = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(self._body.shown)

    def open_editor(self) -> bytes:
        """Let the user edit the body; return the same bytes when nothing was changed.

        Raises ValueError when the result is not JSON, which another try can put right, and UsageError when it cannot be
        edited; the typed text then stays in its file.
        """
        try:
            _run_editor(self.file)
            typed = self.file.read_bytes()
        except (UsageError, OSError) as error:
            raise self.given_up(error) from error
        written = self._body.read(typed)
        self.file.unlink()
        return written

    def given_up(self, error: Exception) -> UsageError:
        """Return the error in the user's words; the file stays when something was typed into it."""
        hint = error.hint if isinstance(error, UsageError) else "open the editor again and fix it there"
        try:
            is_touched = self.file.read_bytes() != self._body.shown
        except OSError:
            is_touched = False
        if is_touched:
            return UsageError(str(error), done=f"what you typed is kept in {self.file}", hint=hint)
        self.file.unlink(missing_ok=True)
        return UsageError(str(error), done="nothing was changed", hint=hint)


def edit(body: bytes, ask_again: Callable[[str], bool]) -> bytes:
    """Let the user edit a body; return the same bytes when nothing was changed.

    `ask_again` is told why the result is not JSON, and returns whether to open the editor once more. Raises UsageError;
    the typed text then stays in its file.
    """
    draft = Draft(body)
    while True:
        try:
            return draft.open_editor()
        except ValueError as error:
            if not ask_again(str(error)):
                raise draft.given_up(error) from error


def _escape(found: re.Match[str]) -> str:
    """Return an invisible or terminal-steering character in JSON's notation."""
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _run_editor(file: Path) -> None:
    command = _editor()
    # An editor draws on stdout, which may be redirected.
    stdout = None if os.isatty(_TERMINAL) else _INSTEAD
    try:
        with _handed_over() as editors, _start(command, file, stdout) as editor:
            editors.append(editor)
            status = editor.wait()
    except OSError as error:
        raise UsageError(f"the editor {command[0]!r} cannot be started: {error.strerror}", hint=_ANOTHER) from error
    if status:
        raise UsageError(
            f"the editor {command[0]!r} ended with status {status}", hint="exit it with status 0 to continue"
        )


def _start(command: list[str], file: Path, stdout: int | None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([*command, str(file)], stdout=stdout, env=subprocesses.environment())


@contextmanager
def _handed_over() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Leave Ctrl-C to the editor, which also receives it from the terminal: there it may mean anything.

    A signal that ends this process ends the editor: nobody would wait for its result.
    """
    editors: list[subprocess.Popen[bytes]] = []
    if threading.current_thread() is not threading.main_thread():
        yield editors
        return

    def end(*_: object) -> None:
        for editor in editors:
            editor.terminate()

    # Not SIG_IGN, which the editor would inherit.
    wanted = {signal.SIGINT: lambda *_: None, signal.SIGTERM: end, signal.SIGHUP: end}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield editors
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def chosen_editor() -> str:
    """Return the user's own editor, from $VISUAL or $EDITOR; an empty text if neither is set."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def _editor() -> list[str]:
    chosen = chosen_editor() or _usual_editor()
    try:
        command = shlex.split(chosen)
    except ValueError as error:
        raise UsageError(f"VISUAL or EDITOR is not a command: {chosen!r}: {error}", hint=_ANOTHER) from error
    if not command:
        raise UsageError("no editor was found", hint=_ANOTHER)
    return command


def _usual_editor() -> str:
    """Return an editor that is installed, or an empty text. Each of them needs a terminal, or waits forever."""
    found = next(filter(shutil.which, _USUAL), "")
    if found and not os.isatty(_KEYBOARD):
        raise UsageError("there is no terminal to edit on", hint="set VISUAL or EDITOR to a program that needs none")
    return found
