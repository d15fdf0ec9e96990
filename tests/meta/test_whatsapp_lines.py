"""Summaries of WhatsApp's events: edits, failures, restrictions, preferences, people without a number."""

from typing import Any

import pytest

from hookscope.meta import wire
from hookscope.meta.notification import parse
from hookscope.meta.summaries.story import tell
from hookscope.meta.summaries.summary import summarize

FRAME: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550001111", "phone_number_id": "8"},
}
ANN = {"profile": {"name": "Ann"}, "wa_id": "15550002222", "user_id": "US.77"}
SENT = {"from": "15550002222", "id": "wamid.1", "timestamp": "1760000000"}


def lines(field: str, value: dict[str, Any]) -> list[str]:
    entry = {"id": "55", "time": 1760000000, "changes": [{"field": field, "value": value}]}
    body = wire.encode({"object": "whatsapp_business_account", "entry": [entry]})
    return [summarize(event).summary for event in parse(body).events]


MESSAGES = [
    ({"type": "edit", "edit": {"message": {"type": "text", "text": {"body": "corrected"}}}}, "edit from #: corrected"),
    ({"type": "edit", "edit": {"message": {"type": "image", "image": {"caption": "so"}}}}, "edit from #: so"),
    ({"type": "edit", "edit": {"original_message_id": "wamid.0"}}, "edit from #"),
    ({"type": "revoke", "revoke": {"original_message_id": "x"}}, "revoke from #"),
    (
        {"type": "unknown", "errors": [{"code": 131051, "title": "Unsupported message type", "details": "no"}]},
        "unknown from #: 131051 Unsupported message type",
    ),
    (
        {"type": "unsupported", "unsupported": {"type": "poll"}, "errors": [{"code": 131051, "title": "Unknown"}]},
        "unsupported from #: poll, 131051 Unknown",
    ),
    ({"type": "location", "location": {"latitude": -10.93, "longitude": -10.6}}, "location from #: -10.93, -10.6"),
    ({"type": "audio", "audio": {"voice": True}}, "audio from #: voice message"),
    ({"type": "contacts", "contacts": [{"phones": [{"phone": "+1 2"}]}]}, "contacts from #: +1 2"),
    (
        {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}},
        "interactive from #: {}",
    ),
    ({"type": "order", "order": {"product_items": [{}]}}, "order from #: 1 item"),
    ({"type": "text", "text": {"body": "hi"}, "group_id": "G7"}, "text from # in group G7: hi"),
    (
        {"type": "system", "system": {"type": "user_changed_user_id", "user_id": "US.2"}},
        "system from #: user changed user id US.2",
    ),
    (
        {
            "type": "interactive",
            "interactive": {
                "type": "payment_method",
                "payment_method": {"payment_method": "card", "reference_id": "order-7", "last_four_digits": "5235"},
            },
        },
        "interactive from #: payment_method card, reference_id order-7, last_four_digits 5235",
    ),
    ({"type": "interactive", "to": "15550004444"}, "interactive from # to 15550004444"),
    ({"type": "something_new"}, "something new from #"),
    ({"type": "edit", "edit": []}, "edit from #"),
]


@pytest.mark.parametrize(("message", "line"), MESSAGES)
def test_a_message(message: dict[str, Any], line: str) -> None:
    value = {**FRAME, "contacts": [ANN], "messages": [{**SENT, **message}]}
    assert lines("messages", value) == [line.replace("#", "15550002222")]


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ({"profile": {"name": "Ann"}, "user_id": "US.77"}, "text from US.77: hello"),
        ({"profile": {"name": "Ann", "username": "ann.b"}}, "text from ann.b: hello"),
        ({"profile": {"name": "Ann"}}, "text from Ann: hello"),
        ({}, "text: hello"),
    ],
)
def test_somebody_without_a_number_is_known_by_the_contact(contact: dict[str, Any], line: str) -> None:
    message = {"id": "wamid.nf", "timestamp": "1760000000", "type": "text", "text": {"body": "hello"}}
    assert lines("messages", {**FRAME, "contacts": [contact], "messages": [message]}) == [line]


