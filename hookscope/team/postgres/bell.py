"""Waiting for a log to grow: by LISTEN, and by polling, since a notification may be lost."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from psycopg import sql

from hookscope.errors import StoreError
from hookscope.team.address import LogAddress
from hookscope.team.postgres.connecting import PostgresConnection
from hookscope.team.postgres.link import PostgresLink
from hookscope.team.postgres.statements import channel_of

LISTENING_SECONDS = 2.0
POLLING_SECONDS = 1.0
"""Seconds between polls, with and without LISTEN."""

_DIGITS = 18
"""The digits of the largest number in PostgreSQL's `bigint`."""


class Bell:
    """Rings when a log may have grown; on a connection of its own, which is made on first use.

    If requested, it only polls; also behind a pooler, which drops the server's messages between transactions, and at a
    replica, which has none.
    """

    def __init__(self, address: LogAddress, options: Mapping[str, Any], *, polls: bool) -> None:
        self._channel = sql.Identifier(channel_of(address.log))
        self._link = PostgresLink(address, options, self._prepare)
        self._is_new = True
        self._listens = False
        self.polls = polls

    async def listen(self) -> bool:
        """Begin to listen. Return whether it was listening already, so that nothing was missed since the last time."""
        if self.polls:
            return False
        with suppress(StoreError):
            if not (self._listens and self._link.is_open):
                await self._link.run(self._resume)
            is_new, self._is_new = self._is_new, False
            return not is_new
        return False

    async def rest(self) -> None:
        """Do not listen until the next `listen`, so that the server need not wake this session."""
        if self._listens:
            with suppress(StoreError):
                await self._link.run(self._stop)

    async def wait(self, seconds: float) -> int | None:
        """Wait until it rings, at most `seconds`, and return the announced number; None when it is time to poll."""
        if not self.polls:
            with suppress(StoreError):
                pause = min(seconds, LISTENING_SECONDS)
                return await self._link.receive(lambda connection: _hear(connection, pause))
        await asyncio.sleep(min(seconds, POLLING_SECONDS))
        return None

    async def close(self) -> None:
        """Disconnect, for example after a missed ring; the next use connects again."""
        await self._link.close()

    async def _prepare(self, connection: PostgresConnection) -> None:
        self._is_new, self._listens = True, False
        self.polls = self._link.pooled or self._link.is_replica
        if not self.polls:
            await connection.execute(sql.SQL("LISTEN {}").format(self._channel))
            self._listens = True

    async def _stop(self, connection: PostgresConnection) -> None:
        await connection.execute(sql.SQL("UNLISTEN {}").format(self._channel))
        self._listens = False

    async def _resume(self, connection: PostgresConnection) -> None:
        if not self._listens:
            await self._prepare(connection)


async def _hear(connection: PostgresConnection, seconds: float) -> int | None:
    """Return the highest number in one packet of notifications; None if none comes."""
    highest = None
    async for notification in connection.notifies(timeout=seconds, stop_after=1):
        highest = max(highest or 0, _number(notification.payload))
    return highest


def _number(payload: str) -> int:
    """Return the number in a notification; 0 for anything else, since anybody may send one."""
    return int(payload) if payload.isdecimal() and len(payload) <= _DIGITS else 0
