"""A shared log on PostgreSQL."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, LiteralString, Self, TypeAlias

from msgspec.structs import replace
from psycopg.rows import TupleRow

from hookscope.errors import StoreError
from hookscope.team.address import LogAddress
from hookscope.team.followers import Follower, LogStatus
from hookscope.team.log import (
    DEADLINE_SECONDS,
    PAGE_BYTES,
    PAGE_ENTRIES,
    About,
    Entry,
    EntryPage,
    Grant,
    LogEndedError,
    LogRefusedError,
    LogReplacedError,
    check_end,
)
from hookscope.team.postgres import statements
from hookscope.team.postgres.appends import Appends
from hookscope.team.postgres.bell import Bell
from hookscope.team.postgres.connecting import PostgresConnection
from hookscope.team.postgres.link import PostgresLink
from hookscope.team.postgres.options import options_of
from hookscope.team.postgres.page_reader import PageReader
from hookscope.team.postgres.page_size import PAGE_SECONDS
from hookscope.team.postgres.ringer import Pace, delay_among
from hookscope.team.postgres.schema import VERSION
from hookscope.team.postgres.statements import filled

_Values: TypeAlias = Sequence[Any] | Mapping[str, Any]

_RINGING_SECONDS = 1.0

_SLICE = 500
"""The number of entries deleted in one transaction; after it, the disk is left to others for as long as that took."""

_UNSAFE_FAIL_OVER = "the log's server has replicas, none of them synchronous: a fail-over may lose the last captures"


class PostgresLog:
    """A client of a log, for appending with an `app_id`, else for reading. A FollowedLog."""

    about: About

    def __init__(self, address: LogAddress, *, app_id: str | None = None, polls: bool = False) -> None:
        options = options_of(address, writes=app_id is not None)
        self._address = address
        self._app_id = app_id
        self._asking = PostgresLink(address, options, self._allow_time)
        self._appends = Appends(address, options, ring=self._ring, polls=polls)
        self._bell = Bell(address, options, polls=polls)
        self._reader = PageReader(self._rows)
        self._pace = Pace()
        self._latest = 0
        """The highest number announced so far; a notification is verified before it is trusted again."""
        self.cautions: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        try:
            if self._app_id:
                self.cautions = await self._prepare_to_write(self._app_id)
            self.about = await self._look()
        except BaseException:
            await self._asking.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._appends.close()
        finally:
            for each in (self._bell, self._asking):
                await each.close()

    async def append(self, entries: Sequence[Entry]) -> int:
        """Append the entries; see SharedLog."""
        return await self._appends.append(entries)

    async def _ring(self) -> int | None:
        """Tell the readers of the last entry, and return their number; those that this does not reach poll."""
        with suppress(StoreError):
            ((readers, *_),) = await self._rows(statements.RING, seconds=_RINGING_SECONDS)
            return int(readers)
        return None

    async def read(self, *, after: int, limit: int = PAGE_ENTRIES, max_bytes: int = PAGE_BYTES) -> EntryPage:
        """Return the entries behind `after`; see SharedLog."""
        page = await self._reader.read(self.about.id, after=after, limit=limit, max_bytes=max_bytes)
        if not page and not page.more:
            check_end((await self.bounds())[1], after=after, lags=self._asking.is_replica)
        return page

    async def grown(self, *, after: int, seconds: float) -> bool:
        """Wait until there are entries behind `after`; see SharedLog."""
        if not self._bell.polls and (pause := self._pace.next_pause(after)):
            await self._bell.rest()
            await asyncio.sleep(min(pause, seconds))
            return pause <= seconds
        until = time.monotonic() + seconds
        if (not await self._bell.listen() or self._latest > after) and await self._has_grown(after):
            return True
        while True:
            left = until - time.monotonic()
            latest = await self._bell.wait(max(0.0, left))
            if latest is None and await self._has_grown(after):
                await self._bell.close()  # It should have rung; its connection may be dead without having noticed.
                return True
            if latest is not None and latest > after:
                self._latest = latest
                await asyncio.sleep(delay_among(self._pace.readers))
                return True
            if left <= 0:
                return False

    async def _has_grown(self, after: int) -> bool:
        self._latest = (await self.bounds())[1]
        return self._latest > after

    async def bounds(self) -> tuple[int, int]:
        """Return the first and the last number; see SharedLog."""
        number, first, last = await self._row(statements.BOUNDS)
        if self._app_id is None and number != self.about.id:
            raise LogReplacedError
        self.about = replace(self.about, id=number)
        return first, last

    async def trim(self, *, up_to: int, grant: Grant) -> int:
        """Delete the entries up to a number; see SharedLog."""
        values = {"up_to": up_to, "fence": grant.fence, "slice": _SLICE}
        await self._run(statements.MOVE_FIRST, values)
        count = 0
        while True:
            began = time.monotonic()
            deleted = await self._run(statements.TRIM, values)
            count += deleted
            if deleted < _SLICE:
                return count
            await asyncio.sleep(time.monotonic() - began)

    async def take(self, *, holder: str, ttl: float) -> Grant | None:
        """Take the lease if nobody has it; see SharedLog."""
        return _grant(await self._rows(statements.TAKE, (holder, ttl)))

    async def renew(self, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        """Extend or release the lease; see SharedLog."""
        values = {"fence": grant.fence, "holder": grant.holder, "ttl": ttl, "state": state}
        return _grant(await self._rows(statements.RENEW, values))

    async def check_in(self, *, name: str, host: str, seq: int) -> None:
        """Record a follower; see FollowedLog."""
        ((self._pace.readers,),) = await self._rows(statements.CHECK_IN, (name, host, seq))

    async def status(self) -> LogStatus:
        """Return the present state; see FollowedLog."""
        first, last = await self.bounds()
        *lease, is_held = await self._row(statements.LEASE)
        followers = [
            Follower(name=name, host=host, seq=seq, seen_at=seen_at)
            for name, host, seq, seen_at in await self._rows(statements.FOLLOWERS)
        ]
        return LogStatus(
            first=first,
            last=last,
            lease=_grant([tuple(lease)]) if is_held else None,
            state=lease[-1],
            followers=tuple(followers),
        )

    async def _rows(
        self, statement: LiteralString, values: _Values = (), seconds: float = DEADLINE_SECONDS
    ) -> list[TupleRow]:
        """Return the rows of a query, in binary format, which does not write every byte as two digits."""
        query = filled(statement, self._address.log)

        async def work(connection: PostgresConnection) -> list[TupleRow]:
            found: list[TupleRow] = await (await connection.execute(query, values, binary=True)).fetchall()
            return found

        await self._discard_if_ended()
        return await self._asking.run(work, seconds=seconds)

    async def _discard_if_ended(self) -> None:
        """Drop an ended connection. Raises LogEndedError for a reader: what is there now may be a restored log."""
        if await self._asking.discard_if_ended() and self._app_id is None:
            raise LogEndedError(f"the connection to the shared log at {self._address} was ended while it was idle")

    async def _row(self, statement: LiteralString, values: _Values = ()) -> TupleRow:
        """Return the only row of a query."""
        (row,) = await self._rows(statement, values)
        return row

    async def _run(self, statement: LiteralString, values: _Values) -> int:
        """Return the number of rows that a statement has changed."""
        query = filled(statement, self._address.log)

        async def work(connection: PostgresConnection) -> int:
            changed: int = (await connection.execute(query, values)).rowcount
            return changed

        await self._discard_if_ended()
        return await self._asking.run(work)

    async def _look(self) -> About:
        """Return the description of the log. Raises LogRefusedError for one that this hookscope does not support."""
        number, app_id, version, min_reader, first, last = await self._row(statements.ABOUT)
        if (min_reader if self._app_id is None else version) > VERSION:
            raise LogRefusedError(
                f"the shared log at {self._address} has version {version}, but this hookscope supports {VERSION}",
                done="nothing was read or written",
                hint="upgrade hookscope",
            )
        if self._app_id not in (None, app_id):
            raise LogRefusedError(
                f"the shared log at {self._address} is that of app {app_id}, not of app {self._app_id}",
                done="nothing was written",
                hint="give each app a log of its own with --log NAME",
            )
        lags = self._asking.is_replica
        return About(id=number, app_id=app_id, version=version, first=first, last=last, lags=lags)

    async def _prepare_to_write(self, app_id: str) -> tuple[str, ...]:
        """Check the prerequisites of appends, and return warnings for the log's owner. Raises LogRefusedError.

        With `fsync` off, or `synchronous_commit` off, a commit is not on disk when it returns. Source: PostgreSQL's
        manual, "Write Ahead Log" (read 2026-11-29).
        """
        may_append, fsync, commit, standbys, replicas = await self._row(statements.DURABILITY)
        if not may_append:
            raise LogRefusedError(
                f"this user may not write into the shared log at {self._address}",
                done="nothing was written",
                hint="connect as the owner of the log, who ran hookscope relay init",
            )
        if fsync == "off" or (commit == "off" and self._asking.pooled):
            setting = "fsync" if fsync == "off" else "synchronous_commit"
            raise LogRefusedError(
                f"the server of the shared log at {self._address} has {setting} off: what is answered could be lost",
                done="nothing was written",
                hint=f"set {setting} to on",
            )
        await self._run(statements.CLAIM, (app_id, VERSION))
        return (_UNSAFE_FAIL_OVER,) if replicas and not standbys else ()

    async def _allow_time(self, connection: PostgresConnection) -> None:
        """Have the deadlines of this program apply, not one that the administrator has set for queries in general."""
        if not self._asking.pooled:
            await connection.execute(f"SET statement_timeout = {int(PAGE_SECONDS * 1000)}")


def _grant(rows: Sequence[TupleRow]) -> Grant | None:
    """Return the lease from its row, if there is one."""
    return next(
        (Grant(fence=fence, holder=holder, until=until, state=state) for fence, holder, until, state in rows), None
    )
