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

from hookscope.errors import UsageError
from hookscope.meta import wire

_USUAL = ("sensible-editor", "nano", "vim", "vi")
_INVISIBLE = re.compile(r"[^\S\n ]|[^\w\s!-~]")
_TERMINAL, _INSTEAD = 1, 2


def edit(body: bytes, ask_again: Callable[[str], bool]) -> bytes:
    """Let the user edit a body in $VISUAL or $EDITOR; the same bytes when nothing was changed.

    JSON is laid out for editing and comes back in Meta's own form; what is no JSON is edited as the text it is.
    `ask_again` is told why the result is no JSON, and whether to open the editor once more is its answer. Raises
    UsageError; what was typed stays in its file then.
    """
    shown, is_json = _layout(body)
    handle, name = tempfile.mkstemp(prefix="hookscope-", suffix=".json" if is_json else ".txt")
    file = Path(name)
    with os.fdopen(handle, "wb") as stream:
        stream.write(shown)
    while True:
        try:
            _run_editor(file)
            typed = file.read_bytes()
        except (UsageError, OSError) as error:
            raise _given_up(error, file, shown) from error
        if typed == shown:
            file.unlink()
            return body
        try:
            written = wire.encode(wire.decode(typed)) if is_json else typed
        except ValueError as error:
            if not ask_again(str(error)):
                raise _given_up(error, file, shown) from error
        else:
            file.unlink()
            return written


def _layout(body: bytes) -> tuple[bytes, bool]:
    """The body as it is shown, and whether it is JSON."""
    try:
        value = wire.decode(body)
    except ValueError:
        return body, False
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _INVISIBLE.sub(_escape, text).encode() + b"\n", True


def _escape(found: re.Match[str]) -> str:
    """A character that nobody would see, or that could steer a terminal, in JSON's notation."""
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _run_editor(file: Path) -> None:
    command = _editor()
    # An editor draws on stdout, which may be going elsewhere.
    stdout = None if os.isatty(_TERMINAL) else _INSTEAD
    try:
        with _undisturbed():
            status = subprocess.run([*command, str(file)], stdout=stdout, check=False).returncode
    except OSError as error:
        raise UsageError(
            f"the editor {command[0]!r} cannot be started: {error.strerror}", hint="set VISUAL or EDITOR to one that is"
        ) from error
    if status:
        raise UsageError(f"the editor {command[0]!r} ended with status {status}")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave Ctrl-C to the editor, which the terminal sends it to as well: there it may mean anything."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not SIG_IGN, which the editor would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _editor() -> list[str]:
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or next(filter(shutil.which, _USUAL), "")
    try:
        command = shlex.split(chosen)
    except ValueError as error:
        raise UsageError(f"VISUAL or EDITOR is no command: {chosen!r}: {error}") from error
    if not command:
        raise UsageError("there is no editor", hint="set VISUAL or EDITOR, for example EDITOR=nano")
    return command


def _given_up(error: Exception, file: Path, shown: bytes) -> UsageError:
    """The error in the user's words; the file stays when something was typed into it."""
    hint = error.hint if isinstance(error, UsageError) else None
    try:
        is_touched = file.read_bytes() != shown
    except OSError:
        is_touched = False
    if is_touched:
        return UsageError(str(error), done=f"what you typed is kept in {file}", hint=hint)
    file.unlink(missing_ok=True)
    return UsageError(str(error), done="nothing was changed", hint=hint)
