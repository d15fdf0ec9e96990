"""The ngrok agent's program on this machine."""

import os
from pathlib import Path

from hookscope.errors import TunnelError
from hookscope.tunnel.ngrok_fault import SETS_TOKEN
from hookscope.tunnel.program_path import find_program


def find_agent(given: Path | None) -> Path | None:
    """Return the agent to start, or None for the one that pyngrok keeps and downloads when it is missing."""
    if given is None:
        found = find_program("ngrok")
        return Path(found).absolute() if found else None
    path = given.absolute()
    if not path.is_file():
        raise TunnelError(f"there is no ngrok agent at {path}", done="nothing was started", hint="correct --ngrok-path")
    if not os.access(path, os.X_OK):
        raise TunnelError(
            f"{path} cannot be executed", done="nothing was started", hint=f"correct --ngrok-path, or chmod +x {path}"
        )
    return path


def missing_agent(other_ways: str) -> TunnelError:
    """Return the error for when there is none, and none may be downloaded; `other_ways` are the alternatives."""
    return TunnelError(
        "ngrok: there is no agent on this machine, and no authtoken for one",
        done="nothing was downloaded",
        hint=f"{SETS_TOKEN}; or choose {other_ways}",
    )
