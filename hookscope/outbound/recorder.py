"""Keeping replays while others are being sent: many in one commit, behind the sending but never far."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Delivery

Replay = tuple[Capture, Delivery]
"""What was sent, as a capture of its own, and what became of it."""

_AT_ONCE = 64
_LINGER_SECONDS = 0.02
"""A commit costs a flush to disk: one for each replay would take longer than the sending."""
_WAITING = 512
_WAITING_BYTES = 64 << 20


class Recorder:
    """Commits what is added, in order, and hands it to `told` with its numbers; `run` ends after `close`."""

    def __init__(self, journal: Journal, told: Callable[[Sequence[Replay]], Awaitable[None]]) -> None:
        self._journal = journal
        self._told = told
        self._waiting: deque[Replay] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._enough = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    def add(self, replay: Replay) -> None:
        """Have a replay committed; never waits."""
        self._waiting.append(replay)
        self._bytes += len(replay[0].request.body)
        if len(self._waiting) >= _WAITING or self._bytes >= _WAITING_BYTES:
            self._room.clear()
            self._enough.set()
        self._news.set()

    async def room(self) -> None:
        """Wait while too much waits for its commit."""
        await self._room.wait()

    def close(self) -> None:
        """Nothing is added any more."""
        self._closed = True
        self._news.set()
        self._enough.set()

    async def run(self) -> None:
        """Commit what comes, until closed and done. Raises JournalError, and what `told` raises."""
        while self._waiting or not self._closed:
            await self._news.wait()
            if not self._closed:
                self._news.clear()
                await self._linger()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
                self._bytes -= sum(len(capture.request.body) for capture, _ in batch)
                self._room.set()
                await self._told(await self._journal.add_replays(batch))

    async def _linger(self) -> None:
        """Wait a moment for company, unless there is plenty or no more to come."""
        self._enough.clear()
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                await self._enough.wait()
        except TimeoutError:
            return
