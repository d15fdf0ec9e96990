"""The sandbox's time, so that 36 hours of retries fit into a test."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class SandboxClock(Protocol):
    """The current time, and a way to wait."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""


class RealClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""
        await asyncio.sleep(seconds)
