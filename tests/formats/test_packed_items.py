"""Items that travel to another process become the same lines there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.formats.item_lines import item_lines
from hookscope.formats.packed_items import lines_of, pack
from hookscope.model.record import Capture, Cause, Delivery, Failure, Shared
from hookscope.model.run_events import Captured, Delivered, Gap, Level, Notice, RunEvent, TargetSeen
from hookscope.settings import Output
from tests.support.captures import WHEN, batch_body, make_capture
from tests.support.strategies import captures

DELIVERY = Delivery(
    capture_id=7,
    replay_id=8,
    cause=Cause.REPLAY,
    target="http://127.0.0.1:1/hook",
    sent_at=WHEN,
    status=None,
    elapsed_ms=1.25,
    failure=Failure.BROKEN,
    error="it hung up\x1b[2J",
)
ITEMS: list[RunEvent] = [
    Captured(
        capture=make_capture(
            batch_body(), id=9, originals=(None, 4), shared=Shared(log="l", seq=3), marked=True, marked_events=(2,)
        )
    ),
    Delivered(delivery=DELIVERY),
    TargetSeen(target="http://127.0.0.1:1/hook", up=False),
    Gap(first_id=1, last_id=2),
    Notice(level=Level.WARNING, message="half a character: \udc80"),
]


@pytest.mark.parametrize("mode", [Output.JSON, Output.PLAIN])
@given(drawn=st.lists(captures(), max_size=4))
def test_the_lines_are_those_of_the_items_in_their_order(mode: Output, drawn: list[Capture]) -> None:
    items: list[RunEvent] = [*ITEMS, *(Captured(capture=capture) for capture in drawn), *ITEMS]
    assert [*lines_of(pack(items, mode), mode)] == [line for item in items for line in item_lines(item, mode)]
