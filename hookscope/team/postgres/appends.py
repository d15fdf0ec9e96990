"""Appending to a log, on a connection of its own, so that no read, trim, or renewal delays it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from psycopg.errors import Diagnostic

from hookscope.team.address import LogAddress
from hookscope.team.log import DEADLINE_SECONDS, Entry
from hookscope.team.postgres import statements
from hookscope.team.postgres.connecting import PostgresConnection
from hookscope.team.postgres.failures import unavailable
from hookscope.team.postgres.link import PostgresLink
from hookscope.team.postgres.ringer import Ringer
from hookscope.team.postgres.statements import filled


class Appends:
    """Appends entries, which are on disk then, and has the readers told by `ring`; not where they poll."""

    def __init__(
        self,
        address: LogAddress,
        options: Mapping[str, Any],
        *,
        ring: Callable[[], Awaitable[int | None]],
        polls: bool,
    ) -> None:
        self._address = address
        self._link = PostgresLink(address, options, self._make_durable)
        self._ringer = None if polls else Ringer(ring)
        self._loudly = filled(statements.APPEND, address.log)
        self._silently = filled(statements.APPEND_SILENTLY, address.log)
        self._warning: str | None = None
        """The server's warning during the current append, if any."""

    async def close(self) -> None:
        """Tell the readers what they have not been told yet, and disconnect."""
        try:
            if self._ringer:
                await self._ringer.close()
        finally:
            await self._link.close()

    async def append(self, entries: Sequence[Entry]) -> int:
        """Append the entries; see SharedLog."""
        await self._link.discard_if_ended()
        if self._ringer is None:
            return (await self._add(self._silently, entries))[0]
        if self._ringer.is_due:
            first, readers = await self._add(self._loudly, entries)
            self._ringer.rung(readers)
            return first
        try:
            return (await self._add(self._silently, entries))[0]
        finally:
            self._ringer.owe()

    async def _add(self, query: bytes, entries: Sequence[Entry]) -> tuple[int, int]:
        """Append the entries; return the number of the first, and the number of readers, which is 0 without a ring.

        A commit whose wait for a synchronous replica is canceled succeeds with a warning; a fail-over would lose it.
        Source: PostgreSQL's manual, "Synchronous Replication" (read 2026-11-30).
        """
        heads, bodies = [entry.head for entry in entries], [entry.body for entry in entries]
        count = len(entries)
        values = (count, count, heads, bodies, count)

        async def work(connection: PostgresConnection) -> tuple[int, int]:
            self._warning = None
            row = await (await connection.execute(query, values)).fetchone()
            assert row
            if self._warning:
                raise unavailable(self._warning, self._address)
            return int(row[0]), int(row[1])

        return await self._link.run(work)

    async def _make_durable(self, connection: PostgresConnection) -> None:
        """Make commits wait for the disk, limit the time of statements, and hear warnings."""
        connection.add_notice_handler(self._hear)
        if not self._link.pooled:
            milliseconds = int(DEADLINE_SECONDS * 1000)
            await connection.execute(f"SET synchronous_commit = on; SET statement_timeout = {milliseconds}")

    def _hear(self, notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self._warning = notice.message_primary or "a warning without words"
