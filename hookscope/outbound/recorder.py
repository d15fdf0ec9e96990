"""Commits sent captures while more are being sent: many in one commit, soon after the sending."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_T = TypeVar("_T")

_AT_ONCE = 64
_LINGER_SECONDS = 0.02
"""A commit costs a flush to disk: one for each delivery would take longer than the sending."""
_WAITING = 512
_WAITING_BYTES = 64 << 20


class Recorder(Generic[_T]):
    """Has `commit` commit additions in order; `run` ends after `close`, and may then be run again.

    Run several times at once, it has many commits in flight together, begun in order.
    """

    def __init__(self, commit: Callable[[Sequence[_T]], Awaitable[None]]) -> None:
        self._commit = commit
        self._waiting: deque[tuple[_T, int]] = deque()
        self._bytes = 0
        self._under_way = 0
        self._news = asyncio.Event()
        self._enough = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._done = asyncio.Event()
        self._done.set()
        self._closed = False

    def add(self, one: _T, size: int = 0) -> None:
        """Add something of `size` bytes to be committed; never waits."""
        self._waiting.append((one, size))
        self._bytes += size
        if len(self._waiting) >= _WAITING or self._bytes >= _WAITING_BYTES:
            self._room.clear()
            self._enough.set()
        self._done.clear()
        self._news.set()

    async def room(self) -> None:
        """Wait while too much waits for its commit."""
        await self._room.wait()

    async def done(self) -> None:
        """Wait until every addition is committed."""
        self._enough.set()
        await self._done.wait()

    def close(self) -> None:
        """Announce that nothing more will be added."""
        self._closed = True
        self._news.set()
        self._enough.set()

    async def run(self) -> None:
        """Commit additions until closed and done. Raises what `commit` raises."""
        while not self._closed or self._waiting:
            await self._news.wait()
            if not self._closed:
                await self._linger()
            while self._waiting:
                await self._commit_some()

    async def _commit_some(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
        self._bytes -= sum(size for _, size in batch)
        self._room.set()
        if not (self._waiting or self._closed):
            self._news.clear()
        self._under_way += 1
        try:
            await self._commit([one for one, _ in batch])
        finally:
            self._under_way -= 1
        if not (self._waiting or self._under_way):
            self._done.set()

    async def _linger(self) -> None:
        """Wait a moment for company, unless there is plenty or no more to come."""
        self._enough.clear()
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                await self._enough.wait()
        except TimeoutError:
            return
