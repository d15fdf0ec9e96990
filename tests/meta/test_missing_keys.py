"""Lines about events without a key that others of their kind have: nothing is said where nothing is known."""

import json
from typing import Any

import pytest

import hookscope
from hookscope.meta.notification import parse
from hookscope.meta.summaries.story import tell


def changed(topic: str, field: str, value: dict[str, Any]) -> bytes:
    return json.dumps({"object": topic, "entry": [{"id": "1", "changes": [{"field": field, "value": value}]}]}).encode()


def messaged(event: dict[str, Any]) -> bytes:
    return json.dumps({"object": "page", "entry": [{"id": "1", "messaging": [event]}]}).encode()


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"message": {"mid": "1", "text": "hi"}}, "message: hi"),
        ({"message": {"mid": "1", "is_unsupported": True}}, "message: [unsupported]"),
        ({"message": {"mid": "1", "is_echo": True, "text": "hi"}}, "message echo: hi"),
        ({"delivery": {"mids": ["1"]}}, "delivered"),
        ({"sender": {"id": "7"}, "delivery": {"mids": ["1"]}}, "delivered to 7"),
        ({"read": {}}, "read"),
    ],
)
def test_a_messaging_event_of_nobody_names_nobody(event: dict[str, Any], line: str) -> None:
    assert hookscope.summarize(messaged(event)) == line


@pytest.mark.parametrize(
    ("topic", "field", "value", "line"),
    [
        ("page", "leadgen", {"form_id": "5"}, "lead from form 5"),
        ("page", "leadgen", {"page_id": "5"}, "lead"),
        ("instagram", "mentions", {"comment_id": "5"}, "mention in a comment"),
        ("instagram", "comments", {"from": {"id": "2"}, "text": "hi"}, "comment by 2: hi"),
        ("instagram", "live_comments", {"from": {"id": "2"}}, "comment by 2"),
        ("page", "new_field", {"from": {"id": "2"}, "message": "hi"}, "new field by 2: hi"),
    ],
)
def test_a_change_without_a_name_names_the_id_or_nothing(
    topic: str, field: str, value: dict[str, Any], line: str
) -> None:
    assert hookscope.summarize(changed(topic, field, value)) == line


def test_a_mention_names_its_sender() -> None:
    value = {"item": "post", "verb": "add", "sender_id": "2", "sender_name": "Ada", "message": "hi"}
    body = changed("page", "mention", value)
    assert hookscope.summarize(body) == "post add by Ada: hi"
    (event,) = parse(body).events
    assert (tell(event).who, tell(event).words) == ("Ada", "hi")


@pytest.mark.parametrize("state", ["SCHEDULE_FOR_DISABLE", ["SCHEDULE_FOR_DISABLE"]])
def test_a_ban_says_its_state_in_either_form(state: Any) -> None:
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state, "waba_ban_date": "November 20, 2026"}}
    body = changed("whatsapp_business_account", "account_update", value)
    assert hookscope.summarize(body) == "disabled update: SCHEDULE_FOR_DISABLE, November 20, 2026"
