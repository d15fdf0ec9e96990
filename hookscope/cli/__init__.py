"""The command line. Each command's module is imported when the command is called, so that the others cost nothing."""

import gc
import sys
from typing import TYPE_CHECKING

from hookscope.cli import standby

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command line and end the process with its exit code."""
    gc.disable()  # None of what is loaded now is garbage; a command that is found enables it.
    try:
        standby.start(sys.argv[1:] if arguments is None else arguments)
        # Only now: loading this takes long enough for a screen's process to start meanwhile.
        from hookscope.cli.app import main as run

        run(arguments)
    except KeyboardInterrupt:  # It also takes long enough for an early Ctrl-C, which is answered as a later one is.
        sys.exit(130)
    finally:
        standby.dismiss()
