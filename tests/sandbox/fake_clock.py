"""A clock that stands still until a test lets it run."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

_DEADLINE = 5.0


class FakeClock:
    """Implements SandboxClock. Sleepers wake, earliest first, when the test says so."""

    def __init__(self, start: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._slept = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._numbers), wake))
        self._slept.set()
        await wake

    def pass_by(self, seconds: float) -> None:
        """Let time pass while nobody notices."""
        self._now += timedelta(seconds=seconds)

    async def run_to_next(self) -> float:
        """Wait until somebody sleeps, wake the one who is due first, and tell how many seconds that took."""
        async with asyncio.timeout(_DEADLINE):
            while True:
                while self._sleepers and self._sleepers[0][2].done():
                    heapq.heappop(self._sleepers)
                if self._sleepers:
                    break
                self._slept.clear()
                await self._slept.wait()
        due, _, wake = heapq.heappop(self._sleepers)
        passed = (due - self._now).total_seconds()
        self._now = max(self._now, due)
        wake.set_result(None)
        return passed

    @property
    def sleepers(self) -> int:
        """The number of waiting tasks."""
        return sum(not wake.done() for _, _, wake in self._sleepers)
