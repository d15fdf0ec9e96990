"""An event is the same as one before when its id says so, else when content and time are the same."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta import wire
from tests.support.identities import identities

PAGE = "page"
WHATSAPP = "whatsapp_business_account"


def entry(topic: str, time: int | None = 1700000000, **inner: Any) -> bytes:
    dated = {} if time is None else {"time": time}
    return wire.encode({"object": topic, "entry": [{"id": "41", **dated, **inner}]})


def change(topic: str, field: str, value: Any, time: int | None = 1700000000) -> bytes:
    return entry(topic, time, changes=[{"field": field, "value": value}])


def messaging(time: int = 1700000000000, form: str = "messaging", **inner: Any) -> bytes:
    event = {"sender": {"id": "7"}, "recipient": {"id": "41"}, "timestamp": 1700000000000, **inner}
    return entry(PAGE, time, **{form: [event]})


def whatsapp(field: str, time: int | None = None, **lists: Any) -> bytes:
    metadata = {"display_phone_number": "15550100", "phone_number_id": "8"}
    return change(WHATSAPP, field, {"messaging_product": "whatsapp", "metadata": metadata, **lists}, time)


def comment(**more: Any) -> dict[str, Any]:
    value = {"item": "comment", "verb": "add", "comment_id": "9_1", "post_id": "41_9", "created_time": 1700000000}
    return {**value, "from": {"id": "7", "name": "Bo"}, "message": "hi", **more}


LATER, MUCH_LATER = 1700000060, 1700172800

SAME = {
    "message, its times others": (
        messaging(message={"mid": "m_1", "text": "hi"}),
        messaging(1700000060000, timestamp=1700000060000, message={"mid": "m_1", "text": "hi"}),
    ),
    "echo": (
        messaging(message={"mid": "m_1", "is_echo": True, "text": "hi"}),
        messaging(1700000060000, message={"mid": "m_1", "is_echo": True, "text": "hi"}),
    ),
    "postback with an id": (
        messaging(postback={"mid": "m_1", "payload": "GO"}),
        messaging(1700000060000, postback={"mid": "m_1", "payload": "GO"}),
    ),
    "postback without": (messaging(postback={"payload": "GO"}), messaging(1700000060000, postback={"payload": "GO"})),
    "read": (messaging(read={"watermark": 5}), messaging(1700000060000, timestamp=1, read={"watermark": 5})),
    "seen": (messaging(read={"mid": "m_1"}), messaging(1700000060000, read={"mid": "m_1"})),
    "delivery": (
        messaging(delivery={"watermark": 5, "mids": ["m_1"]}),
        messaging(1700000060000, delivery={"mids": ["m_1"], "watermark": 5}),
    ),
    "reaction": (
        messaging(reaction={"mid": "m_1", "action": "react", "emoji": "❤"}),
        messaging(1700000060000, reaction={"emoji": "❤", "mid": "m_1", "action": "react"}),
    ),
    "edit": (
        messaging(message_edit={"mid": "m_1", "text": "b", "num_edit": 1}),
        messaging(1700000060000, timestamp=9, message_edit={"mid": "m_1", "text": "b", "num_edit": 1}),
    ),
    "referral": (messaging(referral={"ref": "x"}), messaging(1700000060000, referral={"ref": "x"})),
    "comment, sent again later": (change(PAGE, "feed", comment()), change(PAGE, "feed", comment(), LATER)),
    "comment with more about its post": (
        change(PAGE, "feed", comment()),
        change(PAGE, "feed", comment(post={"updated_time": "2023-11-14T22:13:21+0000"}), LATER),
    ),
    "comment removed": (
        change(PAGE, "feed", comment(verb="remove")),
        change(PAGE, "feed", comment(verb="remove"), LATER),
    ),
    "reaction to a post": (
        change(PAGE, "feed", {**comment(item="reaction", reaction_type="love"), "comment_id": None}),
        change(PAGE, "feed", {**comment(item="reaction", reaction_type="love"), "comment_id": None}, LATER),
    ),
    "lead": (
        change(PAGE, "leadgen", {"leadgen_id": "5", "created_time": 1, "form_id": "2"}),
        change(PAGE, "leadgen", {"form_id": "2", "leadgen_id": "5", "created_time": 1}, LATER),
    ),
    "what has no id, at the same time": (
        change(PAGE, "conversations", {"thread_id": "t_1", "page_id": "41"}),
        change(PAGE, "conversations", {"page_id": "41", "thread_id": "t_1"}),
    ),
    "changed fields at the same time": (entry(PAGE, changed_fields=["feed"]), entry(PAGE, changed_fields=["feed"])),
    "Instagram comment": (
        change("instagram", "comments", {"id": "5", "text": "hi"}),
        change("instagram", "comments", {"id": "5", "text": "hi"}, LATER),
    ),
    "Instagram mention": (
        change("instagram", "mentions", {"comment_id": "5", "media_id": "6"}),
        change("instagram", "mentions", {"comment_id": "5", "media_id": "6"}, LATER),
    ),
    "WhatsApp message with a button of the id 0": (
        whatsapp("messages", messages=[{"id": "wamid.1", "interactive": {"button_reply": {"id": "0"}}}]),
        whatsapp("messages", messages=[{"id": "wamid.1", "interactive": {"button_reply": {"id": "0"}}}]),
    ),
    "WhatsApp message with its people told otherwise": (
        whatsapp("messages", contacts=[{"wa_id": "4670"}], messages=[{"id": "wamid.1", "from": "4670"}]),
        whatsapp("messages", messages=[{"id": "wamid.1", "from_user_id": "SE.1"}]),
    ),
    "WhatsApp status": (
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "read", "timestamp": "1700000000"}]),
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "read", "timestamp": "1700000060"}]),
    ),
    "WhatsApp call": (
        whatsapp("calls", calls=[{"id": "wacid.1", "event": "connect", "timestamp": "1"}]),
        whatsapp("calls", calls=[{"id": "wacid.1", "event": "connect", "timestamp": "2"}]),
    ),
    "WhatsApp echo": (
        whatsapp("smb_message_echoes", message_echoes=[{"id": "wamid.1"}]),
        whatsapp("smb_message_echoes", message_echoes=[{"id": "wamid.1"}]),
    ),
    "WhatsApp group": (
        whatsapp("group_lifecycle_update", groups=[{"group_id": "G", "type": "group_create", "timestamp": "9"}]),
        whatsapp("group_lifecycle_update", groups=[{"timestamp": "9", "group_id": "G", "type": "group_create"}]),
    ),
    "WhatsApp preference": (
        whatsapp("user_preferences", user_preferences=[{"wa_id": "4670", "value": "stop", "timestamp": 9}]),
        whatsapp("user_preferences", user_preferences=[{"wa_id": "4670", "value": "stop", "timestamp": 9}]),
    ),
    "WhatsApp history": (
        whatsapp("history", history=[{"metadata": {"phase": 0}, "threads": [{"id": "4670"}]}]),
        whatsapp("history", history=[{"threads": [{"id": "4670"}], "metadata": {"phase": 0}}]),
    ),
    "Threads reply": (
        wire.encode({"target_id": "2", "time": 1, "values": {"field": "replies", "value": {"id": "8", "text": "a"}}}),
        wire.encode({"target_id": "2", "time": 9, "values": [{"value": {"text": "a", "id": "8"}, "field": "replies"}]}),
    ),
}

OTHER = {
    "another message": (messaging(message={"mid": "m_1"}), messaging(message={"mid": "m_2"})),
    "a message and its echo": (
        messaging(message={"mid": "m_1"}),
        messaging(message={"mid": "m_1", "is_echo": True}),
    ),
    "a message and its deletion": (
        messaging(message={"mid": "m_1"}),
        messaging(message={"mid": "m_1", "is_deleted": True}),
    ),
    "a deletion and an echo": (
        messaging(message={"mid": "m_1", "is_deleted": True}),
        messaging(message={"mid": "m_1", "is_echo": True}),
    ),
    "a second edit": (
        messaging(message_edit={"mid": "m_1", "text": "b", "num_edit": 1}),
        messaging(message_edit={"mid": "m_1", "text": "b", "num_edit": 2}),
    ),
    "a reaction that was taken back in between": (
        messaging(reaction={"mid": "m_1", "action": "react", "emoji": "❤"}),
        messaging(timestamp=1700000060000, reaction={"mid": "m_1", "action": "react", "emoji": "❤"}),
    ),
    "a postback without an id, later": (
        messaging(postback={"payload": "GO"}),
        messaging(timestamp=1700000060000, postback={"payload": "GO"}),
    ),
    "the same link, later": (
        messaging(referral={"ref": "x", "source": "SHORTLINK"}),
        messaging(timestamp=1700000060000, referral={"ref": "x", "source": "SHORTLINK"}),
    ),
    "two people who read": (
        messaging(read={"watermark": 5}),
        messaging(sender={"id": "8"}, read={"watermark": 5}),
    ),
    "a message in standby": (messaging(message={"mid": "m_1"}), messaging(form="standby", message={"mid": "m_1"})),
    "a conversation, later": (
        change(PAGE, "conversations", {"thread_id": "t_1"}),
        change(PAGE, "conversations", {"thread_id": "t_1"}, LATER),
    ),
    "a quality that falls again, two days later": (
        change(WHATSAPP, "phone_number_quality_update", {"event": "FLAGGED", "current_limit": "TIER_1K"}),
        change(WHATSAPP, "phone_number_quality_update", {"event": "FLAGGED", "current_limit": "TIER_1K"}, MUCH_LATER),
    ),
    "a template that is approved again": (
        change(WHATSAPP, "message_template_status_update", {"event": "APPROVED", "message_template_id": 5}),
        change(WHATSAPP, "message_template_status_update", {"event": "APPROVED", "message_template_id": 5}, LATER),
    ),
    "a comment that is hidden again": (
        change(PAGE, "feed", comment(verb="hide")),
        change(PAGE, "feed", comment(verb="hide"), LATER),
    ),
    "a comment and its edit": (change(PAGE, "feed", comment()), change(PAGE, "feed", comment(verb="edited"))),
    "another comment of the same words": (
        change(PAGE, "feed", comment()),
        change(PAGE, "feed", comment(comment_id="9_2")),
    ),
    "a comment of another time": (
        change(PAGE, "feed", comment()),
        change(PAGE, "feed", comment(created_time=1700000060)),
    ),
    "a post that is published later": (
        change(PAGE, "feed", {"item": "status", "verb": "add", "post_id": "41_9", "published": 0, "created_time": 1}),
        change(PAGE, "feed", {"item": "status", "verb": "add", "post_id": "41_9", "published": 1, "created_time": 1}),
    ),
    "two photos of a post": (
        change(PAGE, "feed", {"item": "photo", "verb": "add", "post_id": "41_9", "photo_id": "1", "created_time": 1}),
        change(PAGE, "feed", {"item": "photo", "verb": "add", "post_id": "41_9", "photo_id": "2", "created_time": 1}),
    ),
    "likes of two people": (
        change(PAGE, "feed", {"item": "like", "verb": "add", "post_id": "41_9", "user_id": 7, "created_time": 1}),
        change(PAGE, "feed", {"item": "like", "verb": "add", "post_id": "41_9", "user_id": 8, "created_time": 1}),
    ),
    "a like of the Page that was taken back in between": (
        change(PAGE, "feed", {"item": "like", "verb": "add", "user_id": 7}),
        change(PAGE, "feed", {"item": "like", "verb": "add", "user_id": 7}, LATER),
    ),
    "a lead that is updated again": (
        change(PAGE, "leadgen_update", {"leadgen_id": "5", "created_time": 1}),
        change(PAGE, "leadgen_update", {"leadgen_id": "5", "created_time": 1}, LATER),
    ),
    "a permission that was taken back in between": (
        entry("permissions", changes=[{"field": "connected", "verb": "granted"}]),
        entry("permissions", LATER, changes=[{"field": "connected", "verb": "granted"}]),
    ),
    "another verb beside the field": (
        entry("user", changes=[{"field": "likes", "verb": "add", "value": {"page": "9"}}]),
        entry("user", changes=[{"field": "likes", "verb": "remove", "value": {"page": "9"}}]),
    ),
    "changed fields, later": (entry(PAGE, changed_fields=["feed"]), entry(PAGE, LATER, changed_fields=["feed"])),
    "another status of the message": (
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "sent"}]),
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "read"}]),
    ),
    "a status for another participant of a group": (
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "read", "recipient_participant_id": "4670"}]),
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "read", "recipient_participant_id": "4671"}]),
    ),
    "another transaction of a payment": (
        whatsapp("messages", statuses=[{"id": "1", "status": "failed", "payment": {"transaction": {"id": "a"}}}]),
        whatsapp("messages", statuses=[{"id": "1", "status": "failed", "payment": {"transaction": {"id": "b"}}}]),
    ),
    "the end of a call": (
        whatsapp("calls", calls=[{"id": "wacid.1", "event": "connect"}]),
        whatsapp("calls", calls=[{"id": "wacid.1", "event": "terminate"}]),
    ),
    "a message and a status of the same id": (
        whatsapp("messages", messages=[{"id": "wamid.1"}]),
        whatsapp("messages", statuses=[{"id": "wamid.1", "status": "read"}]),
    ),
    "a preference that is given again": (
        whatsapp("user_preferences", user_preferences=[{"wa_id": "4670", "value": "stop", "timestamp": 9}]),
        whatsapp("user_preferences", user_preferences=[{"wa_id": "4670", "value": "stop", "timestamp": 10}]),
    ),
    "another account": (
        wire.encode({"object": PAGE, "entry": [{"id": "1", "time": 1, "changed_fields": ["feed"]}]}),
        wire.encode({"object": PAGE, "entry": [{"id": "2", "time": 1, "changed_fields": ["feed"]}]}),
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_a_redelivery_is_the_same_event(pair: tuple[bytes, bytes]) -> None:
    first, again = map(identities, pair)
    assert first == again
    assert None not in first


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_a_new_event_is_another_one(pair: tuple[bytes, bytes]) -> None:
    first, second = map(identities, pair)
    assert None not in (*first, *second)
    assert first != second


@pytest.mark.parametrize(
    "raw",
    [
        wire.encode({"object": PAGE, "entry": [{"id": "0", "time": 1, "changes": [{"field": "feed", "value": {}}]}]}),
        change(PAGE, "parking", None, time=None),
        whatsapp("messages", errors=[{"code": 130429}]),
        whatsapp("history", history=[{"errors": [{"code": 2593109}]}]),
        whatsapp("smb_app_state_sync", state_sync=[{"type": "contact", "action": "add"}]),
    ],
)
def test_events_with_too_little_content_have_no_identity(raw: bytes) -> None:
    assert identities(raw) == (None,)


@pytest.mark.parametrize("raw", [b"", b"not json", b"[1]"])
def test_a_body_that_is_not_a_notification_has_no_identities(raw: bytes) -> None:
    assert identities(raw) == ()


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_an_event_is_the_same_in_whatever_way_its_json_is_written(pair: tuple[bytes, bytes]) -> None:
    value = json.loads(pair[0])
    written = (json.dumps(value, indent=1), json.dumps(value, ensure_ascii=False, sort_keys=True))
    assert {identities(text.encode()) for text in written} == {identities(pair[0])}


def test_an_event_is_the_same_alone_and_in_a_batch() -> None:
    pairs = [json.loads(raw) for raw, _ in SAME.values() if b'"object":"page"' in raw]
    entries = [inner for body in pairs for inner in body["entry"]]
    together = identities(wire.encode({"object": PAGE, "entry": entries}))
    assert together == tuple(one for body in pairs for one in identities(wire.encode(body)))


def test_an_item_is_the_same_alone_and_among_others() -> None:
    first, second = ({"id": f"wamid.{n}", "from": "4670", "timestamp": "1"} for n in (1, 2))
    together = identities(whatsapp("messages", contacts=[{"wa_id": "4670"}], messages=[first, second]))
    assert together == (
        *identities(whatsapp("messages", messages=[first])),
        *identities(whatsapp("messages", messages=[second])),
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("item", "verb", "comment_id", "created_time", "from", "message", "mid", "messages", "id"))
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(_JSON, st.sampled_from((PAGE, WHATSAPP, "instagram", "threads")))
def test_anything_has_an_identity_or_none_but_never_fails(value: Any, topic: str) -> None:
    body: Mapping[str, Any] = {
        "object": topic,
        "entry": [
            {"id": value, "time": 1, "changes": [{"field": "feed", "value": value}, {"field": "mentions"}]},
            {"id": "1", "messaging": [value, {"message": value}], "standby": [value]},
        ],
    }
    raw = json.dumps(body).encode()
    assert identities(raw) == identities(raw)
