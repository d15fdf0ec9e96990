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


class Bell:
    """Rings when a log may have grown; on a connection of its own, which is made when it is first needed.

    Where told to, and behind a pooler, which drops what the server says between transactions, it only polls.
    """

    def __init__(self, address: LogAddress, options: Mapping[str, Any], *, polls: bool) -> None:
        self._channel = sql.Identifier(channel_of(address.log))
        self._link = PostgresLink(address, options, self._prepare)
        self.polls = polls

    async def listen(self) -> None:
        """Begin to listen: what comes from now on rings."""
        if not self.polls:
            with suppress(StoreError):
                await self._link.run(_nothing)

    async def wait(self, seconds: float) -> bool:
        """Wait until it rings, or until it is time to ask, in so many seconds at most. Return whether it rang."""
        if not self.polls:
            with suppress(StoreError):
                pause = min(seconds, LISTENING_SECONDS)
                return await self._link.run(lambda connection: _hear(connection, pause), seconds=pause + 5)
        await asyncio.sleep(min(seconds, POLLING_SECONDS))
        return False

    async def close(self) -> None:
        """Disconnect; it connects anew when it is needed again, as after it should have rung and did not."""
        await self._link.close()

    async def _prepare(self, connection: PostgresConnection) -> None:
        self.polls = self._link.pooled
        if not self.polls:
            await connection.execute(sql.SQL("LISTEN {}").format(self._channel))


async def _nothing(_: PostgresConnection) -> None:
    pass


async def _hear(connection: PostgresConnection, seconds: float) -> bool:
    async for _ in connection.notifies(timeout=seconds, stop_after=1):
        return True
    return False
