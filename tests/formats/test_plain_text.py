import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hookscope.formats.capture_text import detail_lines, list_line
from hookscope.formats.event_stream import event_to_json, line
from hookscope.formats.importers.event_decoder import decode_event
from hookscope.formats.plain_text import plain_lines, progress_line
from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.meta.subscription import Subscription
from hookscope.model.record import Cause, Delivery, Kind, Request
from hookscope.model.run_events import (
    Captured,
    Delivered,
    Gap,
    Level,
    Notice,
    Planned,
    RunEvent,
    SubscriptionActive,
    TunnelUp,
)
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake
from tests.support.time_zone import BERLIN, time_zone

CLOCK = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
DELIVERY = Delivery(
    capture_id=12, cause=Cause.FORWARD, target="http://localhost:3000/hook", sent_at=WHEN, status=200, elapsed_ms=23.2
)


def lines(item: RunEvent) -> list[str]:
    """Return the lines of an item, which are those of its object in the stream."""
    shown = plain_lines(item)
    assert shown == plain_lines(decode_event(json.loads(line(event_to_json(item) or {}))))
    return shown


def test_a_notification_is_a_line_with_an_arrow() -> None:
    (shown,) = lines(Captured(capture=make_capture(id=12)))
    assert re.fullmatch(rf"{CLOCK}   --> page\.feed  comment add  #12  sig ok", shown)


def test_without_a_tunnel_none_is_said_to_be_up() -> None:
    tunnels = [TunnelUp(provider=provider, public_url="https://x") for provider in ("none", "ngrok")]
    assert [*map(progress_line, tunnels)] == [
        "tunnel     none: the public URL is https://x",
        "tunnel     ngrok up: https://x",
    ]


def test_an_answer_is_a_line_with_an_arrow_back() -> None:
    (shown,) = lines(Delivered(delivery=DELIVERY))
    assert re.fullmatch(rf"{CLOCK}  <--  \[200\] POST http://localhost:3000/hook  #12  \(23 ms\)", shown)


@pytest.fixture
def clock_of_berlin() -> Iterator[None]:
    with time_zone(BERLIN):
        yield


@pytest.mark.usefixtures("clock_of_berlin")
def test_the_clock_is_the_one_here() -> None:
    before = datetime(2026, 10, 25, 0, 59, 59, 998000, tzinfo=UTC)
    moments = [before + timedelta(milliseconds=passed) for passed in (0, 1, 2, 1001, 1002)]
    shown = [lines(Delivered(at=at, delivery=DELIVERY))[0][:19] for at in (*moments, before)]
    summer, winter, later = "2026-10-25 02:59:59", "2026-10-25 02:00:00", "2026-10-25 02:00:01"
    assert shown == [summer, summer, winter, winter, later, summer]


def test_a_planned_change_is_data() -> None:
    assert lines(Planned(change={}, line="create page: \x1b[2J")) == ["create page: ␛[2J"]


def test_no_answer_says_why() -> None:
    (shown,) = lines(Delivered(delivery=replace(DELIVERY, status=None, error="connection refused")))
    assert shown.endswith("[ERR] POST http://localhost:3000/hook  #12  (23 ms)  connection refused")
    (shown,) = lines(Delivered(delivery=replace(DELIVERY, capture_id=0, status=None, error="connection refused")))
    assert shown.endswith("[ERR] POST http://localhost:3000/hook  (23 ms)  connection refused")


def test_a_wrong_signature_says_why_on_its_line() -> None:
    signature = Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason="another app's secret")
    (shown,) = lines(Captured(capture=make_capture(id=3, signature=signature)))
    assert shown.endswith("#3  sig invalid  another app's secret")


