"""A connection whose deadlines hold even on a dead network."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from psycopg import Error

from hookscope.errors import StoreError
from hookscope.team.address import LogAddress
from hookscope.team.log import DEADLINE_SECONDS, LogUnavailableError
from hookscope.team.postgres.connecting import PostgresConnection, connect
from hookscope.team.postgres.failures import explain, unavailable

_T = TypeVar("_T")
_Work = Callable[[PostgresConnection], Awaitable[_T]]

_ENDING_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
"""Seconds to wait after a failed attempt."""


class PostgresLink:
    """A connection that is made on first use and again after it broke; one call at a time.

    `prepare` is called with each new connection.
    """

    def __init__(self, address: LogAddress, options: Mapping[str, Any], prepare: _Work[None] | None = None) -> None:
        self._address = address
        self._options = options
        self._prepare = prepare
        self._connection: PostgresConnection | None = None
        self._turn = asyncio.Lock()
        self._pause = 0.0
        self._not_before = 0.0
        self._last: StoreError | None = None
        self.pooled = self.is_replica = False
        """True if the last connection goes through a pooler, or leads to a server that only follows another one."""

    @property
    def is_open(self) -> bool:
        """True if there is a connection that has not been found broken."""
        return self._connection is not None and not self._connection.closed

    async def discard_if_ended(self) -> bool:
        """Drop a connection that the server has ended while idle: the next call connects again. Return whether it was.

        Not for a connection that listens: notifications read here would be lost.
        """
        connection = self._connection
        if connection is None or self._turn.locked() or is_alive(connection):
            return False
        await self.close()
        return True

    async def run(self, work: _Work[_T], *, seconds: float = DEADLINE_SECONDS) -> _T:
        """Do some work in at most `seconds`. Raises LogUnavailableError or LogRefusedError.

        During the pause after a failed attempt to connect, it fails at once, so that nobody waits for the next attempt.
        """
        until = time.monotonic() + seconds
        await self._take_turn(seconds)
        try:
            connection = await self._connected(until, seconds)
            return await self._bounded(work, connection, until, seconds)
        finally:
            self._turn.release()

    async def receive(self, work: _Work[_T]) -> _T:
        """Do some work that only takes what the server sends by itself, and that ends by itself. Raises as `run` does.

        It needs no task of its own: when it is cancelled, psycopg has no query to end.
        """
        await self._take_turn(DEADLINE_SECONDS)
        try:
            connection = await self._connected(time.monotonic() + DEADLINE_SECONDS, DEADLINE_SECONDS)
            try:
                return await work(connection)
            except Error as error:
                raise explain(error, self._address) from None
            finally:
                if connection.broken:
                    await connection.close()
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Disconnect."""
        connection, self._connection = self._connection, None
        if connection:
            with suppress(Error):
                await connection.close()

    async def _take_turn(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise self._silent(seconds) from None

    async def _connected(self, until: float, seconds: float) -> PostgresConnection:
        if self._connection and self.is_open:
            return self._connection
        if self._last and time.monotonic() < self._not_before:
            raise self._last
        try:
            async with asyncio.timeout(until - time.monotonic()):
                connection = await connect(self._options)
        except TimeoutError:
            raise self._failed(self._silent(seconds)) from None
        except Error as error:
            raise self._failed(explain(error, self._address)) from None
        try:
            await self._bounded(self._begin, connection, until, seconds)
        except BaseException as error:
            await connection.close()
            if isinstance(error, StoreError):
                self._failed(error)
            raise
        self._connection, self._pause = connection, 0.0
        return connection

    async def _begin(self, connection: PostgresConnection) -> None:
        """Prepare a new connection.

        A pooler is recognized by its process id for the client, which is not the server's. In transaction mode it may
        give each transaction to another session: prepared statements and LISTEN do not work with that. Source:
        PgBouncer's documentation, "Features" (read 2026-11-29).
        """
        row = await (await connection.execute("SELECT pg_backend_pid(), pg_is_in_recovery()")).fetchone()
        assert row
        self.pooled, self.is_replica = row[0] != connection.info.backend_pid, row[1]
        if self.pooled:
            connection.prepare_threshold = None
        if self._prepare:
            await self._prepare(connection)

    async def _bounded(self, work: _Work[_T], connection: PostgresConnection, until: float, seconds: float) -> _T:
        """Do some work until the deadline, and then close the socket at once."""
        task = asyncio.ensure_future(work(connection))
        try:
            await asyncio.wait({task}, timeout=max(0.0, until - time.monotonic()))
            if not task.done():
                raise self._silent(seconds)
            return task.result()
        except Error as error:
            raise explain(error, self._address) from None
        finally:
            if not task.done():
                await _abandon(task, connection)
            if connection.broken:
                await connection.close()

    def _failed(self, error: StoreError) -> StoreError:
        """Note that an attempt to connect has failed: pauses between attempts grow."""
        self._pause = min(2 * self._pause or _FIRST_PAUSE, _LONGEST_PAUSE)
        self._not_before = time.monotonic() + self._pause
        self._last = error
        return error

    def _silent(self, seconds: float) -> LogUnavailableError:
        return unavailable(f"no answer within {seconds:g} s", self._address)


async def _abandon(task: asyncio.Future[Any], connection: PostgresConnection) -> None:
    """End a call that a silent server holds up, by shutting down its socket.

    On cancellation, psycopg asks the server over the same dead network to end the query, which took thirteen seconds
    (3.3.9).
    """
    with suppress(OSError), socket.socket(fileno=os.dup(connection.pgconn.socket)) as same:
        same.shutdown(socket.SHUT_RDWR)
    await asyncio.wait({task}, timeout=_ENDING_SECONDS)
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()
    await connection.close()  # A call that had its answer already has not noticed.


def is_alive(connection: PostgresConnection) -> bool:
    """Return False if the server has ended the connection; the first read only gets its last message."""
    try:
        for _ in range(2):
            connection.pgconn.consume_input()
    except Error:
        return False
    return not connection.closed
