from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from msgspec.structs import replace

from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.story import Story
from hookscope.model.capture_id import EventRef
from hookscope.model.capture_summary import MOST_ATTEMPTS, CaptureSummary, StatusStep
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Kind, Source
from hookscope.model.timestamps import LOCAL, local_time
from hookscope.tui import cell_text
from hookscope.tui.render import capture_row, row_words
from hookscope.tui.render.columns import columns, heading
from hookscope.tui.theme import Tone
from hookscope.tui.view_state import local_now
from hookscope.views.row_reader import Row
from tests.support.captures import WHEN
from tests.support.time_zone import BERLIN, time_zone

LINE = CaptureSummary(
    id=1,
    run_id=1,
    kind=Kind.NOTIFICATION,
    source=Source.LIVE,
    received_at=WHEN,
    method="POST",
    target="/hook",
    events=(
        Story(
            object="page",
            entry_id="1",
            time=WHEN,
            field="feed",
            action="comment add",
            summary="comment add by Tester: hi",
            who="Tester",
            whom="Page",
            words="hi",
            happened=WHEN - timedelta(seconds=2),
        ),
    ),
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
    return structs.replace(LINE, **changes)


def event(**changes: Any) -> Story:
    return structs.replace(LINE.events[0], **changes)


def row_of(found: CaptureSummary, position: int = 0, **changes: Any) -> Row:
    return Row(ref=EventRef(found.id, position), line=found, **changes)


def shown(found: CaptureSummary | Row, width: int = 80, *, forwarding: bool = False, **moment: Any) -> str:
    row = found if isinstance(found, Row) else row_of(found)
    shape = columns(width, forwarding=forwarding, newest=9999)
    pieces = capture_row.row(row, shape, capture_row.Moment(**({"today": WHEN} | moment)))
    return "".join(text for _, text in pieces)


@pytest.mark.parametrize("forwarding", [True, False])
def test_a_row_is_as_wide_as_its_heading_and_fits(forwarding: bool) -> None:
    odd = line(events=(event(field="日本" * 30, who="👋" * 60, words="x" * 90),), duplicate_of=123456)
    batch = line(events=(event(),) * 3)
    rows: list[CaptureSummary | Row] = [LINE, odd, line(kind=Kind.STRAY, events=(), target="/" + "x" * 300), batch]
    rows += [row_of(batch, folded=True), row_of(batch, 2), Row(ref=EventRef(1), day=WHEN.date())]
    rows.append(line(steps=(StatusStep(capture_id=2, state="read"),)))
    for width in range(40, 200, 7):
        names = cell_text.width(
            "".join(text for _, text in heading(columns(width, forwarding=forwarding, newest=9999), []))
        )
        for found in rows:
            assert cell_text.width(shown(found, width, forwarding=forwarding)) == names, width
        assert names <= max(width, 52)


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({}, ["19:33:29", "#1 ", "page.feed", "Tester → Page  comment add: hi", "✓", "200", "0.6ms", "2.0s"]),
        ({"events": LINE.events * 4}, ["batch of 4  4 × comment add"]),
        ({"duplicate_of": 9}, ["↺ 2nd of #9"]),
        ({"duplicate_of": 9, "attempt": 3, "gap": timedelta(seconds=38)}, ["↺ 3rd of #9 +38s"]),
        ({"duplicate_of": 9, "attempt": 12, "gap": timedelta(hours=3)}, ["↺ 12th of #9 +3h"]),
        ({"duplicate_of": 9, "attempt": MOST_ATTEMPTS, "gap": timedelta(seconds=1)}, ["↺ 100+ of #9 +1.0s"]),
        ({"originals": (None, 8, 7)}, ["~#8"]),
        ({"replay_of": 9, "source": Source.REPLAY}, ["replay Tester", "↻#9"]),
        ({"source": Source.TRIGGER}, ["trigger Tester"]),
        ({"signature": SignatureVerdict.INVALID, "reply_status": 401}, ["✗", "401"]),
        ({"signature": SignatureVerdict.MISSING}, ["!"]),
        ({"signature": SignatureVerdict.UNCHECKED}, ["?"]),
        ({"events": (), "problem": "no body"}, ["notification", "! no body"]),
        ({"events": (), "is_large": True}, ["being read…"]),
        ({"kind": Kind.HANDSHAKE, "handshake_accepted": True}, ["handshake", "✓ accepted", "·"]),
        (
            {"kind": Kind.HANDSHAKE, "handshake_accepted": False, "handshake_reason": "wrong token"},
            ["✗ rejected: wrong token"],
        ),
        ({"kind": Kind.STRAY, "method": "GET", "target": "/x"}, ["stray", "GET /x"]),
        (
            {"kind": Kind.STRAY, "method": "GET", "target": "/x?hub.verify_token=t9&a=b"},
            ["GET /x?hub.verify_token=•••&a=b"],
        ),
        ({"reply_status": None, "reply_ms": None}, ["–"]),
        ({"reply_ms": 1234.0}, [" 1234 "]),
        ({"reply_ms": 12345.0}, ["  12s "]),
        ({"outcome": DeliveryStatus(status=200, elapsed_ms=1)}, ["✓200"]),
        ({"outcome": DeliveryStatus(status=500, elapsed_ms=1)}, ["✗500"]),
        ({"outcome": DeliveryStatus(status=None, elapsed_ms=1)}, ["✗err"]),
        ({"outcome": DeliveryStatus(status=None, elapsed_ms=0, held=True)}, ["held"]),
    ],
)
def test_a_row_tells_what_there_is_to_know(changes: dict[str, Any], texts: list[str]) -> None:
    found = shown(line(**changes), 140, forwarding=True)
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


