import asyncio
from collections.abc import Sequence

import pytest

from hookscope.outbound.recorder import Recorder


class Keeper:
    """Keeps what it is given, batch by batch, as soon as `free` is set."""

    def __init__(self) -> None:
        self.begun: list[list[int]] = []
        self.kept: list[int] = []
        self.free = asyncio.Event()
        self.free.set()

    async def keep(self, batch: Sequence[int]) -> None:
        self.begun.append(list(batch))
        await self.free.wait()
        self.kept += batch

    async def has_begun(self, batches: int) -> None:
        async with asyncio.timeout(30):
            while len(self.begun) < batches:
                await asyncio.sleep(0)


async def test_everything_is_committed_in_order_and_many_at_once() -> None:
    keeper = Keeper()
    recorder = Recorder(keeper.keep)
    work = asyncio.create_task(recorder.run())
    for number in range(1000):
        recorder.add(number)
    await recorder.done()
    assert keeper.kept == list(range(1000))
    assert len(keeper.begun) < 50
    recorder.close()
    await work


@pytest.mark.parametrize("runs", [1, 3])
async def test_as_many_commits_are_under_way_as_it_is_run_times(runs: int) -> None:
    keeper = Keeper()
    keeper.free.clear()
    recorder = Recorder(keeper.keep)
    work = [asyncio.create_task(recorder.run()) for _ in range(runs)]
    for number in range(1000):
        recorder.add(number)
    done = asyncio.create_task(recorder.done())
    await keeper.has_begun(runs)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(keeper.begun) == runs
    assert not done.done()
    keeper.free.set()
    await done
    assert [number for batch in keeper.begun for number in batch] == list(range(1000))
    assert sorted(keeper.kept) == list(range(1000))
    recorder.close()
    await asyncio.gather(*work)


async def test_it_is_not_done_while_another_commit_is_under_way() -> None:
    first, others = asyncio.Event(), asyncio.Event()

    async def keep(batch: Sequence[int]) -> None:
        await (first if batch[0] == 0 else others).wait()

    recorder = Recorder(keep)
    work = [asyncio.create_task(recorder.run()) for _ in range(2)]
    for number in range(100):
        recorder.add(number)
    done = asyncio.create_task(recorder.done())
    others.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not done.done()
    first.set()
    await done
    recorder.close()
    await asyncio.gather(*work)


async def test_deliveries_waiting_at_cancellation_are_committed_by_the_next_run() -> None:
    keeper = Keeper()
    keeper.free.clear()
    recorder = Recorder(keeper.keep)
    work = asyncio.create_task(recorder.run())
    for number in range(1000):
        recorder.add(number)
    await keeper.has_begun(1)
    work.cancel()
    await asyncio.wait([work])
    keeper.free.set()
    recorder.close()
    await recorder.run()
    assert [number for batch in keeper.begun for number in batch] == list(range(1000))


async def test_there_is_no_room_while_large_ones_wait() -> None:
    keeper = Keeper()
    recorder = Recorder(keeper.keep)
    for number in range(8):
        recorder.add(number, 7 << 20)
    await asyncio.wait_for(recorder.room(), 30)
    for number in range(8, 10):
        recorder.add(number, 7 << 20)
    waits = asyncio.create_task(recorder.room())
    await asyncio.sleep(0)
    assert not waits.done()
    recorder.close()
    await recorder.run()
    await asyncio.wait_for(waits, 30)
    assert keeper.kept == list(range(10))
    recorder.add(10, 1)  # What was committed no longer counts.
    async with asyncio.timeout(1):
        await recorder.room()


async def test_there_is_no_room_while_too_much_waits() -> None:
    keeper = Keeper()
    keeper.free.clear()
    recorder = Recorder(keeper.keep)
    work = asyncio.create_task(recorder.run())
    for number in range(600):
        recorder.add(number)
    waits = asyncio.create_task(recorder.room())
    await asyncio.sleep(0)
    assert not waits.done()
    keeper.free.set()
    await waits
    recorder.close()
    await work
    assert keeper.kept == list(range(600))
