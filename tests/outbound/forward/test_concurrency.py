import asyncio
from datetime import timedelta

import pytest

from hookscope.model.record import Capture, Reply
from hookscope.outbound.forward.concurrency import InFlight, received_concurrently
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
    assert received_concurrently(came(0, elapsed_ms), came(after_ms)) is together


async def test_conflicting_deliveries_wait_for_each_other() -> None:
    abreast = InFlight(lambda earlier, later: earlier.id + later.id != 3)
    first, second, third = (came(0, number=number) for number in (1, 2, 3))
    await abreast.enter(first)
    await abreast.enter(third)
    entering = asyncio.create_task(abreast.enter(second))
    await asyncio.sleep(0)
    assert not entering.done()
    abreast.leave(third)
    await asyncio.sleep(0)
    assert not entering.done()
    abreast.leave(first)
    await entering
    assert not abreast.is_empty
    abreast.leave(second)
    assert abreast.is_empty


async def test_later_items_are_not_waited_for() -> None:
    abreast = InFlight(lambda earlier, later: False)
    later = came(0, number=2)
    await abreast.enter(later)
    await abreast.room(came(0, number=1))
