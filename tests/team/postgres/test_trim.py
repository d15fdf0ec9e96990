"""Deleting old entries on PostgreSQL, a slice at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hookscope.team.address import LogAddress
from hookscope.team.log import Entry, Grant, SharedLog
from hookscope.team.opening import open_log
from hookscope.team.retention import trim
from tests.team.postgres.conftest import RunSql

APP = "4711"


@asynccontextmanager
async def held_log(address: LogAddress) -> AsyncIterator[tuple[SharedLog, Grant]]:
    """Open a log of 4,500 entries, and take its lease."""
    async with open_log(address, app_id=APP) as log:
        await log.append([Entry(head=b"", body=b"")] * 4500)
        grant = await log.take(holder="one", ttl=30)
        assert grant
        yield log, grant


async def test_more_than_a_slice_is_deleted_and_what_an_earlier_process_left(
    address: LogAddress, run_sql: RunSql
) -> None:
    async with held_log(address) as (log, grant):
        assert await log.trim(up_to=4100, grant=grant) == 4100
        assert await log.bounds() == (4101, 4500)
        run_sql("UPDATE {log}.log SET first_seq = 4201")  # As one that is killed between the two steps leaves it.
        assert await log.trim(up_to=4150, grant=grant) == 100
        assert await log.bounds() == (4201, 4500)
        assert [entry.seq for entry in await log.read(after=0, limit=1)] == [4201]


async def test_what_an_earlier_process_left_does_not_count_for_what_is_to_go(
    address: LogAddress, run_sql: RunSql
) -> None:
    async with held_log(address) as (log, grant):
        run_sql("UPDATE {log}.log SET first_seq = 1501")
        assert await trim(log, grant, 3999) == 3999
        assert await log.bounds() == (4000, 4500)
