"""A log that is away is told once, and once when it is back; the relay is unhealthy only when that lasts."""

import asyncio
from collections.abc import Awaitable, Callable

from hookscope.engine.log_watch import LogWatch
from hookscope.errors import StoreError
from hookscope.model.run_events import Level, Notice, RunEvent
from tests.team.memory_log import MemoryEngine, MemoryLog


async def watched(after_look: Callable[[LogWatch, MemoryEngine, int], Awaitable[None]]) -> list[Notice]:
    """Watch a log for ten looks, and return what was told. `after_look` is awaited after each, with its number."""
    engine, items, looks, time = MemoryEngine(), list[RunEvent](), 0, 0.0

    async def wait(seconds: float) -> None:
        nonlocal looks, time
        looks, time = looks + 1, time + seconds
        await after_look(watch, engine, looks)
        if looks == 10:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    async with MemoryLog(engine, app_id="1") as log:
        watch = LogWatch(log, publish=items.append, clock=lambda: time, wait=wait)
        watching = asyncio.create_task(watch.run())
        await asyncio.wait({watching})
    assert watching.cancelled()
    assert watch.is_healthy()
    return [item for item in items if isinstance(item, Notice)]


async def stop_and_start(engine: MemoryEngine, look: int) -> None:
    """Have the engine away from the second look to the eighth."""
    if look == 2:
        await engine.stop()
    elif look == 8:
        engine.start()


async def test_it_is_told_once_each_way() -> None:
    health = list[bool]()

    async def after_look(watch: LogWatch, engine: MemoryEngine, look: int) -> None:
        health.append(watch.is_healthy())
        await stop_and_start(engine, look)

    notices = await watched(after_look)
    assert health == [True, True, True, True, True, False, False, False, True, True]
    assert [notice.level for notice in notices] == [Level.WARNING, Level.INFO]
    assert notices[0].message == "the shared log in memory is down"
    assert notices[0].hint
    assert "503" in notices[0].hint
    assert notices[1].message == "the shared log is back after 18 s"


async def test_a_log_that_answers_and_takes_nothing_is_away_until_it_takes_something() -> None:
    """As with a full disk: what is read says nothing about what can be written."""

    async def after_look(watch: LogWatch, _: MemoryEngine, look: int) -> None:
        match look:
            case 2 | 3 | 4 | 5 | 6:
                watch.refused(StoreError("the shared log is full"))
            case 7:
                assert not watch.is_healthy()
                watch.kept()

    told = [notice.message for notice in await watched(after_look)]
    assert told == ["the shared log is full", "the shared log is back after 15 s"]


async def test_a_log_that_takes_captures_but_answers_no_question_is_told_of_once_and_healthy() -> None:
    """As with a role that may have one connection: a poll and an append need one each."""

    async def after_look(watch: LogWatch, engine: MemoryEngine, look: int) -> None:
        watch.kept()
        assert watch.is_healthy()
        await stop_and_start(engine, look)

    told = [notice.message for notice in await watched(after_look)]
    assert told == ["the shared log in memory is down", "the shared log is back after 18 s"]