def test_what_is_not_an_event_of_meta_is_told_at_a_glance() -> None:
    assert "test Tester" in shown(line(events=(event(entry_id="0"),)))
    assert "echo Page" in shown(line(events=(event(who="Page", whom="6221", is_echo=True),)))


def test_the_time_of_day_stays_after_midnight() -> None:
    assert "19:33:29" in shown(LINE, today=WHEN + timedelta(days=90))
    assert capture_row.clock(WHEN, WHEN) == "19:33:29"
    assert capture_row.clock(WHEN, WHEN + timedelta(hours=5)) == "20 Nov 19:33:29"
    assert capture_row.clock(WHEN, WHEN + timedelta(days=60)) == "20 Nov 2026 19:33:29"


def test_a_day_is_named_where_it_begins_and_above_the_list() -> None:
    assert " ── Friday 20 November ──" in shown(Row(ref=EventRef(1), day=WHEN.date()), today=WHEN + timedelta(days=1))
    assert "20 November (today)" in shown(Row(ref=EventRef(1), day=WHEN.date()))
    assert "".join(text for _, text in heading(columns(80, forwarding=False), [], WHEN.date())).startswith(" 20 Nov")


def test_an_event_of_a_batch_hangs_below_it() -> None:
    batch = line(id=12, events=(LINE.events[0], event(who="Bob", field="mention", words="there")), marked=True)
    assert "▾ page " in shown(row_of(batch, folded=False), 140)
    last = shown(row_of(batch, 2, is_last=True), 140)
    assert "#12.2 " in last
    assert "└ mention " in last
    assert "Bob → Page  comment add: there" in last
    assert "✓" not in last
    assert "◆" not in last
    one = replace(batch, marked_events=(2,))
    assert "◆" in shown(row_of(one, 2, is_last=True), 140)
    assert ["◆" in shown(row_of(one, folded=folded), 140) for folded in (False, True)] == [False, True]


def test_the_statuses_of_a_message_stand_in_its_row() -> None:
    refused = DeliveryStatus(status=500, elapsed_ms=1)
    steps = (StatusStep(capture_id=2, state="delivered", outcome=refused), StatusStep(capture_id=3, state="read"))
    sent = event(who="1555", whom="Kerry", action="status sent", words="", state="sent")
    assert "1555 → Kerry  sent › delivered ✗500 › read" in shown(line(events=(sent,), steps=steps), 140)
    assert "comment add: hi  delivered ✗500 › read" in shown(line(steps=steps), 140)


