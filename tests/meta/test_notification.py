import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta import wire
from hookscope.meta.notification import MAX_EVENTS, EntryForm, messaging_field, parse
from hookscope.meta.senders import senders
from hookscope.meta.summaries.summary import summarize


def body(**entry: object) -> bytes:
    return wire.encode({"object": "page", "entry": [{"id": "1234", "time": 1449135003, **entry}]})


def lines(raw: bytes) -> list[tuple[str, str]]:
    return [(event.field, summarize(event).summary) for event in parse(raw).events]


def test_a_change_is_unpacked_with_its_time_in_utc() -> None:
    (event,) = parse(body(changes=[{"field": "feed", "value": {"item": "comment", "verb": "add"}}])).events
    assert (event.object, event.entry_id, event.field, event.form) == ("page", "1234", "feed", EntryForm.CHANGES)
    assert event.time == datetime(2015, 12, 3, 9, 30, 3, tzinfo=UTC)
    assert not event.is_test


def test_the_time_of_messages_is_in_milliseconds() -> None:
    raw = wire.encode({"object": "page", "entry": [{"id": 1, "time": 1668022334834, "messaging": [{}]}]})
    (event,) = parse(raw).events
    assert event.time == datetime(2022, 11, 9, 19, 32, 14, 834000, tzinfo=UTC)
    assert event.entry_id == "1"


def test_a_batch_has_one_event_for_each_change() -> None:
    raw = wire.encode(
        {
            "entry": [
                {"id": "1", "time": 1, "changes": [{"field": "feed", "value": {}}, {"field": "leadgen", "value": {}}]},
                {"id": "2", "time": 2, "messaging": [{"message": {"mid": "m"}}], "standby": [{}]},
                {"id": "3", "uid": "3", "time": 3, "changed_fields": ["photos", "about"]},
            ],
            "object": "page",
        }
    )
    fields = [(event.entry_id, event.field) for event in parse(raw).events]
    assert fields == [
        ("1", "feed"),
        ("1", "leadgen"),
        ("2", "messages"),
        ("2", "standby"),
        ("3", "photos"),
        ("3", "about"),
    ]


def test_a_dashboard_test_is_known_by_its_entry() -> None:
    raw = b'{"entry":[{"changes":[{"field":"messages","value":{"page_id":"1"}}],"id":"0","time":1}],"object":"page"}'
    assert parse(raw).events[0].is_test


def test_field_and_value_may_stand_on_the_entry_itself() -> None:
    raw = wire.encode({"object": "instagram", "entry": [{"id": "1", "field": "comments", "value": {"text": "x"}}]})
    assert lines(raw) == [("comments", "comment: x")]


