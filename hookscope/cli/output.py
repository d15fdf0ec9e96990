"""The only writer of stdout and stderr: data goes to the first, every message to the second."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from hookscope.cli.patient_file import PatientFile
from hookscope.errors import HookscopeError
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from hookscope.secret_sources import SecretSources

_ERASE = "\r\x1b[K"

_passing: list[str] = []
"""The line that `passing` has drawn, while it stands."""

_chosen: dict[str, bool | int | None] = {"color": None, "quiet": 0}

_secrets: "list[SecretSources]" = []
"""The known secrets, once they have been read."""


def choose(*, color: str | None = None, quiet: bool | None = None, secrets: "SecretSources | None" = None) -> None:
    """Apply the options `--color` and `--quiet`, and set the secrets that no message may hold."""
    if secrets is not None:
        _secrets[:] = [secrets]
    if color is not None:
        _chosen["color"] = {"on": True, "off": False}.get(color)
    if quiet is not None:
        _chosen["quiet"] = quiet


def fill_closed_streams() -> None:
    """Replace a closed stdin, stdout or stderr by /dev/null: otherwise the next file that is opened takes its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def take_every_character() -> None:
    """Have stdout write everything, and a question mark for characters that its encoding lacks: not all use UTF-8.

    With PYTHONUNBUFFERED, Python does not look at how much of its data a full disk has taken.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        if sys.stdout is sys.__stdout__:
            is_interactive = sys.stdout.line_buffering or isinstance(sys.stdout.buffer, FileIO)
            whole = BufferedWriter(_Stdout(sys.stdout.fileno()))
            sys.stdout = TextIOWrapper(whole, sys.stdout.encoding, line_buffering=is_interactive)
        sys.stdout.reconfigure(errors="replace")


class NobodyReads(Exception):  # noqa: N818 - it is no error that somebody has seen enough
    """The reader of stdout has gone. Not an OSError, which click would turn into a failure."""


class _Stdout(PatientFile):
    """Stdout, also for the help and the version, which click writes; raises NobodyReads and HookscopeError."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            _discard(self.fileno())  # Buffered data would fail once more at the interpreter's end.
            raise (unwritable(error) or NobodyReads()) from error


def write_data(text: str) -> None:
    """Write a line of data to stdout; raises NobodyReads and HookscopeError. The caller has made the text safe."""
    sys.stdout.write(f"{text}\n")


def write_bytes(pieces: Iterable[bytes]) -> None:
    """Write bytes to stdout unchanged, but never to a terminal: there they could do anything.

    Raises NobodyReads and HookscopeError.
    """
    on_terminal = sys.stdout.isatty()
    flush()
    last = b"\n"
    for last in pieces:
        if on_terminal:
            sys.stdout.write(sanitize(last.decode("utf-8", "backslashreplace"), keep_newlines=True))
        else:
            sys.stdout.buffer.write(last)
    if on_terminal and not last.endswith(b"\n"):
        write_data("")


def flush() -> None:
    """Flush stdout; raises NobodyReads and HookscopeError."""
    sys.stdout.flush()


def give_up_messages() -> None:
    """Discard messages that stderr has not taken, which would change the exit code at the interpreter's end."""
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _discard(2)


def _discard(descriptor: int) -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def unwritable(error: OSError, *, done: str | None = None) -> HookscopeError | None:
    """Return the error in words; None when the reader of stdout has left by itself, or its terminal was closed."""
    from hookscope import terminal  # Not needed while stdout can be written.

    if isinstance(error, BrokenPipeError) or terminal.is_gone(1):
        return None
    return HookscopeError(
        f"stdout cannot be written: {error.strerror}", done=done, hint="check where it is redirected to"
    )


def without_secrets(text: str) -> str:
    """Return the text without the secrets that this command was given."""
    return _secrets[0].redact(text) if _secrets else text


def print_note(text: str) -> None:
    """Print a message for the user, which may have several lines; a terminal that is gone does not matter."""
    _print_styled(sanitize(text, keep_newlines=True))


def _print_styled(text: str) -> None:
    """Print a message whose own control characters are styles; the caller has made the rest safe."""
    passing(None)
    with suppress(OSError, ValueError):
        click.echo(without_secrets(text), err=True, color=uses_color(sys.stderr))


def passing(text: str | None) -> None:
    """Draw a line on the terminal that the next one replaces, or None to remove it; see `draws_passing`."""
    if text is None and not _passing:
        return
    _passing[:] = [text] if text else []
    with suppress(OSError, ValueError):
        sys.stderr.write(_ERASE + (text or ""))
        sys.stderr.flush()


def draws_passing() -> bool:
    """Return whether there is a terminal for lines that pass, and a user who wants them."""
    return sys.stderr.isatty() and not _chosen["quiet"] and os.environ.get("TERM") != "dumb"


def is_quiet() -> bool:
    """Return whether only errors are to be printed."""
    return bool(_chosen["quiet"])


def print_progress(text: str) -> None:
    """Print the progress, unless `--quiet` was given."""
    if not _chosen["quiet"]:
        print_note(text)


def print_error(error: HookscopeError) -> None:
    """Print what failed, what was done about it, and what to type next."""
    _print_styled(f"{click.style('error:', fg='red', bold=True)} {sanitize(error.message, keep_newlines=True)}")
    for line in error.details:
        print_note(f"    {sanitize(line)}")
    if error.done:
        print_note(f"  {sanitize(error.done)}")
    if error.hint:
        _print_styled(f"  {click.style('→', fg='cyan')} {sanitize(error.hint, keep_newlines=True)}")


def usage(error: click.UsageError, file: Path | None = None) -> None:
    """Report a mistake in the command line or the configuration file, and where the help is."""
    path = error.ctx.command_path if error.ctx else "hookscope"
    message = error.format_message()
    if file and isinstance(error, click.BadParameter) and error.param:
        message = f"{file}: {error.param.name}: {error.message}"
    _print_styled(f"{click.style('error:', fg='red', bold=True)} {sanitize(' '.join(message.split()))}")
    _print_styled(f"  {click.style('→', fg='cyan')} {path} --help")


def is_terminal() -> bool:
    """Return whether a person reads the data."""
    return sys.stdout.isatty()


def uses_color(stream: TextIO) -> bool:
    """Return whether to use color.

    `--color` decides, then NO_COLOR, CLICOLOR_FORCE and CLICOLOR, then whether it is a terminal that has any.
    """
    if isinstance(asked := _chosen["color"], bool):
        return asked
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return stream.isatty() and os.environ.get("CLICOLOR") != "0" and os.environ.get("TERM") != "dumb"
