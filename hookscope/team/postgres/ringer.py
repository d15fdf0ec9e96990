"""Ringing the bell for a log's appends: at once for few readers, less often for many."""

import asyncio
import time
from collections.abc import Awaitable, Callable

_FEW = 10
"""The number of readers that every append wakes."""

_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE = 0.1
"""The pause after a ring, for each reader, and at most.

PostgreSQL wakes each session that listens, and each reader asks for its page: with 50 readers and 100 entries a second,
that took 5 ms of CPU for each entry, in competition with the appends, and with these pauses it takes half of that.
"""


class Ringer:
    """Decides which appends ring; for those that do not, it calls `ring` soon afterward, once for all of them.

    `ring` must not raise a StoreError: readers also poll.
    """

    def __init__(self, ring: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ring = ring
        self._clock = clock
        self._pause = 0.0
        self._quiet_until = 0.0
        self._is_owed = False
        self._later: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        """True if the next append should ring itself."""
        return self._clock() >= self._quiet_until

    def rung(self, readers: int) -> None:
        """Record that an append has rung, for so many readers, and for all appends before it."""
        self._is_owed = False
        self._pause = min(readers * _PAUSE_SECONDS, _LONGEST_PAUSE) if readers > _FEW else 0.0
        self._quiet_until = self._clock() + self._pause

    def owe(self) -> None:
        """Ring after the pause for an append that did not; call this when it has ended, whatever its outcome."""
        self._is_owed = True
        if self._later is None or self._later.done():
            self._later = asyncio.create_task(self._ring_later(), name="ring for the readers of the log")

    async def close(self) -> None:
        """Ring for what is owed."""
        if self._later:
            await self._later

    async def _ring_later(self) -> None:
        while self._is_owed:
            await asyncio.sleep(max(0.0, self._quiet_until - self._clock()))
            if self._is_owed:
                self._is_owed = False
                self._quiet_until = self._clock() + self._pause
                await self._ring()
