"""What is old is found by its time, and deleted in slices, by the holder of the lease alone."""

from datetime import UTC, datetime, timedelta

import pytest

from hookscope.team.entry import encode
from hookscope.team.log import Entry, EntryPage, Grant
from hookscope.team.position import last_before
from hookscope.team.retention import trim
from tests.support.captures import make_capture
from tests.team.memory_log import MemoryEngine, MemoryLog

BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)


class CountingLog(MemoryLog):
    """A log in memory that counts what is asked of it."""

    reads = 0
    slices: list[int]

    async def read(self, **wanted: int) -> EntryPage:
        self.reads += 1
        return await super().read(**wanted)

    async def trim(self, *, up_to: int, grant: Grant) -> int:
        deleted = await super().trim(up_to=up_to, grant=grant)
        self.slices.append(deleted)
        return deleted


def entries(count: int, first: datetime = BEGIN) -> list[Entry]:
    """Return entries that were received one each minute."""
    return [encode(make_capture(received_at=first + timedelta(minutes=number)), (), "relay") for number in range(count)]


@pytest.fixture
async def log() -> CountingLog:
    log = CountingLog(MemoryEngine(), app_id="1")
    log.slices = []
    async with log:
        return log


@pytest.mark.parametrize("minutes", [-1, 0, 1, 2, 50, 99, 100, 500])
async def test_the_last_entry_before_a_moment_is_found(log: CountingLog, minutes: int) -> None:
    await log.append(entries(100))
    found = await last_before(log, BEGIN + timedelta(minutes=minutes))
    assert found == min(max(minutes, 0), 100)
    assert log.reads <= 8


async def test_an_empty_log_has_none(log: CountingLog) -> None:
    assert await last_before(log, BEGIN) == 0
    grant = await log.take(holder="a", ttl=30)
    assert grant
    assert await trim(log, grant, 0) == 0


async def test_a_log_without_its_first_entries_is_searched_behind_them(log: CountingLog) -> None:
    await log.append(entries(100))
    grant = await log.take(holder="a", ttl=30)
    assert grant
    assert await trim(log, grant, 40) == 40
    assert await last_before(log, BEGIN) == 40
    assert await last_before(log, BEGIN + timedelta(minutes=60)) == 60


@pytest.mark.parametrize("minutes", [10, 40, 59, 60, 61, 75, 90])
async def test_entries_that_nobody_can_read_go_with_the_next_one_that_can(log: CountingLog, minutes: int) -> None:
    readable = entries(100)
    await log.append([*readable[:40], *[Entry(head=b"{", body=b"")] * 20, *readable[60:]])
    found = await last_before(log, BEGIN + timedelta(minutes=minutes))
    assert found == (40 if 40 <= minutes <= 60 else minutes)


async def test_many_go_in_slices_with_pauses(log: CountingLog) -> None:
    pauses: list[float] = []

    async def wait(seconds: float) -> None:
        pauses.append(seconds)

    await log.append(entries(1) * 5000)
    grant = await log.take(holder="a", ttl=30)
    assert grant
    assert await trim(log, grant, 4500, wait=wait) == 4500
    assert log.slices == [2000, 2000, 500]
    assert len(pauses) == 3
    assert await log.bounds() == (4501, 5000)


async def test_a_lost_lease_deletes_nothing(log: CountingLog) -> None:
    await log.append(entries(10))
    stale = await log.take(holder="a", ttl=0)
    assert stale
    assert await log.take(holder="b", ttl=30)
    assert await trim(log, stale, 10) == 0
    assert await log.bounds() == (1, 10)
