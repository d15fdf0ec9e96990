"""The command line. Each command's module is imported when the command is called, so that the others cost nothing."""

import gc
import sys
from typing import TYPE_CHECKING

from hookscope.cli import early_signals, standby

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command line and end the process with its exit code."""
    gc.disable()  # None of what is loaded now is garbage; a command that is found enables it.
    given = sys.argv[1:] if arguments is None else arguments
    try:
        early_signals.await_command(given)
        standby.start(given)
        # Only now: loading this takes long enough for a screen's process to start meanwhile.
        from hookscope.cli.app import main as run

        run(given)
    except KeyboardInterrupt:  # It also takes long enough for an early Ctrl-C, which is answered as a later one is.
        sys.exit(early_signals.interrupted_code(given))
    finally:
        standby.dismiss()
