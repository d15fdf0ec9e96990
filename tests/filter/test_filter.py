import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from hookscope.errors import UsageError
from hookscope.filter import FilterError, matches, mentions, parse, parse_duration, parse_on_arrival
from hookscope.filter.ast import depends_on_event
from hookscope.filter.evaluator import matching_events
from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Reply
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake
from tests.support.time_zone import time_zone

COMMENT = make_capture(feed_body("Schöne Grüße"), id=12)
FORGED = make_capture(id=13, signature=Signature(verdict=SignatureVerdict.INVALID), reply=Reply(status=401))
HANDSHAKE = make_handshake(id=1)
TEXT = {"sender": {"id": "56"}, "message": {"mid": "m", "text": "hi"}}
MESSAGE = make_capture(
    wire.encode(
        {
            "object": "instagram",
            "entry": [
                {
                    "id": "178",
                    "time": 1,
                    "messaging": [TEXT],
                },
                {"id": "0", "time": 1, "changes": [{"field": "comments", "value": {"from": {"id": 7}}}]},
            ],
        }
    ),
    id=20,
    duplicate_of=19,
)
WHATSAPP = make_capture(
    wire.encode(
        {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": "9",
                    "changes": [
                        {
                            "field": "messages",
                            "value": {
                                "messaging_product": "whatsapp",
                                "contacts": [{"wa_id": "4670"}, {"profile": {"name": "Cy"}, "user_id": "SE.2"}],
                                "messages": [{"id": "wamid.1", "from": "4670"}, {"id": "wamid.2"}],
                            },
                        }
                    ],
                }
            ],
        }
    )
)
THREADS = make_capture(
    wire.encode(
        {
            "app_id": "5",
            "target_id": "77",
            "time": 1,
            "values": {"field": "replies", "value": {"id": "1", "username": "bo", "text": "well said"}},
        }
    )
)


def holds(text: str, capture: Capture, *answers: str) -> bool:
    return matches(parse(text), capture, WHEN + timedelta(minutes=5), answers)


@pytest.mark.parametrize(
    ("text", "capture", "wanted"),
    [
        ("", COMMENT, True),
        ("kind:notification", COMMENT, True),
        ("kind:handshake", COMMENT, False),
        ("kind:handshake", HANDSHAKE, True),
        ("object:page", COMMENT, True),
        ("object:Page field:FEED", COMMENT, True),
        ("field:fe*", COMMENT, True),
        ("field:fe", COMMENT, False),
        ("object:page", HANDSHAKE, False),
        ("field:comments field:messages", MESSAGE, True),
        ("from:4670", WHATSAPP, True),
        ("from:SE.2", WHATSAPP, True),
        ("is:batch", WHATSAPP, True),
        ("object:threads field:replies entry:77 from:bo", THREADS, True),
        ("$.values.value.text==well*", THREADS, True),
        ("sig:valid", COMMENT, True),
        ("sig:invalid", FORGED, True),
        ("status:4xx", FORGED, True),
        ("status:401", FORGED, True),
        ("status:2xx", FORGED, False),
        ("id:12", COMMENT, True),
        ("id:10..12", COMMENT, True),
        ("id:13..", COMMENT, False),
        ("id:..12", COMMENT, True),
        ("entry:1234", COMMENT, True),
        ("from:1234", COMMENT, True),
        ("from:56", MESSAGE, True),
        ("from:7", MESSAGE, True),
        ("from:8", MESSAGE, False),
        ("is:duplicate", MESSAGE, True),
        ("is:batch is:test", MESSAGE, True),
        ("is:replay", MESSAGE, False),
        ("is:test", COMMENT, False),
        ("since:10m", COMMENT, True),
        ("since:1m", COMMENT, False),
        ("on:today", COMMENT, True),
        ("on:Yesterday", COMMENT, False),
        ("on:yesterday..today", COMMENT, True),
        ("on:1999-01-01..", COMMENT, True),
        ("on:..1999-01-01", COMMENT, False),
        ("$.entry[0].changes[0].value.item==comment", COMMENT, True),
        ('$.entry[0].changes[0].value.item == "comment"', COMMENT, True),
        ("$.entry[0].changes[0].value.item!=comment", COMMENT, False),
        ("$.entry[0].time==1449135003", COMMENT, True),
        ("$.entry[9].time==1", COMMENT, False),
        ("$.entry[0].changes[0].value.item==com*nt", COMMENT, True),
        ("$.entry[0].changes[0].value.item==Com*", COMMENT, False),
        ("$.entry[0].changes[0].value.item!=com*", COMMENT, False),
        ("$.entry[0].time==1449*", COMMENT, True),
        ("$.entry[9].time==*", COMMENT, False),
        ('$.entry[0].changes[0].value.message=="Schöne*"', COMMENT, True),
        ("$.entry[9].time!=1", COMMENT, True),
        ("grüsse", COMMENT, True),
        ("GRÜßE", COMMENT, True),
        ('"schöne grüße"', COMMENT, True),
        ('"grüße schöne"', COMMENT, False),
        ("grüße comment", COMMENT, True),
        ("/hook", COMMENT, True),
        ("not sig:valid", COMMENT, False),
        ("kind:handshake or sig:valid", COMMENT, True),
        ("kind:handshake or sig:valid field:leadgen", COMMENT, False),
        ("(kind:handshake or sig:valid) field:feed", COMMENT, True),
        ("not (kind:handshake or field:leadgen)", COMMENT, True),
        ("not not sig:valid", COMMENT, True),
        ("sig:valid and field:feed", COMMENT, True),
    ],
)
def test_a_filter_holds_or_not(text: str, capture: Capture, wanted: bool) -> None:
    assert holds(text, capture) is wanted


