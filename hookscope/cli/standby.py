"""The screen's process, started before the command line is read, which takes a third as long as its own start.

Whether there will be a screen is a guess. A process that was started in vain is ended, and has not touched the
terminal.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from hookscope import terminal

if TYPE_CHECKING:
    from hookscope.cli.view_process import LaunchedView

_COMMANDS = ("run", "listen", "attach")
_OTHER_DISPLAYS = ("--dry-run", "--help", "--json", "--output", "--web", "-h")

_waiting: "list[LaunchedView]" = []


def start(arguments: Sequence[str]) -> None:
    """Start a screen's process if the command line looks as if it needs one."""
    if arguments and arguments[0] in _COMMANDS and terminal.is_usable() and not _has_other_display(arguments):
        from hookscope.cli.view_process import launch  # Other commands need no process.

        with suppress(OSError):  # Whoever needs it tries again, and tells the user.
            _waiting.append(launch("hookscope.tui.standby"))


def take() -> "LaunchedView | None":
    """Return the process that waits, if there is one, to be told what it shows."""
    return _waiting.pop() if _waiting else None


def dismiss() -> None:
    """End the process that waits, if there is one."""
    if waiting := take():
        waiting.connection.close()
        waiting.process.kill()
        waiting.process.wait()


def _has_other_display(arguments: Sequence[str]) -> bool:
    return any(argument.partition("=")[0] in _OTHER_DISPLAYS for argument in arguments)
