import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from hookscope.formats import event_schema
from hookscope.formats.capture_text import detail_lines, list_line
from hookscope.formats.event_stream import capture_json, event_to_json, line, listed_capture, timestamp
from hookscope.formats.importers.ndjson import capture_of
from hookscope.formats.plain_text import plain_lines
from hookscope.meta.subscription import Subscription
from hookscope.model.record import Cause, Delivery, Reply, Shared, Source
from hookscope.model.run_events import (
    Captured,
    Delivered,
    Ending,
    Gap,
    Level,
    Notice,
    PageEnded,
    PageInstalled,
    Phase,
    PhaseChanged,
    Planned,
    Probed,
    ReceiverListening,
    RunEvent,
    Stopped,
    SubscriptionActive,
    SubscriptionEnded,
    SubscriptionSeen,
    TunnelDown,
    TunnelUp,
)
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake

AT = datetime(2026, 11, 20, 19, 33, 29, 120000, tzinfo=UTC)
OLD = Subscription(object="page", callback_url="https://prod.example/hook", fields=("feed",), active=True)
DELIVERY = Delivery(
    capture_id=12, cause=Cause.FORWARD, target="http://localhost:3000/", sent_at=WHEN, status=200, elapsed_ms=23.0
)


def test_a_capture_has_the_documented_shape() -> None:
    capture = make_capture(id=12, reply=Reply(status=200, body=b"OK", elapsed_ms=0.6))
    value = capture_json(capture)
    headers = value["request"].pop("headers")
    assert value == {
        "id": 12,
        "kind": "notification",
        "received_at": "2026-11-20T19:33:29.120Z",
        "request": {
            "method": "POST",
            "target": "/hook",
            "body": feed_body().decode(),
            "body_base64": None,
            "remote": "203.0.113.9",
        },
        "reply": {"status": 200, "body": "OK", "body_base64": None, "elapsed_ms": 0.6},
        "signature": {"verdict": "valid", "algorithm": "sha256", "reason": None},
        "handshake": None,
        "events": [
            {
                "object": "page",
                "entry_id": "1234",
                "time": "2015-12-03T09:30:03Z",
                "field": "feed",
                "action": "comment add",
                "summary": "comment add by Tester: and the next one",
                "duplicate_of": None,
            }
        ],
        "problem": None,
        "duplicate_of": None,
        "replay_of": None,
        "source": "live",
        "marked": False,
        "marked_events": [],
        "note": None,
        "shared": None,
    }
    assert headers[0] == ["Content-Type", "application/json"]


def test_a_mirrored_capture_names_its_log_and_its_number() -> None:
    capture = make_capture(id=12, source=Source.SHARED, shared=Shared(log="6d3c", seq=345))
    value = json.loads(line(listed_capture(capture)))
    assert (value["source"], value["shared"]) == ("shared", {"log": "6d3c", "seq": 345})
    assert capture_of(value).shared == capture.shared
    assert "#12 @345  sig ok" in plain_lines(Captured(capture=capture))[0]
    assert list_line(capture).endswith("  @345")
    assert "shared     @345 of the log 6d3c" in detail_lines(capture, [])


def test_a_handshake_has_its_verdict() -> None:
    assert capture_json(make_handshake())["handshake"] == {"verdict": "accepted", "reason": None}
    rejected = make_handshake(accepted=False, reason="because")
    assert capture_json(rejected)["handshake"] == {"verdict": "rejected", "reason": "because"}