@pytest.mark.parametrize(
    ("text", "answers", "wanted"),
    [
        ("app:500", ("500",), True),
        ("app:5XX", ("500",), True),
        ("app:5xx", ("200",), False),
        ("app:5xx", ("200", "503"), True),
        ("app:err", ("err",), True),
        ("app:Held", ("held",), True),
        ("app:*", ("held",), True),
        ("app:*", (), False),
        ("app:2xx", (), False),
        ("not app:2xx", (), True),
        ("app:4xx field:feed", ("404",), True),
    ],
)
def test_the_apps_answer_can_be_filtered(text: str, answers: tuple[str, ...], wanted: bool) -> None:
    assert holds(text, COMMENT, *answers) is wanted


@pytest.mark.parametrize("text", ["app:500", "field:feed or not App:2xx", '"the app: x" app:5xx'])
def test_the_apps_answer_is_unknown_on_arrival(text: str) -> None:
    with pytest.raises(FilterError, match="not known when a notification comes") as caught:
        parse_on_arrival(text)
    assert text.lower().rindex("app:") == caught.value.position
    assert parse_on_arrival('field:feed "app:500"') == parse('field:feed "app:500"')


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("objct:page", "unknown term objct:", "did you mean object:page?"),
        ("http://x", "unknown term http:", 'write "http://x" in quotes'),
        ("sig:bad", "sig:bad", "valid, invalid, missing, unchecked"),
        ("kind:x", "kind:x", "handshake, notification, stray"),
        ("(a", "'(' without its ')'", "for example"),
        ("a)", "unmatched ')'", "for example"),
        ("a or", "a term is missing", "for example"),
        ("or a", "a term is missing", "for example"),
        ("not", "a term is missing", "for example"),
        ('"open', '"open', "another quotation mark"),
        ("field:feed $.entry", "character 12: a path without a comparison", "$.path==value"),
        ('$.a=="b c', "without a value", '"a b"'),
        ("$.a[*]==b", "comparison without a path", "$.entry[0].id==value"),
        ("fild:", "fild: without a value", "did you mean field:?"),
        ("sig:", "sig: without a value", "sig: takes valid"),
        ("status:ok", "'ok' is not a status", "status:4xx"),
        ("app:down", "app:down is not", "app:err or app:held"),
        ("app:", "app: without a value", "app:500"),
        ('"..."', "no word in '...'", "a letter"),
        ("(" * 60 + "a" + ")" * 60, "nested too deeply", "for example"),
        ("hi -field:feed", "character 4: '-' before a term", "not field:feed"),
        ("!hi", "'!' before a term", "not hi"),
        ("since:soon", "is not a duration", "10m"),
        ("since:2026-11-20", "is not a duration", "on:2026-11-30.."),
        ("on:tuesday", "on:tuesday is not a day", "on:today"),
        ("on:2026-11-31", "on:2026-11-31 is not a day", "on:2026-11-28..2026-11-30"),
        ("on:20261130", "on:20261130 is not a day", "on:2026-11-30"),
        ("on:0001-01-01", "is not a day", "on:2026-11-30"),
        ("on:..9999-12-31", "is not a day", "on:2026-11-30"),
        ("on:2026-11-20...", "is not a day", "on:2026-11-30"),
        ("on:", "on: without a value", "on:2026-11-30"),
        ("before:2026-11-20", "unknown term before:", "on:2026-11-30"),
        ("id:x", "not an id", "id:12"),
        ("id:1_0", "not an id", "id:12"),
        ("id:+2", "not an id", "id:12"),
        ("id:..٣", "not an id", "id:12"),
        ("$==1", "comparison without a path", "$.entry[0].id==value"),
    ],
)
def test_invalid_input_is_named(text: str, told: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert told in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_text_is_found_whatever_way_the_json_is_written() -> None:
    spaced = json.dumps(json.loads(feed_body("äö")), indent=1).encode()
    assert holds("äö", make_capture(spaced))
    assert holds("äö", make_capture("no json äö".encode()))
    assert not holds("äö", make_capture(b"\xff"))
    assert holds("äö", make_capture(b'{"text": "\\ud83d \\u00e4o\\u0308"}'))


def test_a_deep_body_matches_no_path_and_breaks_nothing() -> None:
    deep = make_capture(b"[" * 50_000)
    assert not holds("$.a==1", deep)
    assert not holds("from:1", deep)


def test_a_term_can_be_looked_for() -> None:
    assert mentions(parse("a or not (sig:invalid b)"), "sig")
    assert not mentions(parse('"sig:invalid"'), "sig")


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        ("two", (2,)),
        ("not two", (1, 3)),
        ("$.entry[0].changes[0].value.messages[0].id==wamid.three", (3,)),
        ("is:marked", (1,)),
        ("is:duplicate", (2, 3)),
        ("two or is:marked", (1, 2)),
        ("field:messages", ()),
        ("is:batch", ()),
        ("one two", ()),
    ],
)
def test_a_filter_leaves_the_events_of_a_batch_that_it_matches_alone(wanted: str, positions: tuple[int, ...]) -> None:
    batch = make_capture(batch_body("one", "two", "three"), marked=True, marked_events=(1,), originals=(None, 7, 8))
    assert matching_events(parse(wanted), batch, WHEN) == positions


