"""A note on disk of every running agent, so that one that outlived its hookscope is ended by the next.

One file an agent in `places.agents_folder()`: `{"owner", "folder", "pid", "started"}`. The owner is the key of the run
that the agent serves. The folder holds the agent's configuration, and with it the authtoken.
"""

import asyncio
import json
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hookscope import paths, run_registry
from hookscope.tunnel.process import Process

_FOLDER_PREFIX = "hookscope-tunnel-"


class AgentRecord:
    """The note of one agent, and its private folder, created with the note and removed with it."""

    def __init__(self, owner: str) -> None:
        notes = paths.private_folder(paths.agents_folder())
        self.folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
        self._owner = owner
        self._file = notes / f"{owner}-{secrets.token_hex(4)}.json"
        self._write(None)

    def identify(self, process: Process) -> None:
        """Note which process the agent is."""
        self._write(process)

    def remove(self) -> None:
        """Remove the note of an agent that has ended, and its folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._file.unlink(missing_ok=True)

    def _write(self, process: Process | None) -> None:
        note = {
            "owner": self._owner,
            "folder": str(self.folder),
            "pid": process and process.pid,
            "started": process and process.started,
        }
        unfinished = self._file.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(note))
        unfinished.replace(self._file)


async def end_stale_agents() -> int:
    """End the agents whose run is gone, and remove what they left; return how many were still running."""
    ended = await asyncio.gather(
        *(asyncio.to_thread(_end_if_stale, file) for file in paths.agents_folder().glob("*.json"))
    )
    return sum(ended)


def _end_if_stale(file: Path) -> bool:
    note = _read(file)
    if note is None or run_registry.is_live(note["owner"]):
        return False
    agent = Process(pid=note["pid"], started=note["started"]) if note["pid"] else None
    running = agent is not None and agent.is_running
    if agent:
        agent.end()
    if Path(note["folder"]).name.startswith(_FOLDER_PREFIX):
        shutil.rmtree(note["folder"], ignore_errors=True)
    file.unlink(missing_ok=True)
    return running


def _read(file: Path) -> dict[str, Any] | None:
    """Return the note in the file; an incomplete one is removed and None returned."""
    with suppress(OSError, ValueError):
        note = json.loads(file.read_bytes())
        shape = {"owner": str, "folder": str, "pid": int | None, "started": str | None}
        if isinstance(note, dict) and all(isinstance(note.get(name), kind) for name, kind in shape.items()):
            return note
    file.unlink(missing_ok=True)
    return None
