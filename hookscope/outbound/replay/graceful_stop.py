"""Ending a sending in order: nothing more is begun, and answers that are under way get a moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

GRACE_SECONDS = 1.0


class GracefulStop:
    """Whether a sending is to end, and how long it still waits for answers."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._deadline: float | None = None
        self._limits: set[asyncio.Timeout] = set()

    @property
    def is_asked(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._asked.is_set()

    def ask(self, grace: float = GRACE_SECONDS) -> None:
        """Have nothing more begun, and what is under way waited for only so many seconds."""
        self._asked.set()
        self._deadline = asyncio.get_running_loop().time() + grace
        for limit in self._limits:
            limit.reschedule(self._deadline)

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """What is done in here is under way; raises TimeoutError when it is not waited for any longer."""
        async with asyncio.timeout_at(self._deadline) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    async def sleep(self, seconds: float) -> None:
        """Wait, unless it is to end."""
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return
