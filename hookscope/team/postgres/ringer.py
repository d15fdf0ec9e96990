"""Ringing the bell for a log's appends, and listening to it: less often for many readers than for few."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

_FEW = 10
"""The number of readers that every append wakes."""

_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE = 0.1
"""The pause after a ring, for each reader, and at most; also, on average, the one between a reader's own questions.

PostgreSQL wakes each session that listens, and each reader asks for its page: with 50 readers and 100 entries a second,
that took 5 ms of CPU for each entry, in competition with the appends.
"""

_BUSY_SECONDS = 0.3
"""The time after an entry in which many readers expect another one: more often, asking costs less than being woken."""

_BREATH_SECONDS = 0.002
"""Between an append and its ring for many readers: its answer is on its way before they all wake."""


def pause_for(readers: int) -> float:
    """Return the seconds between two rings for so many readers; 0 if every append may ring."""
    return min(readers * _PAUSE_SECONDS, _LONGEST_PAUSE) if readers > _FEW else 0.0


def delay_among(readers: int) -> float:
    """Return the seconds that one of so many readers waits, at random: all at once would have appends wait for them."""
    return random.uniform(0, pause_for(readers) / 2)  # noqa: S311


class Pace:
    """When one of many readers asks without being told: again and again while entries keep coming.

    PostgreSQL wakes all that listen at the same moment, and appends have to wait for them.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.readers = 0
        """All of them, this one included."""
        self._clock = clock
        self._after = -1
        self._busy_until = 0.0

    def next_pause(self, after: int) -> float:
        """Return the seconds after which to ask for what is behind `after`; 0 if it is time to listen instead."""
        if after != self._after:
            self._after, self._busy_until = after, self._clock() + _BUSY_SECONDS
        if self._clock() >= self._busy_until:
            return 0.0
        return pause_for(self.readers) * random.uniform(0.5, 1.5)  # noqa: S311


class Ringer:
    """Decides which appends ring; for those that do not, it calls `ring` soon afterward, once for all of them.

    `ring` returns the number of readers, or None if it has failed: readers also poll. It must not raise a StoreError.
    """

    def __init__(
        self, ring: Callable[[], Awaitable[int | None]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ring = ring
        self._clock = clock
        self._pause = 0.0
        self._quiet_until = 0.0
        self._is_owed = False
        self._later: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        """True if the next append should ring itself, as each does for few readers."""
        return self._pause == 0

    def rung(self, readers: int) -> None:
        """Record that an append has rung, for so many readers, and for all appends before it."""
        self._is_owed = False
        self._pause = pause_for(readers)
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
            await asyncio.sleep(max(_BREATH_SECONDS, self._quiet_until - self._clock()))
            if self._is_owed:
                self._is_owed = False
                self._quiet_until = self._clock() + self._pause
                readers = await self._ring()
                if readers is not None:
                    self._pause = pause_for(readers)
