import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.summary import EventLine
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Kind, Source
from hookscope.tui import cell_text
from hookscope.tui.render import capture_row
from hookscope.tui.theme import Tone
from tests.support.captures import WHEN

LINE = CaptureSummary(
    id=1,
    run_id=1,
    kind=Kind.NOTIFICATION,
    source=Source.LIVE,
    received_at=WHEN,
    method="POST",
    target="/hook",
    event=EventLine(
        object="page", entry_id="1", time=WHEN, field="feed", action="comment add", summary="comment add by Tester: hi"
    ),
    event_count=1,
    signature=SignatureVerdict.VALID,
    signature_reason=None,
    handshake_accepted=None,
    handshake_reason=None,
    problem=None,
    reply_status=200,
    reply_ms=0.61,
    duplicate_of=None,
    originals=(),
    replay_of=None,
    marked=False,
    note=None,
    size=200,
    outcome=None,
)


def line(**changes: Any) -> CaptureSummary:
    return dataclasses.replace(LINE, **changes)


def shown(found: CaptureSummary, width: int = 80, *, forwarding: bool = False, **moment: Any) -> str:
    pieces = capture_row.row(
        found, capture_row.columns(width, forwarding=forwarding), capture_row.Moment(**({"now": WHEN} | moment))
    )
    return "".join(text for _, text in pieces)


@pytest.mark.parametrize("width", range(40, 200, 7))
@pytest.mark.parametrize("forwarding", [True, False])
def test_a_row_is_as_wide_as_its_heading_and_fits(width: int, forwarding: bool) -> None:
    shape = capture_row.columns(width, forwarding=forwarding)
    names = "".join(text for _, text in capture_row.heading(shape, []))
    assert LINE.event
    odd = line(event=dataclasses.replace(LINE.event, field="日本" * 30, summary="👋" * 200), duplicate_of=123456)
    for found in (LINE, odd, line(kind=Kind.STRAY, event=None, target="/" + "x" * 300)):
        assert cell_text.width(shown(found, width, forwarding=forwarding)) == cell_text.width(names)
    assert cell_text.width(names) <= max(width, 52)


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({}, ["19:33:29", "page.feed", "comment add by Tester: hi", "✓", "200", "0.6"]),
        ({"event_count": 4}, ["+3"]),
        ({"duplicate_of": 9}, ["=#9"]),
        ({"originals": (None, 8, 7)}, ["~#8"]),
        ({"replay_of": 9, "source": Source.REPLAY}, ["↻#9"]),
        ({"source": Source.TRIGGER}, ["trigger"]),
        ({"signature": SignatureVerdict.INVALID, "reply_status": 401}, ["✗", "401"]),
        ({"signature": SignatureVerdict.MISSING}, ["!"]),
        ({"signature": SignatureVerdict.UNCHECKED}, ["?"]),
        ({"event": None, "event_count": 0, "problem": "no body"}, ["notification", "! no body"]),
        ({"kind": Kind.HANDSHAKE, "handshake_accepted": True}, ["handshake", "✓ accepted", "·"]),
        (
            {"kind": Kind.HANDSHAKE, "handshake_accepted": False, "handshake_reason": "wrong token"},
            ["✗ rejected: wrong token"],
        ),
        ({"kind": Kind.STRAY, "method": "GET", "target": "/x"}, ["stray", "GET /x"]),
        ({"reply_status": None, "reply_ms": None}, ["–"]),
        ({"reply_ms": 1234.0}, ["1234"]),
        ({"reply_ms": 12345.0}, ["12s"]),
        ({"outcome": DeliveryStatus(status=200, elapsed_ms=1)}, ["✓200"]),
        ({"outcome": DeliveryStatus(status=500, elapsed_ms=1)}, ["✗500"]),
        ({"outcome": DeliveryStatus(status=None, elapsed_ms=1)}, ["✗err"]),
        ({"outcome": DeliveryStatus(status=None, elapsed_ms=0, held=True)}, ["held"]),
    ],
)
def test_a_row_tells_what_there_is_to_know(changes: dict[str, Any], texts: list[str]) -> None:
    found = shown(line(**changes), 100, forwarding=True)
    assert all(text in found for text in texts), found


@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        ({"kind": Kind.HANDSHAKE, "handshake_accepted": True}, {}),
        ({"kind": Kind.STRAY}, {}),
        ({"signature": SignatureVerdict.INVALID, "reply_status": 401}, {}),
        ({"replay_of": 9}, {}),
        ({"reply_status": 502}, {}),
        ({}, {"began": WHEN + timedelta(seconds=1)}),
        ({}, {"forwards": False}),
    ],
)
def test_captures_sent_to_no_application_have_an_empty_column(changes: dict[str, Any], moment: dict[str, Any]) -> None:
    assert shown(LINE, forwarding=True, forwards=True).endswith("   ·")
    assert shown(line(**changes), forwarding=True, **({"forwards": True} | moment)).endswith("    ")


def test_later_notifications_are_held() -> None:
    assert shown(line(outcome=DeliveryStatus(status=None, elapsed_ms=0.4, held=True)), forwarding=True).endswith("held")
    assert shown(line(outcome=DeliveryStatus(status=None, elapsed_ms=0.4)), forwarding=True).endswith("✗err")


def test_the_test_button_leaves_its_mark() -> None:
    assert LINE.event
    assert "test" in shown(line(event=dataclasses.replace(LINE.event, entry_id="0")))


def test_older_times_are_dates() -> None:
    assert "19:33:29" in shown(LINE, now=WHEN + timedelta(hours=4))
    assert "20 Nov  " in shown(LINE, now=WHEN + timedelta(hours=5))
    assert "Nov 2026" in shown(LINE, now=WHEN + timedelta(days=60))


def test_the_object_gives_way_before_the_field() -> None:
    assert LINE.event
    event = dataclasses.replace(LINE.event, object="whatsapp_business_account", field="messages")
    assert capture_row.event_name(line(event=event), 34) == "whatsapp_business_account.messages"
    assert capture_row.event_name(line(event=event), 16) == "whatsa….messages"


def test_long_numbers_give_way_to_what_was_said() -> None:
    assert LINE.event
    event = dataclasses.replace(LINE.event, summary="message from 9471350099957879: Hello there")
    assert "message from 9471350099957879: Hello there" in shown(line(event=event), 120)
    assert "message from …7879: Hello there" in shown(line(event=event), 80)


def test_captures_of_other_runs_and_strays_are_faint() -> None:
    shape = capture_row.columns(80, forwarding=False)
    earlier = capture_row.Moment(now=WHEN, began=WHEN + timedelta(seconds=1))
    for found, moment in ((LINE, earlier), (line(kind=Kind.STRAY, event=None), capture_row.Moment(now=WHEN))):
        assert {tone for tone, _ in capture_row.row(found, shape, moment)} <= {Tone.FAINT, Tone.MUTED}
    assert Tone.ACCENT in {tone for tone, _ in capture_row.row(LINE, shape, capture_row.Moment(now=WHEN, began=WHEN))}
