"""Ending a sending in order: nothing more is begun, and answers under way get a moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

GRACE_SECONDS = 1.0


class GracefulStop:
    """Tells whether a sending is to end, and how long it still waits for answers."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._deadline: float | None = None
        self._limits: set[asyncio.Timeout] = set()

    @property
    def is_asked(self) -> bool:
        """True if nothing more is to be begun."""
        return self._asked.is_set()

    def ask(self, grace: float = GRACE_SECONDS) -> None:
        """Begin nothing more, and wait at most `grace` seconds for answers under way."""
        self._asked.set()
        self._deadline = asyncio.get_running_loop().time() + grace
        for limit in self._limits:
            limit.reschedule(self._deadline)

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """Limit the wait for whatever is done inside; raises TimeoutError when it is over."""
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
