"""A note on disk of every running agent, so that one that outlived its hookscope is ended by the next.

One file an agent in `paths.agents_folder()`: `{"owner", "folder", "pid", "started", "endpoint"}`. The owner is the key
of the run that the agent serves. The folder holds the agent's configuration, and with it the authtoken. An endpoint in
an agent that is not ours is noted by its address in that agent's API.
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
        self._process: Process | None = None
        self.endpoint: str | None = None
        try:
            self._write()
        except BaseException:
            self.remove()
            raise

    def identify(self, process: Process) -> None:
        """Note which process the agent is."""
        self._process = process
        self._renew()

    def note_endpoint(self, endpoint: str) -> None:
        """Note the endpoint that is to be removed from an agent that is not ours."""
        self.endpoint = endpoint
        self._renew()

    def end_endpoint(self, *, may_come: bool = False) -> bool:
        """Remove the endpoint, if there is one, from its agent, and then the note; return whether it is gone.

        One that the agent is still about to open `may_come` after that: the note stays, for the next run.
        """
        is_gone = _is_gone(self.endpoint) and not may_come
        if is_gone:
            self.remove()
        return is_gone

    def remove(self) -> None:
        """Remove the note of an agent that has ended, and its folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for file in (self._file, self._unfinished):
            with suppress(OSError):
                file.unlink()

    @property
    def _unfinished(self) -> Path:
        return self._file.with_suffix(".unfinished")

    def _renew(self) -> None:
        """Write the note again, if the disk has space: a helper that is not killed itself leaves nothing to end."""
        with suppress(OSError):
            self._write()

    def _write(self) -> None:
        note = {
            "owner": self._owner,
            "folder": str(self.folder),
            "pid": self._process and self._process.pid,
            "started": self._process and self._process.started,
            "endpoint": self.endpoint,
        }
        self._unfinished.touch(mode=0o600)
        self._unfinished.write_text(json.dumps(note))
        self._unfinished.replace(self._file)


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
    if _is_gone(note.get("endpoint")):
        file.unlink(missing_ok=True)
    return running


def _is_gone(endpoint: str | None) -> bool:
    if endpoint is None:
        return True
    from hookscope.tunnel import ngrok_api

    return ngrok_api.remove(endpoint)


def _read(file: Path) -> dict[str, Any] | None:
    """Return the note in the file, or None; an incomplete one is removed, and one that cannot be read is kept."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    with suppress(ValueError):
        note = json.loads(content)
        shape = {"owner": str, "folder": str, "pid": int | None, "started": str | None, "endpoint": str | None}
        if isinstance(note, dict) and all(isinstance(note.get(name), kind) for name, kind in shape.items()):
            return note
    file.unlink(missing_ok=True)
    return None
