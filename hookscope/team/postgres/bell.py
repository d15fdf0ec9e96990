"""Waiting for a log to grow: told by LISTEN, and asking now and then, since a notification may be lost."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from psycopg import sql

from hookscope.errors import StoreError
from hookscope.team.address import LogAddress
from hookscope.team.postgres.link import PostgresConnection, PostgresLink
from hookscope.team.postgres.statements import channel_of

LISTENING_SECONDS = 2.0
POLLING_SECONDS = 1.0
"""So often the log is asked by one who listens, and by one who does not."""

_DIGITS = 18
"""Of the highest number in PostgreSQL's `bigint`."""


class Bell:
    """Rings when a log may have grown; on a connection of its own, which is made when it is first needed.

    Where told to, and behind a pooler, which drops what the server says between transactions, it only polls.
    """

    def __init__(self, address: LogAddress, options: Mapping[str, Any], *, polls: bool) -> None:
        self._channel = sql.Identifier(channel_of(address.log))
        self._link = PostgresLink(address, options, self._prepare)
        self._is_new = True
        self.polls = polls

    async def listen(self) -> bool:
        """Begin to listen: what comes from now on rings. Return whether what came since the last time has rung, too."""
        if self.polls:
            return False
        with suppress(StoreError):
            await self._link.run(_nothing)
            is_new, self._is_new = self._is_new, False
            return not is_new
        return False

    async def wait(self, seconds: float) -> int | None:
        """Wait until it rings, and return the number that it tells; None when it is time to ask.

        That is in so many seconds at most.
        """
        if not self.polls:
            with suppress(StoreError):
                pause = min(seconds, LISTENING_SECONDS)
                return await self._link.run(lambda connection: _hear(connection, pause), seconds=pause + 5)
        await asyncio.sleep(min(seconds, POLLING_SECONDS))
        return None

    async def close(self) -> None:
        """Disconnect; it connects anew when it is needed again, as after it should have rung and did not."""
        await self._link.close()

    async def _prepare(self, connection: PostgresConnection) -> None:
        self._is_new = True
        self.polls = self._link.pooled
        if not self.polls:
            await connection.execute(sql.SQL("LISTEN {}").format(self._channel))


async def _nothing(_: PostgresConnection) -> None:
    pass


async def _hear(connection: PostgresConnection, seconds: float) -> int | None:
    """Return the highest number that one packet of notifications tells; None if none comes."""
    told = None
    async for notification in connection.notifies(timeout=seconds, stop_after=1):
        told = max(told or 0, _number(notification.payload))
    return told


def _number(payload: str) -> int:
    """Return the number that a notification tells; 0 for anything else, since anybody may send one."""
    return int(payload) if payload.isdecimal() and len(payload) <= _DIGITS else 0