def test_handshakes_strays_batches_and_duplicates_are_told() -> None:
    assert lines(Captured(capture=make_handshake(id=1)))[0].endswith("--> handshake  accepted  #1")
    (rejected,) = lines(Captured(capture=make_handshake(id=1, accepted=False, reason="because")))
    assert rejected.endswith("--> handshake  rejected  #1  because")
    stray = Request(method="GET", target="/favicon.ico", headers=(), body=b"", remote="")
    shown = lines(Captured(capture=make_capture(id=2, kind=Kind.STRAY, request=stray)))
    assert shown[0].endswith("--> stray  GET /favicon.ico  #2")
    stray = replace(stray, target="/elsewhere?hub.mode=subscribe&hub_verify_token=hideme")
    shown = lines(Captured(capture=make_capture(id=2, kind=Kind.STRAY, request=stray)))
    assert shown[0].endswith("--> stray  GET /elsewhere?hub.mode=subscribe&hub_verify_token=•••  #2")
    batch = wire.encode({"object": "page", "entry": json.loads(feed_body())["entry"] * 3})
    assert "comment add (+2)  #4" in lines(Captured(capture=make_capture(batch, id=4)))[0]
    assert lines(Captured(capture=make_capture(id=5, duplicate_of=4)))[0].endswith("sig ok  duplicate of #4")
    assert "not JSON" in lines(Captured(capture=make_capture(b"{", id=6)))[0]


def test_a_gap_says_where_the_rest_is() -> None:
    assert "#3 to #9" in lines(Gap(first_id=3, last_id=9))[0]


def test_nothing_from_outside_reaches_the_terminal_raw() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\u202e"
    body = feed_body(hostile, item=hostile)
    stray = Request(method="GET", target=f"/{hostile}", headers=(), body=b"", remote="")
    for capture in (make_capture(body, id=1), make_capture(id=1, kind=Kind.STRAY, request=stray)):
        for shown in lines(Captured(capture=capture)):
            assert shown.isprintable()


def test_progress_is_told_in_words() -> None:
    old = Subscription(object="page", callback_url="https://prod.example", fields=("feed",), active=True)
    active = SubscriptionActive(object="page", fields=("feed",), callback_url="https://x", displaced=old)
    assert progress_line(active) == ("registered page: feed → https://x (in place of https://prod.example)")
    notice = Notice(level=Level.WARNING, message="careful\x1b[2J", hint="do this")
    assert progress_line(notice) == "warning    careful␛[2J (do this)"
    assert progress_line(Captured(capture=make_capture())) is None


def test_a_failure_among_many_is_on_the_line() -> None:
    statuses = [{"id": "1", "status": "sent", "recipient_id": "4670"}, {"id": "2", "status": "failed"}]
    change = {"field": "messages", "value": {"statuses": statuses}}
    body = wire.encode({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
    capture = make_capture(body)
    assert "messages  status failed (+1)" in plain_lines(Captured(capture=capture))[0]
    assert "status failed" in list_line(capture)
    assert "(+1)" in list_line(capture)


def test_a_batch_of_which_some_came_before_says_so() -> None:
    capture = make_capture(batch_body(), id=5, originals=(4, None))
    assert plain_lines(Captured(capture=capture))[0].endswith("sig ok  1 of 2 events seen before, in #4")
    assert list_line(capture).endswith("1 of 2 events seen before, in #4")
    assert "duplicate  1 of 2 events seen before, in #4" in detail_lines(capture, [])
    assert "duplicate  of #4" in detail_lines(make_capture(id=5, duplicate_of=4), [])


@pytest.mark.parametrize(
    ("status", "error", "line"),
    [
        (200, None, "delivered  forward to http://localhost:3000/: 200 (12 ms)  OK"),
        (None, "no such host", "delivered  forward to http://localhost:3000/: no such host (12 ms)  OK"),
        (
            301,
            "it redirects to /x",
            "delivered  forward to http://localhost:3000/: 301: it redirects to /x (12 ms)  OK",
        ),
    ],
)
def test_the_details_say_what_is_wrong_with_an_answer(status: int | None, error: str | None, line: str) -> None:
    delivery = Delivery(
        capture_id=5,
        cause=Cause.FORWARD,
        target="http://localhost:3000/",
        sent_at=WHEN,
        status=status,
        elapsed_ms=12,
        error=error,
        answer=b"OK",
    )
    assert line in detail_lines(make_capture(id=5), [delivery])