@pytest.mark.parametrize(
    ("echo", "line"),
    [
        ({"type": "text", "text": {"body": "yes"}}, "message echo to 15550002222: yes"),
        ({"type": "image", "image": {"caption": "so"}}, "message echo image to 15550002222: so"),
        ({"type": "revoke", "revoke": {"original_message_id": "x"}}, "message echo revoke to 15550002222"),
        (
            {"type": "edit", "edit": {"message": {"type": "text", "text": {"body": "no"}}}},
            "message echo edit to 15550002222: no",
        ),
    ],
)
def test_an_echo(echo: dict[str, Any], line: str) -> None:
    assert lines("smb_message_echoes", {**FRAME, "message_echoes": [{"to": "15550002222", **echo}]}) == [line]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ({"status": "delivered", "recipient_user_id": "US.7"}, "status delivered to US.7"),
        (
            {"status": "failed", "recipient_id": "1", "errors": [{"code": 131026, "title": "Undeliverable"}]},
            "status failed to 1: 131026 Undeliverable",
        ),
        ({"status": "read", "recipient_id": "G", "recipient_participant_id": "1"}, "status read to 1 in group G"),
        ({"type": "call", "status": "RINGING", "recipient_id": "1"}, "call ringing to 1"),
        (
            {
                "type": "payment",
                "status": "pending",
                "recipient_id": "1",
                "payment": {
                    "reference_id": "o-7",
                    "transaction": {
                        "status": "failed",
                        "error": {"code": "BAD_REQUEST_ERROR", "reason": "payment_failed"},
                    },
                },
            },
            "payment pending to 1: o-7, failed BAD_REQUEST_ERROR payment_failed",
        ),
        (
            {"type": "payment", "status": "captured", "recipient_id": "1", "payment": {"reference_id": "o-7"}},
            "payment captured to 1: o-7",
        ),
    ],
)
def test_a_status(status: dict[str, Any], line: str) -> None:
    assert lines("messages", {**FRAME, "statuses": [{"id": "wamid.1", **status}]}) == [line]


@pytest.mark.parametrize(("state", "failed"), [("failed", True), ("success", False)])
def test_a_payment_that_failed_is_a_failure(state: str, failed: bool) -> None:
    status = {"id": "wamid.1", "type": "payment", "status": "pending", "payment": {"transaction": {"status": state}}}
    entry = {"id": "55", "changes": [{"field": "messages", "value": {**FRAME, "statuses": [status]}}]}
    (event,) = parse(wire.encode({"object": "whatsapp_business_account", "entry": [entry]})).events
    assert summarize(event).failed is failed


def test_a_message_and_a_status_of_one_change_are_two_lines() -> None:
    status = {"id": "wamid.Z", "status": "delivered", "recipient_id": "15550003333"}
    message = {**SENT, "type": "text", "text": {"body": "both"}}
    value = {**FRAME, "contacts": [ANN], "messages": [message], "statuses": [status]}
    assert lines("messages", value) == ["text from 15550002222: both", "status delivered to 15550003333"]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (
            {
                "event": "terminate",
                "direction": "BUSINESS_INITIATED",
                "status": "FAILED",
                "from": "1",
                "to": "2",
                "errors": [{"code": 138021, "message": "not connected"}],
            },
            "call terminate to 2: failed, 138021 not connected",
        ),
        (
            {"event": "terminate", "from": "1", "status": "COMPLETED", "duration": 60},
            "call terminate from 1: completed, 60 s",
        ),
        ({"event": "connect", "from_user_id": "US.1"}, "call connect from US.1"),
    ],
)
def test_a_call(call: dict[str, Any], line: str) -> None:
    assert lines("calls", {**FRAME, "calls": [{"id": "w1", **call}]}) == [line]