def test_without_room_for_both_a_sent_message_names_its_recipient() -> None:
    sent = event(
        object="whatsapp_business_account",
        who="15550001111",
        whom="Kerry",
        action="status read",
        words="",
        state="read",
    )
    echo = event(who="15550001111", whom="Kerry", action="message echo", words="see you tomorrow, then", is_echo=True)
    read = event(who="Kerry", whom="15550001111", action="read", words="up to 2026-11-20 19:33:28", state="read")
    assert "15550001111 → Kerry  status read" in shown(line(events=(sent,)), 100)
    assert " → Kerry  status read" in shown(line(events=(sent,)), 64)
    assert " → Kerry  message echo: see you" in shown(line(events=(echo,)), 80)
    assert " Kerry  read: up to 2026" in shown(line(events=(read,)), 80)


def test_what_came_late_says_by_how_much() -> None:
    assert "⇅ 40s late" in shown(row_of(LINE, late=timedelta(seconds=40)), 120)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.04, "0.0s"), (9.94, "9.9s"), (59, "59s"), (600, "10m"), (7200, "2h"), (3 * 86400, "3d"), (9e8, "29y")],
)
def test_a_span_takes_four_cells(seconds: float, told: str) -> None:
    assert row_words.span(timedelta(seconds=seconds)) == told


def test_the_object_gives_way_before_the_field() -> None:
    found = line(events=(event(object="whatsapp_business_account", field="messages"),))
    names = [row_words.event_name(found, width) for width in (34, 20, 12, 10)]
    assert names == ["whatsapp_business_account.messages", "whatsapp.messages", "wa.messages", "wa.messages"]
    assert row_words.event_name(line(events=(event(object="application"),)), 13) == "applica….feed"
    assert row_words.event_name(line(events=(event(field="messaging_referrals"),)), 15) == "page.messaging_referrals"


@pytest.mark.parametrize("forwarding", [True, False])
@pytest.mark.parametrize(("width", "event"), [(59, 13), (79, 13), (116, 20), (139, 24), (199, 24)])
def test_the_name_of_the_event_has_room_where_the_summary_has_enough(width: int, event: int, forwarding: bool) -> None:
    shape = columns(width, forwarding=forwarding, newest=99)
    assert shape.event >= event
    assert shape.summary >= min(width // 3, 50)
    assert bool(shape.lag) == (width >= 115)


def test_names_and_long_numbers_give_way_to_what_was_said() -> None:
    found = line(events=(event(who="9471350099957879", action="message", words="Hello there"),))
    assert "9471350099957879 → Page  message: Hello there" in shown(found, 120)
    assert "…7879  message: Hello there" in shown(found, 80)
    assert "…7879: Hello there" in shown(found, 58)


def test_captures_of_other_runs_and_strays_are_faint() -> None:
    shape = columns(80, forwarding=False)
    other = capture_row.Moment(today=WHEN, run=2)
    earlier = capture_row.Moment(today=WHEN, began=WHEN + timedelta(seconds=1))
    stray = (line(kind=Kind.STRAY, events=()), capture_row.Moment(today=WHEN))
    for found, moment in ((LINE, earlier), (LINE, other), stray):
        assert {tone for tone, _ in capture_row.row(row_of(found), shape, moment)} <= {Tone.FAINT, Tone.MUTED}
    assert Tone.ACCENT in {tone for tone, _ in capture_row.row(row_of(LINE), shape, capture_row.Moment(today=WHEN))}


def test_the_time_in_summer_is_the_same_in_winter_and_as_in_the_lists_of_the_command_line() -> None:
    summer, winter = datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
    with time_zone(BERLIN):
        assert capture_row.clock(summer, winter.astimezone(LOCAL)) == "01 Jul 12:00:00"
        assert local_time(summer) == "2026-07-01 12:00:00"
        assert local_now().utcoffset() == datetime.now(UTC).astimezone().utcoffset()
        assert summer.astimezone(LOCAL).tzname() == "CEST"
        assert winter.astimezone(LOCAL) - summer == winter - summer
