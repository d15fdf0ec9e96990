import os
from datetime import timedelta

import pytest
from msgspec.structs import replace

from hookscope.model.record import Cause, Delivery, Failure
from hookscope.outbound.forward import spool
from hookscope.outbound.forward.packed_deliveries import pack, unpack
from hookscope.outbound.forward.spool import Spool
from tests.support.captures import WHEN
from tests.support.full_disk import full_disk


def made(number: int, answer: bytes = b"") -> Delivery:
    return Delivery(
        capture_id=number,
        cause=Cause.FORWARD,
        target="http://localhost:3000/",
        sent_at=WHEN + timedelta(milliseconds=number),
        status=200,
        elapsed_ms=1.0,
        answer=answer,
    )


def sizes(one: Spool) -> list[int]:
    return [os.fstat(descriptor).st_size for descriptor in one.descriptors]


def test_a_delivery_is_packed_exactly() -> None:
    for delivery in (made(1), replace(made(2, b"\x00\xff"), status=None, failure=Failure.BROKEN, error="it broke off")):
        (again,) = unpack(pack([delivery]))
        assert again == delivery
        assert (type(again.cause), type(again.failure)) == (type(delivery.cause), type(delivery.failure))
        assert again.sent_at.tzinfo is delivery.sent_at.tzinfo


def test_another_process_reads_what_was_not_committed() -> None:
    with Spool.open() as reader:
        writer = Spool(reader.descriptors)
        for number in range(5):
            writer.add([made(number)])
        assert reader.take() == [made(number) for number in range(5)]
        assert reader.take() == []


def test_committed_deliveries_are_dropped_with_the_last_of_their_file() -> None:
    with Spool.open() as one:
        for number in range(3):
            one.add([made(number)])
        one.forget([made(0), made(1), made(99)])
        assert one.take() == [made(0), made(1), made(2)]
        one.add([made(4)])
        one.forget([made(4)])
        assert one.take() == []


def test_committed_deliveries_are_not_read_again_after_later_ones() -> None:
    with Spool.open() as one:
        several = [made(number, b"x" * number) for number in range(9)]
        one.add(several[:4])
        one.add(several[4:])
        one.forget(several)
        one.add([made(9)])
        assert one.take() == [made(9)]


def test_under_a_steady_load_the_files_take_turns_and_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_FULL_BYTES", 10_000)
    with Spool.open() as one:
        for number in range(2000):
            one.add([made(number, b"x" * 100)])
            one.forget([made(number - 20, b"x" * 100)])
            assert max(sizes(one)) < 40_000
        assert {delivery.capture_id for delivery in one.take()} >= set(range(1980, 2000))


def test_a_record_cut_off_during_its_write_is_skipped() -> None:
    with Spool.open() as one:
        one.add([made(1)])
        one.add([made(2)])
        os.ftruncate(one.descriptors[0], sizes(one)[0] - 7)
        assert one.take() == [made(1)]


def test_deliveries_that_cannot_be_stored_delay_nobody() -> None:
    with Spool.open() as one:
        os.close(one.descriptors[0])
        one.add([made(1)])
        one.forget([made(1)])
        os.dup2(one.descriptors[1], one.descriptors[0])


def test_of_a_record_that_finds_no_room_halfway_nothing_is_read() -> None:
    with Spool.open() as one:
        older = [made(number, b"x" * 50) for number in range(20)]
        one.add(older)
        one.forget(older)
        one.add([made(100)])
        with full_disk(one._sizes[0] + 30):
            one.add([made(101)])
        assert one.take() == [made(100)]
