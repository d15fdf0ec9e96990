"""`python -m hookscope.tui.standby` waits to be told which run it shows, and loads the framework meanwhile."""

import argparse
import json
import sys

from hookscope import subprocesses
from hookscope.tui.__main__ import main, settle


def wait() -> int:
    """Show the run that the parent's first line names, as arguments in JSON; end if that ends without one."""
    settle()
    parser = argparse.ArgumentParser(prog="hookscope.tui.standby", description="Wait for a run to show.")
    parser.add_argument("--parent", required=True, metavar="FD", type=int, help="a connection that names the run")
    parent = parser.parse_args().parent
    import textual.app  # noqa: F401 - Not our widgets: they bind the user's own keys, which are not known yet.

    if not (said := subprocesses.read_line(parent)).endswith(b"\n"):
        return 0
    return main([*json.loads(said), "--parent", str(parent)])


if __name__ == "__main__":
    sys.exit(wait())
