"""A log that is away is told once, and once when it is back; the relay is unhealthy only when that lasts."""

import asyncio

from hookscope.engine.log_watch import LogWatch
from hookscope.errors import StoreError
from hookscope.model.run_events import Level, Notice, RunEvent
from tests.team.memory_log import MemoryEngine, MemoryLog


async def test_it_is_told_once_each_way() -> None:
    engine, items, health = MemoryEngine(), list[RunEvent](), list[bool]()
    time = 0.0

    async def wait(seconds: float) -> None:
        nonlocal time
        time += seconds
        health.append(watch.is_healthy())
        match len(health):
            case 2:
                await engine.stop()
            case 8:
                engine.start()
            case 10:
                raise asyncio.CancelledError
        await asyncio.sleep(0)

    async with MemoryLog(engine, app_id="1") as log:
        watch = LogWatch(log, publish=items.append, clock=lambda: time, wait=wait)
        watching = asyncio.create_task(watch.run())
        await asyncio.wait({watching})
    assert health == [True, True, True, True, True, False, False, False, True, True]
    notices = [item for item in items if isinstance(item, Notice)]
    assert [notice.level for notice in notices] == [Level.WARNING, Level.INFO]
    assert notices[0].message == "the shared log in memory is down"
    assert notices[0].hint
    assert "503" in notices[0].hint
    assert notices[1].message == "the shared log is back after 18 s"


async def test_a_log_that_answers_and_takes_nothing_is_away_until_it_takes_something() -> None:
    """As with a full disk: what is read says nothing about what can be written."""
    engine, items, looks = MemoryEngine(), list[RunEvent](), 0
    time = 0.0

    async def wait(seconds: float) -> None:
        nonlocal time, looks
        time += seconds
        looks += 1
        match looks:
            case 2 | 3 | 4 | 5 | 6:
                watch.refused(StoreError("the shared log is full"))
            case 7:
                assert not watch.is_healthy()
                watch.kept()
            case 10:
                raise asyncio.CancelledError
        await asyncio.sleep(0)

    async with MemoryLog(engine, app_id="1") as log:
        watch = LogWatch(log, publish=items.append, clock=lambda: time, wait=wait)
        watching = asyncio.create_task(watch.run())
        await asyncio.wait({watching})
    told = [item.message for item in items if isinstance(item, Notice)]
    assert told == ["the shared log is full", "the shared log is back after 15 s"]
    assert watch.is_healthy()


async def test_a_log_that_takes_captures_but_answers_no_question_is_told_of_once_and_healthy() -> None:
    """As with a role that may have one connection: a poll and an append need one each."""
    engine, items, looks, time = MemoryEngine(), list[RunEvent](), 0, 0.0

    async def wait(seconds: float) -> None:
        nonlocal time, looks
        time += seconds
        looks += 1
        watch.kept()
        assert watch.is_healthy()
        match looks:
            case 2:
                await engine.stop()
            case 8:
                engine.start()
            case 10:
                raise asyncio.CancelledError
        await asyncio.sleep(0)

    async with MemoryLog(engine, app_id="1") as log:
        watch = LogWatch(log, publish=items.append, clock=lambda: time, wait=wait)
        watching = asyncio.create_task(watch.run())
        await asyncio.wait({watching})
    told = [item.message for item in items if isinstance(item, Notice)]
    assert told == ["the shared log in memory is down", "the shared log is back after 18 s"]