@pytest.mark.parametrize(
    ("event", "topic", "wanted"),
    [
        ({"message": {"mid": "m"}}, "page", "messages"),
        ({"message": {"is_echo": True}}, "page", "message_echoes"),
        ({"read": {}}, "page", "message_reads"),
        ({"read": {}}, "instagram", "messaging_seen"),
        ({"policy-enforcement": {}}, "page", "messaging_policy_enforcement"),
        ({"policy_enforcement": {}}, "page", "messaging_policy_enforcement"),
        ({"app_roles": {}}, "page", "messaging_handovers"),
        ({"take_thread_control": {}}, "instagram", "messaging_handover"),
        ({"from": {}, "item": "comment", "message": "x", "field": "group_feed"}, "page", "group_feed"),
        ({"sender": {}, "something_new": {}}, "page", "something_new"),
        ("not an object", "page", "messaging"),
    ],
)
def test_a_messaging_event_belongs_to_the_field_of_its_key(event: object, topic: str, wanted: str) -> None:
    assert messaging_field(event, topic) == wanted


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "no body"),
        (b"[1]", "not an object"),
        (b'"x"', "not an object"),
        (b'{"object":"page"}', "'entry'"),
        (b'{"object":1,"entry":[]}', "'object'"),
        (b'{"object":"page","entry":[]}', "no event"),
        (b'{"object":"page","entry":[null,1,"x",{"changes":7}]}', "no event"),
        (b"[" * 50_000 + b"]" * 50_000, "nested too deeply"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_body_that_is_not_a_notification_is_reported_not_raised(raw: bytes, told: str) -> None:
    parsed = parse(raw)
    assert parsed.events == ()
    assert told in (parsed.problem or "")


def test_a_flood_of_events_is_cut() -> None:
    raw = wire.encode({"object": "page", "entry": [{"id": "1", "changed_fields": ["feed"] * (MAX_EVENTS + 1)}]})
    parsed = parse(raw)
    assert len(parsed.events) == MAX_EVENTS
    assert "more than" in (parsed.problem or "")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (
            {"item": "comment", "verb": "add", "from": {"id": "1", "name": "Tester"}, "message": "and the\nnext one"},
            "comment add by Tester: and the next one",
        ),
        ({"item": "like", "verb": "remove", "user_id": 5}, "like remove by 5"),
        ({"item": "reaction", "verb": "add", "reaction_type": "love", "from": {"id": 7}}, "love reaction add by 7"),
    ],
)
def test_feed_events_are_summed_up(value: dict[str, object], wanted: str) -> None:
    assert lines(body(changes=[{"field": "feed", "value": value}])) == [("feed", wanted)]


@pytest.mark.parametrize(
    ("topic", "field", "value", "wanted"),
    [
        ("page", "leadgen", {"leadgen_id": "195", "form_id": "793"}, "lead 195 from form 793"),
        ("page", "conversations", {"page_id": 518, "conversation_id": 930}, "conversation update 930"),
        (
            "page",
            "ratings",
            {"item": "rating", "verb": "add", "reviewer_name": "T", "review_text": "ok"},
            "rating add by T: ok",
        ),
        ("page", "parking", None, "parking"),
        ("user", "email", "a@b.example", "email: a@b.example"),
        ("instagram", "comments", {"text": "hi", "from": {"username": "u"}}, "comment by u: hi"),
        ("instagram", "mentions", {"comment_id": "1", "media_id": "17"}, "mention in a comment on media 17"),
        (
            "whatsapp_business_account",
            "messages",
            {"messages": [{"type": "text", "from": "49", "text": {"body": "hi"}}]},
            "text from 49: hi",
        ),
        (
            "whatsapp_business_account",
            "messages",
            {"statuses": [{"status": "read", "recipient_id": "49"}]},
            "status read to 49",
        ),
        (
            "whatsapp_business_account",
            "message_template_status_update",
            {"event": "APPROVED", "message_template_name": "n"},
            "template approved: n",
        ),
        ("page", "new_field", {"a": 1, "b": {"c": 2}, "d": "x"}, "new field: a 1, d x"),
    ],
)
def test_changes_of_all_kinds_are_summed_up(topic: str, field: str, value: object, wanted: str) -> None:
    change = {"field": field} | ({} if value is None else {"value": value})
    raw = wire.encode({"object": topic, "entry": [{"id": "1", "changes": [change]}]})
    assert lines(raw) == [(field, wanted)]


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"message": {"text": "hello 😀"}}, "message from 5: hello 😀"),
        ({"message": {"attachments": [{"type": "image"}, {"type": "file"}]}}, "message from 5: [image], [file]"),
        ({"message": {"is_echo": True, "text": "x"}}, "message echo to 6: x"),
        ({"message": {"is_deleted": True}}, "message deleted by 5"),
        ({"read": {"watermark": 12}}, "read by 5 up to 12"),
        ({"delivery": {"watermark": 12}}, "delivered to 5 up to 12"),
        ({"reaction": {"action": "react", "emoji": "❤"}}, "react ❤ by 5"),
        ({"postback": {"title": "Start", "payload": "GO"}}, "postback by 5: Start"),
        ({"account_linking": {"status": "linked"}}, "account linking linked by 5"),
    ],
)
def test_messaging_events_are_summed_up(event: dict[str, object], wanted: str) -> None:
    full = {"sender": {"id": "5"}, "recipient": {"id": "6"}, **event}
    assert [text for _, text in lines(body(messaging=[full]))] == [wanted]


