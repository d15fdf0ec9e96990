"""The engine's time, so that hours of waiting fit into a test."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks that should agree, and a way to wait. All values in seconds."""

    def elapsed(self) -> float:
        """Return the time of a clock that is never set, and stops while the machine sleeps (on most systems)."""

    def wall(self) -> float:
        """Return the time of day since the epoch, as the machine knows it."""

    async def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""


class SystemClock:
    """The machine's own time."""

    def elapsed(self) -> float:
        """Return the monotonic clock."""
        return time.monotonic()

    def wall(self) -> float:
        """Return the time of day."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""
        await asyncio.sleep(seconds)
