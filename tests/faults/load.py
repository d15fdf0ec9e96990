"""A stream of signed notifications, and which of them were acknowledged."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.support.captures import feed_body, signed


class Load:
    """Sends notifications to a callback whose address may change or go away. All times are in seconds."""

    def __init__(self, url: Callable[[], str | None], secret: str) -> None:
        self._url, self._secret = url, secret
        self._number = 0
        self.acknowledged: set[bytes] = set()
        self.taken: list[tuple[float, float]] = []
        """When each was acknowledged, and how long that took."""

    @asynccontextmanager
    async def running(self, rate: float) -> AsyncIterator[None]:
        """Send so many a second while the context lasts."""
        task = asyncio.create_task(self._run(rate))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _run(self, rate: float) -> None:
        loop = asyncio.get_running_loop()
        async with ClientSession(timeout=ClientTimeout(total=30)) as session, asyncio.TaskGroup() as tasks:
            began = loop.time()
            for number in range(1 << 40):
                await asyncio.sleep(began + number / rate - loop.time())
                if url := self._url():
                    tasks.create_task(self._send(session, url))

    async def _send(self, session: ClientSession, url: str) -> None:
        self._number += 1
        body = feed_body(f"number {self._number}", comment_id=f"1_{self._number}")
        began = time.monotonic()
        try:
            async with session.post(url, data=body, headers=signed(body, self._secret)) as answer:
                if answer.status == 200:
                    self.acknowledged.add(body)
                    self.taken.append((time.monotonic(), time.monotonic() - began))
        except (ClientError, OSError, TimeoutError):
            pass  # It was not acknowledged.
