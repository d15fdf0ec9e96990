"""The terminal that this process was started on: its state, whether it is still there, and how to restore it."""

import errno
import os
import signal
import sys
import termios
from contextlib import suppress
from typing import Any

State = list[Any]
"""The attributes of a terminal, as `termios` returns them."""

_STDIN = 0

_LEAVE_SCREEN = b"\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000;1002;1003;1006;1015;1016;2004;2048;1004l\x1b[<u\x1b[0m\r\n"
"""Turns the alternate screen off, the cursor and line wrap on, and reports of mouse, paste, focus, and size, the
keyboard protocol, and colors off."""


def is_usable() -> bool:
    """Return whether there is a terminal to draw on and to type at: the TUI reads stdin and draws on stderr."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return os.environ.get("TERM") != "dumb" and all(stream and stream.isatty() for stream in streams)


def state() -> State | None:
    """Return the settings of the terminal on stdin, or None when there is none."""
    try:
        return termios.tcgetattr(_STDIN)
    except termios.error:
        return None


def is_gone(descriptor: int) -> bool:
    """Return whether a descriptor belongs to a terminal that was closed, or that this session was cut off from."""
    try:
        termios.tcgetattr(descriptor)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False


def give_size() -> None:
    """Give the terminal on stdin the usual size where it has none yet, as with `docker run -t` and `script`.

    Textual (8.2) guesses 24 rows in one place and 25 in another, paints both in turn without end, and answers no key.
    """
    with suppress(termios.error):
        rows, columns = termios.tcgetwinsize(_STDIN)
        if not (rows and columns):
            termios.tcsetwinsize(_STDIN, (rows or 24, columns or 80))


def restore(before: State) -> None:
    """Restore the settings of the terminal on stdin, and end the modes that a program that draws on it has switched on.

    Never waits: output that nobody reads is discarded, and a terminal is left alone that is gone, or that accepts
    nothing because a write to it is still under way.
    """
    # A background process that changes a terminal is stopped, unless this signal is blocked.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError, termios.error):
            _restore(before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _restore(before: State) -> None:
    # A descriptor of its own, which does not block: inherited ones are shared with other processes.
    descriptor = os.open(os.ttyname(_STDIN), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
        termios.tcflush(descriptor, termios.TCOFLUSH)
        os.write(descriptor, _LEAVE_SCREEN)
    finally:
        os.close(descriptor)
