import asyncio

import pytest

from hookscope.outbound.replay.graceful_stop import GracefulStop


async def test_requests_in_flight_are_awaited_no_longer_than_asked() -> None:
    stopping, begun = GracefulStop(), asyncio.Event()

    async def work() -> None:
        async with stopping.limited():
            begun.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await begun.wait()
    stopping.ask(grace=0)
    with pytest.raises(TimeoutError):
        await working


async def test_tasks_that_begin_after_the_request_are_limited_too() -> None:
    stopping = GracefulStop()
    stopping.ask(grace=0)
    async with asyncio.timeout(20):
        with pytest.raises(TimeoutError):
            async with stopping.limited():
                await asyncio.Event().wait()
    assert stopping.is_asked


async def test_a_pause_ends_with_the_asking() -> None:
    stopping = GracefulStop()
    pausing = asyncio.create_task(stopping.sleep(3600))
    await asyncio.sleep(0)
    stopping.ask()
    async with asyncio.timeout(20):
        await pausing
