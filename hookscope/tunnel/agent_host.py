"""The helper process that runs an agent, as the engine sees it."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from hookscope import subprocesses
from hookscope.tunnel.agent_record import AgentRecord
from hookscope.tunnel.process import Process, identify

_GRACE = 4.0
_LONGEST_LINE = 1 << 20
_LOOPBACK = "localhost,127.0.0.1,::1"


class AgentHost:
    """A helper process and its agent, with their note on disk. Make one with `start`, and `end` it."""

    def __init__(self, process: asyncio.subprocess.Process, record: AgentRecord) -> None:
        self._process = process
        self._record = record
        self._agent: Process | None = None
        self._is_opening = False
        self._ended = False

    @classmethod
    async def start(cls, module: str, wanted: Mapping[str, Any], *, owner: str) -> "AgentHost":
        """Start the helper, a module of this package, and send it its instructions.

        Secrets travel only through the pipe.
        """
        record = AgentRecord(owner)
        try:
            with _error_file(record.folder).open("w+b") as errors:
                process = await _spawn(module, errors)
        except BaseException:
            record.remove()
            raise
        host = cls(process, record)
        assert process.stdin
        process.stdin.write(json.dumps({**wanted, "folder": str(record.folder)}).encode() + b"\n")
        return host

    async def next(self) -> Mapping[str, Any] | None:
        """Return the helper's next message, or None when it has ended, and its agent with it."""
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):  # A helper that is killed may have told half of something.
            self._kill()
            return None
        event: dict[str, Any] = json.loads(line)
        if event["event"] == "agent" and (agent := await asyncio.to_thread(identify, event["pid"])):
            self._agent = agent
            self._record.identify(agent)
        if event["event"] == "endpoint":
            self._record.note_endpoint(event["url"])
        if event["event"] in ("endpoint", "up", "failed"):
            self._is_opening = event["event"] == "endpoint"
        return event

    def errors(self) -> str:
        """Return the end of stderr, at most 400 characters, for when the helper ended without a message."""
        try:
            return _error_file(self._record.folder).read_text(errors="replace")[-400:].strip()
        except OSError:
            return ""

    async def end(self, grace: float = _GRACE) -> bool:
        """End agent and helper, gently for at most `grace` seconds; returns only when they are gone.

        Return whether an endpoint in an agent that is not ours is gone, too; if not, the next run tries again.
        """
        assert self._process.stdin
        self._process.stdin.close()
        try:
            if grace:
                async with asyncio.timeout(grace):
                    await self._wait()
                    self._is_opening = False
        except TimeoutError:
            pass
        finally:
            self._kill()
            if not self._record.endpoint:
                self._record.remove()
        await self._wait()
        if self._agent:
            await asyncio.to_thread(self._agent.end, 0.0)
        return await asyncio.to_thread(self._record.end_endpoint, may_come=self._is_opening)

    async def _wait(self) -> None:
        """Wait until the helper has ended: asyncio does not tell as long as much of its output was not read."""
        await asyncio.gather(self._process.wait(), self._discard())

    async def _discard(self) -> None:
        assert self._process.stdout
        with suppress(RuntimeError):  # Somebody is reading it.
            while await self._process.stdout.read(_LONGEST_LINE):
                pass

    def _kill(self) -> None:
        """Kill the helper's process group.

        Once only, and before the helper's end is noticed: its pid may be reused after that.
        """
        if self._ended:
            return
        self._ended = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


async def _spawn(module: str, errors: BinaryIO) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *subprocesses.module_command(module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        env=_environment(),
        start_new_session=True,
        limit=_LONGEST_LINE,
    )


def _environment() -> dict[str, str]:
    """Return the environment without secrets, and with direct access to the agent's API, whatever proxy is set."""
    kept = subprocesses.environment()
    direct = ",".join(filter(None, (kept.get("no_proxy") or kept.get("NO_PROXY"), _LOOPBACK)))
    return kept | {"no_proxy": direct, "NO_PROXY": direct}


def _error_file(folder: Path) -> Path:
    return folder / "stderr"