def test_a_summary_is_one_short_line_that_can_be_written_anywhere() -> None:
    value = {"item": "comment", "verb": "add", "message": "\ud83d lone\r\n\t" + "x" * 5000}
    raw = body(changes=[{"field": "feed", "value": value}])
    ((_, text),) = lines(raw)
    assert len(text) <= 200
    assert "\n" not in text
    text.encode("utf-8")


@pytest.mark.parametrize("blanks", [1, 10, 100, 500])
def test_blanks_take_no_room_in_a_summary(blanks: int) -> None:
    value = {"item": "comment", "verb": "add", "message": f"here{' ' * blanks}it goes on " + "x" * 300}
    ((_, text),) = lines(body(changes=[{"field": "feed", "value": value}]))
    assert text.startswith("comment add: here it goes on xxx")
    assert len(text) == 200
    assert text.endswith("x…")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                (
                    "object",
                    "entry",
                    "id",
                    "time",
                    "changes",
                    "messaging",
                    "standby",
                    "changed_fields",
                    "field",
                    "value",
                    "verb",
                    "message",
                    "from",
                    "read",
                    "item",
                )
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_any_json_can_be_unpacked_and_summed_up(value: object) -> None:
    raw = json.dumps({"object": "page", "entry": [value, {"id": value, "time": value, "changes": [value]}]}).encode()
    for event in parse(raw).events:
        line = summarize(event)
        assert "\n" not in line.summary
        line.summary.encode()


@given(st.binary())
def test_any_bytes_are_no_notification_but_no_error_either(raw: bytes) -> None:
    assert parse(raw).problem


def threads(values: object) -> bytes:
    """Return a Threads notification in its own envelope."""
    flat = {"app_id": "5", "topic": "moderate", "target_id": 77, "time": 1700000000, "subscription_id": "8"}
    return wire.encode({**flat, "has_uid_field": False, "values": values})


def test_the_flat_envelope_of_threads_is_unpacked() -> None:
    raw = threads({"value": {"id": "1", "username": "bo", "text": "well said"}, "field": "replies"})
    (event,) = parse(raw).events
    assert (event.object, event.entry_id, event.field) == ("threads", "77", "replies")
    assert event.time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert senders(event) == {"bo"}
    assert lines(raw) == [("replies", "replies by bo: well said")]


def test_the_flat_envelope_may_hold_a_list() -> None:
    raw = threads([{"value": {"id": "1"}, "field": "replies"}, {"value": {"id": "2"}, "field": "mentions"}, 7])
    assert [event.field for event in parse(raw).events] == ["replies", "mentions"]


@pytest.mark.parametrize("values", [None, "x", 5])
def test_a_flat_envelope_without_values_is_no_notification(values: object) -> None:
    assert parse(threads(values)).problem


def test_a_message_of_instagrams_dashboard_comes_as_a_change() -> None:
    value = {
        "sender": {"id": "31"},
        "recipient": {"id": "32"},
        "timestamp": "1",
        "message": {"mid": "m", "text": "hey"},
    }
    raw = wire.encode(
        {"object": "instagram", "entry": [{"id": "0", "changes": [{"field": "messages", "value": value}]}]}
    )
    assert lines(raw) == [("messages", "message from 31: hey")]


def test_a_list_is_shown_by_its_first_members() -> None:
    work = {"field": "work_history", "value": [{"id": "4", "employer": {"id": "5"}}, {"id": "6"}]}
    about = {"field": "languages", "value": ["Frisian", "Dutch", "English", "Latin"]}
    raw = wire.encode({"object": "user", "entry": [{"id": "1", "time": 1, "changes": [work, about]}]})
    assert [line for _, line in lines(raw)] == ["work_history: id 4, id 6", "languages: Frisian, Dutch, English"]
