"""The engine's clock, which stands still until a test lets it run."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

_DEADLINE = 10.0


class FakeClock:
    """Implements the engine's Clock. Sleepers wake, earliest first, when the test says so."""

    def __init__(self) -> None:
        self._elapsed = 1_000.0
        self._offset = 1_790_000_000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._slept = asyncio.Event()

    def elapsed(self) -> float:
        return self._elapsed

    def wall(self) -> float:
        return self._elapsed + self._offset

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._numbers), wake))
        self._slept.set()
        await wake

    def jump(self, seconds: float) -> None:
        """Set the time of day, as after the machine's sleep."""
        self._offset += seconds

    def stall(self, seconds: float) -> None:
        """Let time pass while nobody wakes, as for a process that is stopped."""
        self._elapsed += seconds

    async def run(self, until: Callable[[], object]) -> None:
        """Wake sleepers until `until` gives something true."""
        while not until():
            await self.step()

    async def step(self) -> None:
        """Wait until somebody sleeps, and wake the one who is due first."""
        async with asyncio.timeout(_DEADLINE):
            while not self._awaited():
                self._slept.clear()
                await self._slept.wait()
        due, _, wake = heapq.heappop(self._sleepers)
        self._elapsed = max(self._elapsed, due)
        wake.set_result(None)
        await asyncio.sleep(0)

    def _awaited(self) -> bool:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return bool(self._sleepers)
