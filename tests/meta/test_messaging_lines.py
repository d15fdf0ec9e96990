"""Summaries of the `messaging[]` events of Messenger and Instagram: what an attachment shows, who has no id."""

from typing import Any

import pytest

from hookscope.meta import wire
from hookscope.meta.fingerprint import fingerprint
from hookscope.meta.notification import Event, parse
from hookscope.meta.senders import senders
from hookscope.meta.summaries.story import tell
from hookscope.meta.summaries.summary import summarize

PAGE = {"id": "100200"}


def event_of(event: dict[str, Any]) -> Event:
    entry = {"id": "100200", "time": 1760000000000, "messaging": [{"recipient": PAGE, **event}]}
    (found,) = parse(wire.encode({"object": "page", "entry": [entry]})).events
    return found


def line_of(message: dict[str, Any]) -> str:
    return summarize(event_of({"sender": {"id": "700"}, "message": {"mid": "m_1", **message}})).summary


@pytest.mark.parametrize(
    ("attachment", "shown"),
    [
        ({"type": "fallback", "title": "An old link", "url": "https://example.com/", "payload": None}, "An old link"),
        ({"type": "fallback"}, ""),
        ({"type": "location", "title": "Ann's place", "payload": {"coordinates": {"lat": 1.5, "long": 2}}}, "1.5, 2"),
        ({"type": "template", "payload": {"template_type": "button", "text": "Shall we?", "buttons": []}}, "Shall we?"),
        ({"type": "template", "payload": {"elements": [{"title": "Mug"}, {"title": "Cup"}]}}, "Mug, Cup"),
        ({"type": "template", "payload": {"product": {"elements": [{"title": "Blue mug"}]}}}, "Blue mug"),
    ],
)
def test_an_attachment_is_shown_by_what_it_says(attachment: dict[str, Any], shown: str) -> None:
    wanted = f"message from 700: [{attachment['type']}] {shown}".rstrip()
    assert line_of({"attachments": [attachment]}) == wanted


def test_a_quick_reply_without_text_is_shown_by_its_payload() -> None:
    assert line_of({"quick_reply": {"payload": "COLOUR_RED"}}) == "message from 700: COLOUR_RED"
    assert line_of({"text": "Red", "quick_reply": {"payload": "COLOUR_RED"}}) == "message from 700: Red"


def test_a_guest_of_the_chat_plugin_is_known_by_the_user_ref() -> None:
    event = event_of({"sender": {"user_ref": "ref-7"}, "postback": {"title": "Hours", "payload": "HOURS"}})
    assert summarize(event).summary == "postback by ref-7: Hours"
    assert senders(event) == {"ref-7"}
    assert (tell(event).who, tell(event).whom, tell(event).words) == ("ref-7", "Page", "Hours")


def test_a_comment_in_a_group_comes_as_a_message() -> None:
    comment = {"item": "comment", "verb": "add", "comment_id": "c", "created_time": 1760000000, "message": "Blue?"}
    event = event_of({"from": {"id": "70", "name": "Ann"}, "group_id": "g", **comment, "field": "group_feed"})
    assert (event.field, summarize(event).summary) == ("group_feed", "comment add by Ann: Blue?")
    assert senders(event) == {"70"}
    assert (tell(event).who, tell(event).whom, tell(event).words) == ("Ann", "Page", "Blue?")
    again = event_of({"from": {"id": "70", "name": "Ann B"}, "group_id": "g", **comment, "field": "group_feed"})
    assert fingerprint([event]) == fingerprint([again])


@pytest.mark.parametrize("key", ["policy_enforcement", "policy-enforcement"])
def test_a_policy_s_enforcement_is_read_however_it_is_spelled(key: str) -> None:
    event = event_of({key: {"action": "warning", "reason": "too many messages"}})
    assert event.field == "messaging_policy_enforcement"
    assert summarize(event).summary == "policy enforcement warning: too many messages"
