"""`python -m hookscope.tui` shows a run on this terminal."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path


def main() -> int:
    """Read the command line and show the run that it names."""
    # Until the application has handlers of its own, ctrl+c shall end this without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(prog="hookscope.tui", description="Show a run on this terminal.")
    parser.add_argument("--socket", required=True, metavar="PATH", help="the run's control socket")
    parser.add_argument("--journal", required=True, metavar="FILE", type=Path, help="the journal that it writes")
    parser.add_argument("--attached", action="store_true", help="the run was not started together with this view")
    parser.add_argument("--secrets", metavar="FD", type=int, help="where to read which texts no export may hold")
    given = parser.parse_args()
    secrets = () if given.secrets is None else _read_secrets(given.secrets)
    from hookscope.tui.app import show

    return asyncio.run(show(socket=given.socket, journal=given.journal, attached=given.attached, secrets=secrets))


def _read_secrets(descriptor: int) -> tuple[str, ...]:
    with open(descriptor, "rb") as pipe:
        return tuple(json.load(pipe))


if __name__ == "__main__":
    sys.exit(main())
