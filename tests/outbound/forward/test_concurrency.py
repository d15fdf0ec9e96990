import asyncio
from datetime import timedelta

import pytest

from hookscope.model.record import Capture, Reply
from hookscope.outbound.forward.concurrency import InFlight, arrived_in_time, open_until
from tests.support.captures import WHEN, make_capture


def came(after_ms: float, elapsed_ms: float | None = None, number: int = 0) -> Capture:
    reply = Reply(status=200, elapsed_ms=elapsed_ms)
    return make_capture(id=number, received_at=WHEN + timedelta(milliseconds=after_ms), reply=reply)


@pytest.mark.parametrize(
    ("elapsed_ms", "after_ms", "together"),
    [
        (10.0, 5, True),
        (10.0, 9, True),
        (10.0, 10, False),  # it may have come 0.9 ms later than that
        (0.4, 0, False),
        (1.0, 0, True),
        (10.0, 500, False),
        (10.0, -3, True),  # its commit came later
        (None, 0, False),
    ],
)
def test_only_what_certainly_came_before_the_answer_overlaps(
    elapsed_ms: float | None, after_ms: float, together: bool
) -> None:
    assert arrived_in_time(came(after_ms), [open_until(came(0, elapsed_ms))]) is together


async def test_later_ones_wait_for_those_answered_before_they_came() -> None:
    in_flight = InFlight(set())
    slow, quick, late = came(0, 50.0, number=1), came(1, 2.0, number=2), came(30, 2.0, number=3)
    for one in (slow, quick):
        await in_flight.enter(one)
    entering = asyncio.create_task(in_flight.enter(late))
    await asyncio.sleep(0)
    assert not entering.done()
    in_flight.leave(quick)
    await entering
    for one in (slow, late):
        in_flight.leave(one)
    assert in_flight.is_empty


@pytest.mark.parametrize("waits", [{1}, {2}])
async def test_one_that_has_waited_goes_alone(waits: set[int]) -> None:
    in_flight = InFlight(waits)
    first, second = came(0, 50.0, number=1), came(1, 50.0, number=2)
    await in_flight.enter(first)
    entering = asyncio.create_task(in_flight.enter(second))
    await asyncio.sleep(0)
    assert not entering.done()
    in_flight.leave(first)
    await entering


async def test_without_an_order_any_may_be_together() -> None:
    in_flight = InFlight({1}, ordered=False)
    for number in (1, 2, 3):
        await in_flight.enter(came(100 * number, 1.0, number=number))


async def test_later_items_are_not_waited_for() -> None:
    in_flight = InFlight({2})
    await in_flight.enter(came(0, number=2))
    await in_flight.room(came(0, number=1))
