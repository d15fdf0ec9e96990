import asyncio
from collections.abc import Coroutine

from hookscope.model.feed import Feed
from hookscope.model.run_events import Captured, Gap, Level, Notice, Phase, PhaseChanged, TargetSeen
from tests.support.captures import make_capture


def captured(number: int) -> Captured:
    return Captured(capture=make_capture(id=number))


async def has_ended(work: Coroutine[None, None, None]) -> bool:
    """Return whether it ends without waiting for anything."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    ended = task.done()
    task.cancel()
    return ended


async def test_every_subscriber_reads_every_item_in_order() -> None:
    feed = Feed()
    with feed.subscribe() as one, feed.subscribe() as other:
        items = [captured(1), Notice(level=Level.INFO, message="x"), captured(2)]
        for item in items:
            feed.publish(item)
        assert await one.read() == items
        assert await other.read() == items


async def test_a_reader_waits_for_the_next_item() -> None:
    feed = Feed()
    with feed.subscribe() as subscriber:
        reading = asyncio.create_task(subscriber.read())
        await asyncio.sleep(0)
        assert not reading.done()
        feed.publish(captured(1))
        assert len(await reading) == 1


async def test_a_reader_gets_a_burst_in_portions_and_then_the_end() -> None:
    feed = Feed()
    items = [captured(number) for number in range(1, 601)]
    with feed.subscribe() as subscriber:
        for item in items:
            feed.publish(item)
        first = await subscriber.read()
        assert (len(first), subscriber.is_behind) == (512, True)
        feed.close()
        rest = await subscriber.read()
        assert (first + rest, subscriber.is_behind) == (items, False)
        assert await subscriber.read() == []


async def test_a_burst_is_waited_for_until_it_is_over() -> None:
    feed = Feed()
    with feed.subscribe() as subscriber:
        for number in range(1, 51):
            feed.publish(captured(number))
        waiting = asyncio.create_task(subscriber.outlast_burst())
        await asyncio.sleep(0)
        assert not waiting.done()
        for number in range(51, 101):
            feed.publish(captured(number))
        await waiting
        assert len(await subscriber.read()) == 100


async def test_little_is_no_burst() -> None:
    feed = Feed()
    with feed.subscribe() as subscriber:
        feed.publish(captured(1))
        assert await has_ended(subscriber.outlast_burst())


async def test_a_burst_is_not_waited_for_until_there_is_a_gap() -> None:
    feed = Feed()
    with feed.subscribe(limit=100) as subscriber:
        for number in range(1, 52):
            feed.publish(captured(number))
        assert await has_ended(subscriber.outlast_burst())


async def test_the_end_is_not_waited_for_as_a_burst() -> None:
    feed = Feed()
    with feed.subscribe() as subscriber:
        for number in range(1, 51):
            feed.publish(captured(number))
        feed.close()
        assert await has_ended(subscriber.outlast_burst())


async def test_a_slow_reader_gets_a_gap_and_all_that_is_no_capture() -> None:
    feed = Feed()
    with feed.subscribe(limit=2) as subscriber:
        for number in range(1, 6):
            feed.publish(captured(number))
        feed.publish(notice := Notice(level=Level.INFO, message="x"))
        feed.publish(captured(6))
        first, second, gap, told, later = await subscriber.read()
        assert [first, second] == [
            captured(1).__class__(capture=make_capture(id=n), at=i.at) for n, i in ((1, first), (2, second))
        ]
        assert isinstance(gap, Gap)
        assert (gap.first_id, gap.last_id) == (3, 5)
        assert told == notice
        assert isinstance(later, Gap)
        assert (later.first_id, later.last_id) == (6, 6)
        feed.publish(captured(7))
        assert len(await subscriber.read()) == 1


async def test_a_gap_holds_captures_that_come_out_of_order() -> None:
    feed = Feed()
    with feed.subscribe(limit=1) as subscriber:
        for number in (1, 3, 5, 2, 4):
            feed.publish(captured(number))
        _, gap = await subscriber.read()
        assert isinstance(gap, Gap)
        assert (gap.first_id, gap.last_id) == (2, 5)


async def test_a_slow_reader_is_told_how_each_application_is_now() -> None:
    feed = Feed()
    with feed.subscribe(limit=1) as subscriber:
        for number in range(1, 6):
            feed.publish(captured(number))
            feed.publish(TargetSeen(target="a", up=False, waiting=number))
            feed.publish(TargetSeen(target="b", up=True))
        feed.publish(end := PhaseChanged(phase=Phase.STOPPING))
        _, gap, one, other, last = await subscriber.read()
        assert isinstance(gap, Gap)
        assert (gap.first_id, gap.last_id) == (2, 5)
        assert isinstance(one, TargetSeen)
        assert isinstance(other, TargetSeen)
        assert (one.target, one.waiting, other.target) == ("a", 5, "b")
        assert last == end


async def test_a_closed_subscriber_gets_nothing_and_costs_nothing() -> None:
    feed = Feed()
    with feed.subscribe() as subscriber:
        pass
    feed.publish(captured(1))
    feed.close()
    assert not subscriber._items


async def test_the_end_comes_after_what_waits() -> None:
    feed = Feed()
    with feed.subscribe() as subscriber:
        feed.publish(captured(1))
        feed.close()
        assert len(await subscriber.read()) == 1
        assert await subscriber.read() == []
    with feed.subscribe() as late:
        assert await late.read() == []