@pytest.mark.parametrize("body", [b"", "ä\u2028 text".encode(), b"\xef\xbb\xbf{}", b"\x00\x1b[31m", b"\xff\xfe\x00"])
def test_decoding_the_body_gives_the_exact_bytes(body: bytes) -> None:
    request = json.loads(line(capture_json(make_capture(body))))["request"]
    if request["body"] is not None:
        assert request["body"].encode() == body
    else:
        assert base64.b64decode(request["body_base64"]) == body


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (
            ReceiverListening(at=AT, url="http://127.0.0.1:1"),
            {"type": "receiver.listening", "url": "http://127.0.0.1:1"},
        ),
        (
            TunnelUp(at=AT, provider="ngrok", public_url="https://x"),
            {"type": "tunnel.up", "provider": "ngrok", "public_url": "https://x"},
        ),
        (
            TunnelDown(at=AT, provider="ngrok", reason="gone"),
            {"type": "tunnel.down", "provider": "ngrok", "reason": "gone"},
        ),
        (
            Probed(at=AT, ok=False, elapsed_ms=1.5, diagnosis="404"),
            {"type": "probe", "ok": False, "elapsed_ms": 1.5, "diagnosis": "404", "again": False},
        ),
        (
            SubscriptionActive(at=AT, object="page", fields=("feed",), callback_url="https://x/y", displaced=OLD),
            {
                "type": "subscription.active",
                "object": "page",
                "fields": ["feed"],
                "callback_url": "https://x/y",
                "displaced": {"callback_url": "https://prod.example/hook", "fields": ["feed"], "active": True},
                "scope": None,
            },
        ),
        *(
            (
                SubscriptionEnded(at=AT, ending=ending, object="p", callback_url=None, reason="why", scope="waba:1"),
                {
                    "type": f"subscription.{ending}",
                    "object": "p",
                    "callback_url": None,
                    "reason": "why",
                    "scope": "waba:1",
                },
            )
            for ending in Ending
        ),
        (
            PageInstalled(at=AT, page="1", fields=("feed",), displaced=None),
            {"type": "page.installed", "page": "1", "fields": ["feed"], "displaced": None},
        ),
        (
            PageEnded(at=AT, ending=Ending.KEPT, page="1", reason="why"),
            {"type": "page.kept", "page": "1", "reason": "why"},
        ),
        (
            Delivered(at=AT, delivery=DELIVERY),
            {
                "type": "delivery",
                "capture_id": 12,
                "replay_id": None,
                "cause": "forward",
                "method": "POST",
                "target": "http://localhost:3000/",
                "status": 200,
                "elapsed_ms": 23.0,
                "failure": None,
                "error": None,
            },
        ),
        (
            Notice(at=AT, level=Level.WARNING, message="m", hint="h"),
            {"type": "notice", "level": "warning", "message": "m", "hint": "h"},
        ),
        (
            Planned(at=AT, change={"change": "create", "object": "page"}, line="create page"),
            {"type": "plan", "change": "create", "object": "page", "summary": "create page"},
        ),
        (Gap(at=AT, first_id=3, last_id=9), {"type": "gap", "first_id": 3, "last_id": 9, "shared": None}),
        (
            Stopped(at=AT, captures=3, notifications=2, exit_code=0),
            {"type": "stopped", "captures": 3, "notifications": 2, "exit_code": 0},
        ),
    ],
)
def test_every_item_has_the_documented_fields(item: RunEvent, wanted: dict[str, object]) -> None:
    value = event_to_json(item)
    assert value == {"v": 1, "at": "2026-11-20T19:33:29.120Z", **wanted}
    Draft202012Validator(event_schema.stream()).validate(value)


def test_a_captured_item_is_the_capture() -> None:
    value = event_to_json(Captured(at=AT, capture=make_capture(id=3)))
    assert value
    assert (value["v"], value["type"], value["id"]) == (1, "capture", 3)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-86399, 86399))  # noqa: DTZ001
@example(datetime(1969, 12, 31, 23, 59, 59, 999999), 0)  # noqa: DTZ001
def test_a_moment_is_the_same_wherever_it_was_told(moment: datetime, offset: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(seconds=offset)))
    utc = there.astimezone(UTC).replace(tzinfo=None)
    assert timestamp(there) == f"{utc.isoformat(timespec='milliseconds')}Z"


def test_events_only_for_views_are_not_in_the_stream() -> None:
    assert event_to_json(PhaseChanged(phase=Phase.LIVE)) is None
    assert event_to_json(SubscriptionSeen(object="page", ours=True)) is None


def test_a_line_is_ascii_and_cannot_steer_a_terminal() -> None:
    text = "\x1b]0;title\x07\x9b31m\u202e\x7f\n😀"
    shown = line(capture_json(make_capture(replace(make_capture(), id=1).request.body, flaw=text)))
    assert shown.isascii()
    assert shown.isprintable()
    assert json.loads(shown)["problem"] == text


def test_each_event_names_the_capture_that_had_it_before() -> None:
    def told(**changes: Any) -> list[int | None]:
        events = capture_json(make_capture(batch_body(), id=5, **changes))["events"]
        return [event["duplicate_of"] for event in events]

    assert told() == [None, None]
    assert told(originals=(None, 3)) == [None, 3]
    assert told(originals=(2, 3), duplicate_of=2) == [2, 3]


_TEXTS = st.text(st.characters(max_codepoint=0x7F)) | st.text()


@given(
    st.dictionaries(
        _TEXTS,
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(0, 1e6).map(lambda number: round(number, 3)) | _TEXTS,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
        ),
        max_size=4,
    )
)
@example({"cut": "a…", "…": "…\\"})
@example({"cut": "a…"})
@example({"half": "\ud83d", "all": "".join(map(chr, range(0x80)))})
@example({"all": "".join(map(chr, range(0x80))), "number": 10**30})
def test_a_line_is_that_of_the_standard_library_with_its_ascii(value: dict[str, Any]) -> None:
    assert line(value) == json.dumps(value).replace("\x7f", "\\u007f")
