"""A shared log in memory, which behaves like an engine."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

from msgspec.structs import replace

from hookscope.team.followers import Follower, LogStatus
from hookscope.team.log import (
    PAGE_BYTES,
    PAGE_ENTRIES,
    About,
    Entry,
    EntryPage,
    Grant,
    LogRefusedError,
    LogReplacedError,
    LogUnavailableError,
    check_end,
)

_VERSION = 1


class MemoryEngine:
    """The state common to all clients: the entries, the lease, the followers."""

    def __init__(self) -> None:
        self.id: UUID = uuid4()
        self.app_id: str | None = None
        self.entries: list[Entry] = []
        self.last = 0
        self.fence = 0
        self.lease: Grant | None = None
        self.lease_ends = 0.0
        self.state: bytes | None = None
        self.followers: dict[str, Follower] = {}
        self.available = True
        self.grown = asyncio.Condition()

    @property
    def first(self) -> int:
        """The number of the first entry still there."""
        return self.last - len(self.entries) + 1

    async def stop(self) -> None:
        """Simulate an outage: all calls fail, also those that wait."""
        self.available = False
        async with self.grown:
            self.grown.notify_all()

    def start(self) -> None:
        """End the outage, with all entries kept."""
        self.available = True


class MemoryLog:
    """A client of a MemoryEngine, for appending with an `app_id`, else for reading. A FollowedLog."""

    about: About
    cautions: tuple[str, ...] = ()

    def __init__(self, engine: MemoryEngine, *, app_id: str | None = None) -> None:
        self._engine = engine
        self._app_id = app_id

    async def __aenter__(self) -> Self:
        engine = self._reached()
        if self._app_id and engine.app_id not in (None, self._app_id):
            raise LogRefusedError(f"the shared log is that of app {engine.app_id}", done="nothing was written")
        engine.app_id = engine.app_id or self._app_id
        self.about = About(id=engine.id, app_id=engine.app_id, version=_VERSION, first=engine.first, last=engine.last)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def append(self, entries: Sequence[Entry]) -> int:
        """Append the entries; see SharedLog."""
        engine = self._writable()
        first = engine.last + 1
        engine.entries += [replace(entry, seq=seq) for seq, entry in enumerate(entries, first)]
        engine.last += len(entries)
        async with engine.grown:
            engine.grown.notify_all()
        return first

    async def read(self, *, after: int, limit: int = PAGE_ENTRIES, max_bytes: int = PAGE_BYTES) -> EntryPage:
        """Return the entries behind `after`; see SharedLog."""
        engine = self._same()
        check_end(engine.last, after=after)
        begin = max(0, after + 1 - engine.first)
        page: list[Entry] = []
        for entry in engine.entries[begin : begin + limit]:
            max_bytes -= len(entry.head) + len(entry.body)
            if page and max_bytes < 0:
                break
            page.append(entry)
        return EntryPage(page, more=begin + len(page) < len(engine.entries))

    async def grown(self, *, after: int, seconds: float) -> bool:
        """Wait until there are entries behind `after`; see SharedLog."""
        engine = self._reached()
        try:
            async with asyncio.timeout(seconds), engine.grown:
                await engine.grown.wait_for(lambda: engine.last != after or not engine.available)
        except TimeoutError:
            return False
        self._reached()
        return True

    async def bounds(self) -> tuple[int, int]:
        """Return the first and the last number; see SharedLog."""
        engine = self._same()
        return engine.first, engine.last

    async def trim(self, *, up_to: int, grant: Grant) -> int:
        """Delete the entries up to a number; see SharedLog."""
        engine = self._writable()
        if not self._holds(grant):
            return 0
        count = max(0, min(up_to, engine.last) + 1 - engine.first)
        del engine.entries[:count]
        return count

    async def take(self, *, holder: str, ttl: float) -> Grant | None:
        """Take the lease if nobody has it; see SharedLog."""
        engine = self._writable()
        if engine.lease and time.monotonic() < engine.lease_ends:
            return None
        engine.fence += 1
        return self._lend(engine.fence, holder, ttl)

    async def renew(self, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        """Extend or release the lease; see SharedLog."""
        engine = self._writable()
        if not self._holds(grant):
            return None
        engine.state = engine.state if state is None else state
        lent = self._lend(grant.fence, grant.holder, ttl)
        engine.lease = lent if ttl else None
        return lent

    async def check_in(self, *, name: str, host: str, seq: int) -> None:
        """Record a follower; see FollowedLog."""
        self._reached().followers[name] = Follower(name=name, host=host, seq=seq, seen_at=datetime.now(UTC))

    async def status(self) -> LogStatus:
        """Return the present state; see FollowedLog."""
        engine = self._reached()
        held = engine.lease if time.monotonic() < engine.lease_ends else None
        followers = tuple(engine.followers[name] for name in sorted(engine.followers))
        return LogStatus(first=engine.first, last=engine.last, lease=held, state=engine.state, followers=followers)

    def _reached(self) -> MemoryEngine:
        if not self._engine.available:
            raise LogUnavailableError("the shared log in memory is down")
        return self._engine

    def _same(self) -> MemoryEngine:
        engine = self._reached()
        if self._app_id is None and engine.id != self.about.id:
            raise LogReplacedError
        self.about = replace(self.about, id=engine.id)
        return engine

    def _writable(self) -> MemoryEngine:
        engine = self._reached()
        if not self._app_id:
            raise LogRefusedError("the shared log in memory was opened for reading", done="nothing was written")
        return engine

    def _holds(self, grant: Grant) -> bool:
        return self._engine.lease is not None and self._engine.lease.fence == grant.fence

    def _lend(self, fence: int, holder: str, ttl: float) -> Grant:
        engine = self._engine
        engine.lease_ends = time.monotonic() + ttl
        until = datetime.fromtimestamp(time.time() + ttl, UTC)
        engine.lease = Grant(fence=fence, holder=holder, until=until, state=engine.state)
        return engine.lease
