"""The common base of tunnels by programs, which live no longer than this process."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from hookscope.errors import TunnelError
from hookscope.settings import TunnelSettings
from hookscope.tunnel.agent_host import AgentHost
from hookscope.tunnel.base import Announce, Tunnel

NOTHING_LEFT = "nothing was left running"


class AgentTunnel(Tunnel):
    """A tunnel held by a program in a helper process.

    `key` names the run that it serves: when that run is gone, `end_stale_agents` ends the program. `announce` is called
    with messages for the user.
    """

    def __init__(self, settings: TunnelSettings, *, key: str, announce: Announce) -> None:
        self._settings = settings
        self._announce = announce
        self._key = key
        self._turn = 0
        self._host: AgentHost | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._stirred = asyncio.Event()
        self._reason = ""

    async def lost(self) -> str:
        """Wait until the program has ended, or no longer holds the tunnel."""
        await self._lost.wait()
        return self._reason

    async def stirred(self) -> None:
        """Wait for a line of output that hints at trouble."""
        await self._stirred.wait()
        self._stirred.clear()

    async def close(self) -> None:
        """End the program; it is gone when this returns."""
        self._turn += 1
        host, self._host = self._host, None
        watcher, self._watcher = self._watcher, None
        if watcher:
            watcher.cancel()
        if host:
            await self._end(host)
        self._lost.clear()

    @abstractmethod
    async def _watch(self, host: AgentHost) -> None:
        """Follow a program that is up, and call `_lose` when it no longer holds the tunnel."""

    async def _end(self, host: AgentHost, *grace: float) -> None:
        """End a helper process and its program, gently for at most `grace` seconds."""
        await host.end(*grace)

    async def _start(self, helper: str, wanted: Mapping[str, Any]) -> AgentHost:
        try:
            return await AgentHost.start(helper, wanted, owner=self._key)
        except OSError as error:
            raise TunnelError(
                f"the helper process of {self.provider} cannot be started: {error}",
                done=NOTHING_LEFT,
                hint="check that the state folder and the temporary folder are writable",
            ) from error

    def _begin_watch(self, host: AgentHost) -> None:
        self._watcher = asyncio.create_task(self._watch(host), name=f"watch {self.provider}")

    def _lose(self, reason: str) -> None:
        self._reason = reason
        self._lost.set()

    def _check_open(self, turn: int) -> None:
        if self._turn != turn:
            raise TunnelError("the tunnel was closed before it was up", done=NOTHING_LEFT)


def describe_end(status: int) -> str:
    """Return the way in which a process has ended, in words."""
    return f"signal {-status}" if status < 0 else f"exit status {status}"
