import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hookscope.model.record import Cause, Delivery, Failure
from hookscope.model.timestamps import now
from hookscope.outbound.forward.spool import Spool

DELIVERY = Delivery(
    capture_id=1, cause=Cause.FORWARD, target="http://127.0.0.1/hook", sent_at=now(), status=200, elapsed_ms=1.5
)
BROKEN = replace(DELIVERY, capture_id=2, status=None, failure=Failure.BROKEN, error="it broke off", answer=b"\x00\xff")


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool.open() as opened:
        yield opened


def test_a_delivery_is_pickled_exactly() -> None:
    for delivery in (DELIVERY, BROKEN):
        again = pickle.loads(pickle.dumps(delivery))
        assert again == delivery
        assert (type(again.cause), type(again.failure)) == (type(delivery.cause), type(delivery.failure))
        assert again.sent_at.tzinfo is delivery.sent_at.tzinfo


def test_another_process_finds_what_is_not_committed(spool: Spool) -> None:
    spool.add(DELIVERY)
    spool.add(BROKEN)
    assert Spool(spool.descriptors).take() == [DELIVERY, BROKEN]
    assert Spool(spool.descriptors).take() == []


def test_what_is_committed_is_not_found_behind_what_came_later(spool: Spool) -> None:
    several = [replace(BROKEN, capture_id=number) for number in range(3, 9)]
    for delivery in several:
        spool.add(delivery)
    spool.forget(several)
    assert Spool(spool.descriptors).take() == []
    for delivery in several:
        spool.add(delivery)
    spool.forget(several)
    spool.add(DELIVERY)
    assert Spool(spool.descriptors).take() == [DELIVERY]
