"""Which appends ring for a log's readers, and what is made up for those that do not."""

import asyncio

import psycopg
import pytest

from hookscope.team.address import LogAddress
from hookscope.team.log import Entry
from hookscope.team.opening import open_log
from hookscope.team.postgres.ringer import Pace, Ringer, delay_among
from tests.support.until import until
from tests.team.postgres.conftest import RunSql

_ENTRY = Entry(head=b"{}", body=b"one")


class _Bell:
    """A clock that stands still, and a bell that rings as slowly as told, for so many readers."""

    def __init__(self, readers: int | None = 50) -> None:
        self.now = 100.0
        self.readers = readers
        self.begun = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.ringer = Ringer(self.ring, clock=lambda: self.now)

    async def ring(self) -> int | None:
        self.begun += 1
        await self.may_end.wait()
        return self.readers


@pytest.mark.parametrize("readers", [0, 1, 5, 10])
async def test_every_append_rings_for_few_readers(readers: int) -> None:
    bell = _Bell()
    for _ in range(3):
        assert bell.ringer.is_due
        bell.ringer.rung(readers)


async def test_appends_for_many_readers_are_rung_for_later_and_once() -> None:
    bell = _Bell()
    bell.ringer.rung(50)
    for _ in range(3):
        assert not bell.ringer.is_due
        bell.ringer.owe()
    await bell.ringer.close()
    assert bell.begun == 1
    bell.now += 1
    assert not bell.ringer.is_due


@pytest.mark.parametrize(("readers", "is_due"), [(50, False), (None, False), (10, True)])
async def test_a_ring_tells_how_many_readers_there_are(readers: int | None, is_due: bool) -> None:
    bell = _Bell(readers)
    bell.ringer.rung(50)
    bell.ringer.owe()
    await bell.ringer.close()
    assert bell.ringer.is_due is is_due


async def test_an_append_that_rings_does_so_for_those_before_it() -> None:
    bell = _Bell()
    bell.ringer.rung(50)
    bell.ringer.owe()
    bell.ringer.rung(10)
    await bell.ringer.close()
    assert bell.begun == 0


def test_many_readers_spread_over_half_of_the_pause() -> None:
    assert {delay_among(readers) for readers in (0, 1, 10) for _ in range(5)} == {0.0}
    delays = [delay_among(50) for _ in range(200)]
    assert 0 <= min(delays) < 0.015
    assert 0.035 < max(delays) <= 0.05


def test_many_readers_ask_at_uneven_moments_while_entries_keep_coming() -> None:
    now = 100.0
    pace = Pace(clock=lambda: now)
    assert pace.next_pause(0) == 0
    pace.readers = 50
    pauses = [pace.next_pause(seq) for seq in range(1, 200)]
    assert 0.05 <= min(pauses) < 0.065
    assert 0.135 < max(pauses) <= 0.15
    now += 0.2
    assert pace.next_pause(199) > 0
    now += 0.2
    assert pace.next_pause(199) == 0
    assert pace.next_pause(200) > 0


async def test_what_comes_while_it_rings_is_rung_for_again() -> None:
    bell = _Bell()
    bell.may_end.clear()
    bell.ringer.owe()
    await until(lambda: bell.begun == 1)
    bell.ringer.owe()
    bell.may_end.set()
    await bell.ringer.close()
    assert bell.begun == 2


async def test_many_readers_hear_of_the_last_entry(address: LogAddress, run_sql: RunSql) -> None:
    run_sql("INSERT INTO {log}.followers SELECT n::text, '', 0, clock_timestamp() FROM generate_series(1, 90) AS n")
    async with await psycopg.AsyncConnection.connect(address.url, autocommit=True) as listener:
        await listener.execute(f"LISTEN hookscope_{address.log}".encode())
        async with open_log(address, app_id="4711") as log:
            for _ in range(20):
                await log.append([_ENTRY])
            during = await _heard(listener, up_to=20)
            for _ in range(2):
                await log.append([_ENTRY])
        assert (during[0], during[-1]) == (1, 20)
        assert (await _heard(listener, up_to=22))[-1] == 22


async def test_a_reader_learns_how_many_there_are_when_it_checks_in(
    address: LogAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def delay(readers: int) -> float:
        asked.append(readers)
        return 0.0

    monkeypatch.setattr("hookscope.team.postgres.log.delay_among", delay)
    async with open_log(address, app_id="4711") as log, open_log(address) as reader:
        for name in ("anna", "ben", "cleo"):
            await reader.check_in(name=name, host="laptop", seq=0)
        await reader.check_in(name="anna", host="laptop", seq=0)
        await reader.grown(after=0, seconds=0)
        await log.append([_ENTRY])
        assert await reader.grown(after=0, seconds=10)
    assert asked == [3]


async def _heard(listener: psycopg.AsyncConnection, *, up_to: int) -> list[int]:
    """Return the numbers that are announced, up to this one."""
    numbers: list[int] = []
    async with asyncio.timeout(30):
        async for notification in listener.notifies():
            numbers.append(int(notification.payload))
            if numbers[-1] >= up_to:
                break
    return numbers
