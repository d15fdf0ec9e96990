"""`python -m hookscope.tui` shows a run on this terminal."""

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from hookscope import subprocesses, terminal
from hookscope.tui.watchdog import Watchdog


def settle() -> None:
    """Set this process up for a screen, before anything else is loaded."""
    if "TEXTUAL_DRIVER" not in os.environ:  # In a browser, COLUMNS is the width of the window.
        for size in ("COLUMNS", "LINES"):  # A shell may export them: Textual would take them for the size, and keep it.
            os.environ.pop(size, None)
        terminal.give_size()
    gc.disable()  # None of what is loaded now is garbage; it is enabled once the screen is painted.
    # Until the application has handlers of its own, ctrl+c must end this without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, or these arguments, and show the run that they name."""
    parser = argparse.ArgumentParser(prog="hookscope.tui", description="Show a run on this terminal.")
    parser.add_argument("--socket", required=True, metavar="PATH", help="the run's control socket")
    parser.add_argument("--journal", required=True, metavar="FILE", type=Path, help="the journal that it writes")
    parser.add_argument("--attached", action="store_true", help="the run was not started together with this view")
    parser.add_argument("--parent", metavar="FD", type=int, help="a connection that is closed when the parent ends")
    parser.add_argument("--color", choices=("on", "off"), help="whether to use color [as NO_COLOR says]")
    given = parser.parse_args(arguments)
    _choose_color(given.color)
    secrets, signing, keys = ((), {}, {}) if given.parent is None else _read_secrets(given.parent)
    watchdog = Watchdog(given.parent)
    if keys:
        from hookscope.views.keymap import use

        use(keys)  # Before the widgets, which bind them.
    from hookscope.tui.process import show

    return asyncio.run(
        show(
            socket=given.socket,
            journal=given.journal,
            attached=given.attached,
            secrets=secrets,
            signing=signing,
            watchdog=watchdog,
            painted=partial(_tell_painted, given.parent),
        )
    )


def _choose_color(choice: str | None) -> None:
    """Have Textual, which knows NO_COLOR alone, follow the command line's choice."""
    if choice:
        os.environ.pop("NO_COLOR", None)
    if choice == "off":
        os.environ["NO_COLOR"] = "1"


def _tell_painted(parent: int | None) -> None:
    """Tell the parent, which leaves the processors to this process until then."""
    if parent is not None:
        with suppress(OSError):  # It has ended, or only writes.
            os.write(parent, b"\n")


def _read_secrets(parent: int) -> tuple[tuple[str, ...], dict[str, str], dict[str, str]]:
    """Read the parent's first line.

    It is JSON with the texts that no export may hold, the app secrets by name, and the user's own keys by action.
    """
    if not (said := subprocesses.read_line(parent)).endswith(b"\n"):
        return (), {}, {}  # It has ended already.
    redactable, signing, keys = json.loads(said)
    return tuple(redactable), signing, keys


if __name__ == "__main__":
    settle()
    sys.exit(main())
