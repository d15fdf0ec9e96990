"""The command line. Each command's module is imported when the command is called, so that the others cost nothing."""

import sys

try:
    from hookscope.cli.app import main
except KeyboardInterrupt:  # Loading takes long enough for an early Ctrl-C, which is answered as a later one is.
    sys.exit(130)

__all__ = ["main"]