def test_what_tells_of_a_whole_request_asks_for_no_single_event() -> None:
    assert depends_on_event(parse("kind:notification (sig:valid or not field:feed)"))
    assert not depends_on_event(parse("kind:notification sig:valid is:batch app:5xx since:1h id:..3"))


def test_spans_of_time_are_read() -> None:
    assert parse_duration("90s") == timedelta(seconds=90)
    assert parse_duration("1.5h") == timedelta(minutes=90)
    assert parse_duration("7d") == timedelta(days=7)


@pytest.mark.parametrize(
    ("wanted", "found"), [("run:4", True), ("run:3..5", True), ("run:5", False), ("not run:4", False)]
)
def test_a_run_has_a_number(wanted: str, found: bool) -> None:
    assert matches(parse(wanted), make_capture(run_id=4), WHEN) is found
    assert not matches(parse("run:0.."), make_capture(), WHEN)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[None]:
    with time_zone(request.param):
        yield


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("place", "came", "day"),
    [
        ("UTC0", "2026-11-20T00:00:00Z", "2026-11-20"),
        ("UTC0", "2026-11-20T23:59:59.999Z", "2026-11-20"),
        ("XXX-14", "2026-11-20T10:00:00Z", "2026-11-21"),
        ("XXX-14", "2026-11-20T09:59:59.999Z", "2026-11-20"),
        ("XXX12", "2026-11-20T11:59:59.999Z", "2026-11-19"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-24T22:00:00Z", "2026-10-25"),  # The first minute of a day of 25 hours,
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T22:59:59Z", "2026-10-25"),  # and its last.
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T23:00:00Z", "2026-10-26"),
    ],
    indirect=["place"],
)
def test_a_day_is_one_where_the_user_is(came: str, day: str) -> None:
    capture = make_capture(received_at=datetime.fromisoformat(came))
    before, after = (datetime.fromisoformat(day).date() + timedelta(days=days) for days in (-1, 1))
    found = [matches(parse(f"on:{one}"), capture, WHEN) for one in (before, day, after)]
    assert found == [False, True, False]
    assert matches(parse(f"on:{day}..{after}"), capture, WHEN)
    assert matches(parse(f"on:today not on:yesterday on:..{day}"), capture, capture.received_at)


def test_a_run_is_named_by_a_number_only() -> None:
    with pytest.raises(FilterError, match="run:mine is not an id"):
        parse("run:mine")