FIELDS = [
    (
        "user_preferences",
        {**FRAME, "user_preferences": [{"wa_id": "1", "category": "marketing_messages", "value": "stop"}]},
        "marketing messages stop by 1",
    ),
    (
        "user_id_update",
        {**FRAME, "user_id_update": [{"wa_id": "1", "user_id": {"previous": "US.1", "current": "US.2"}}]},
        "user id update: US.1 to US.2 (1)",
    ),
    (
        "automatic_events",
        {
            **FRAME,
            "automatic_events": [{"event_name": "Purchase", "custom_data": {"currency": "USD", "value": 25000}}],
        },
        "automatic event: Purchase, 25000 USD",
    ),
    (
        "messages",
        {
            **FRAME,
            "user_actions": [
                {
                    "action_type": "marketing_messages_link_click",
                    "timestamp": "1760000000",
                    "marketing_messages_link_click_data": {
                        "click_component": "cta",
                        "product_id": "sku-1",
                        "click_id": "c1",
                    },
                }
            ],
        },
        "marketing messages link click: cta, sku-1",
    ),
    (
        "group_settings_update",
        {
            **FRAME,
            "groups": [{"type": "group_settings_update", "group_subject": {"text": "x", "update_successful": False}}],
        },
        "group settings update: subject x, not changed",
    ),
    (
        "group_settings_update",
        {
            **FRAME,
            "groups": [
                {
                    "type": "group_settings_update",
                    "profile_picture": {"update_successful": True},
                    "group_subject": {"text": "x", "update_successful": False, "errors": [{"code": 1, "title": "E"}]},
                    "group_description": {"text": "y", "update_successful": False},
                }
            ],
        },
        "group settings update: subject x, not changed, 1 E, description y, not changed, profile picture",
    ),
    ("something_new", {**FRAME, "expiration": 1760000000, "inner": {"a": 1}}, None),
]


@pytest.mark.parametrize(("field", "value", "line"), FIELDS)
def test_a_field(field: str, value: dict[str, Any], line: str | None) -> None:
    (found,) = lines(field, value)
    assert found == line if line else "1760000000" not in found


def stories(field: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    entry = {"id": "55", "time": 1760000000, "changes": [{"field": field, "value": value}]}
    body = wire.encode({"object": "whatsapp_business_account", "entry": [entry]})
    return [(story.who, story.whom) for story in map(tell, parse(body).events)]


def test_the_history_has_messages_of_both_sides() -> None:
    image = {"id": "wamid.1", "type": "image", "image": {"id": "9"}}
    sent = {**image, "from": "15550001111", "to": "15550002222"}
    value = {**FRAME, "messages": [{**image, "from": "15550002222"}, sent]}
    assert stories("history", value) == [("15550002222", "15550001111"), ("15550001111", "15550002222")]


def test_each_contact_that_is_handed_over_has_a_line() -> None:
    synced = [
        {"type": "contact", "contact": {"full_name": "Ann B", "phone_number": "1"}, "action": "remove"},
        {"type": "contact", "contact": {"full_name": "Cy D", "phone_number": "2"}, "action": "add"},
    ]
    assert lines("smb_app_state_sync", {**FRAME, "state_sync": synced}) == [
        "contact remove: Ann B",
        "contact add: Cy D",
    ]


@pytest.mark.parametrize("levels", [10, 100, 240])
def test_deeply_nested_bodies_have_a_line_too(levels: int) -> None:
    edit: dict[str, Any] = {"type": "text", "text": {"body": "deep"}}
    nest: dict[str, Any] = {"a": 1}
    for _ in range(levels):
        edit, nest = {"type": "edit", "edit": {"message": edit}}, {"inner": [nest]}
    assert lines("messages", {**FRAME, "messages": [{**SENT, **edit}]}) == ["edit from 15550002222"]
    assert lines("something_new", nest) == ["something new"]


def test_of_several_contacts_none_is_taken_for_the_sender_of_a_message_that_names_nobody() -> None:
    message = {"id": "wamid.1", "timestamp": "1760000000", "type": "text", "text": {"body": "hello"}}
    bo = {"profile": {"name": "Bo"}, "wa_id": "15550003333"}
    assert lines("messages", {**FRAME, "contacts": [ANN, bo], "messages": [message]}) == ["text: hello"]
