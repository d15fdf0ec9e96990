"""A WhatsApp change that tells of several things is several events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hookscope.meta import wire
from hookscope.meta.notification import Event, parse
from hookscope.meta.senders import senders
from hookscope.meta.whatsapp_items import items
from hookscope.model.unpacked import unpack

METADATA = {"display_phone_number": "15550100", "phone_number_id": "41"}
BO = {"profile": {"name": "Bo"}, "wa_id": "4670", "user_id": "SE.1"}
CY = {"profile": {"name": "Cy"}, "wa_id": "4671", "user_id": "SE.2"}


def text(number: int, **more: Any) -> dict[str, Any]:
    """Return a message; its sender is Bo unless `more` says otherwise."""
    return {
        "from": "4670",
        "id": f"wamid.{number}",
        "timestamp": str(1700000000 + number),
        "type": "text",
        "text": {"body": f"text {number}"},
        **more,
    }


def body(field: str, **value: Any) -> bytes:
    full = {"messaging_product": "whatsapp", "metadata": METADATA, **value}
    change = {"field": field, "value": full}
    return wire.encode({"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]})


def events(field: str, **value: Any) -> tuple[Event, ...]:
    return parse(body(field, **value)).events


def seconds(event: Event) -> float | None:
    return None if event.time is None else event.time.timestamp()


def test_each_message_is_an_event_with_its_own_time_and_text() -> None:
    raw = body("messages", contacts=[BO], messages=[text(1), text(2), text(3)])
    assert [event.item["text"]["body"] for event in parse(raw).events] == ["text 1", "text 2", "text 3"]
    assert [seconds(event) for event in parse(raw).events] == [1700000001, 1700000002, 1700000003]
    assert [line.summary for line in unpack(raw).events] == [f"text from 4670: text {number}" for number in (1, 2, 3)]


def test_an_item_reads_as_had_it_come_alone() -> None:
    together = events("messages", contacts=[BO, CY], messages=[text(1), text(2, **{"from": "4671"})])
    alone = events("messages", contacts=[CY], messages=[text(2, **{"from": "4671"})])
    assert together[1].value == alone[0].value
    assert together[0].value["contacts"] == [BO]


def test_messages_statuses_and_errors_of_one_change_are_events() -> None:
    status = {"id": "wamid.5", "status": "read", "timestamp": "1700000005", "recipient_id": "4671"}
    found = events("messages", contacts=[BO], messages=[text(1)], statuses=[status], errors=[{"code": 130429}])
    assert [event.part for event in found] == ["messages", "statuses", "errors"]
    assert "contacts" not in found[1].value
    assert [event.is_failure for event in found] == [False, False, True]


def test_an_error_that_an_item_has_as_well_belongs_to_that_item() -> None:
    silent = {"code": 138021, "title": "No media", "message": "No media", "error_data": {"details": "No media."}}
    busy = {"code": 138000, "title": "Busy"}
    other = {"code": 131000, "title": "Something went wrong"}
    calls = [
        {"id": "wacid.1", "event": "terminate", "status": "FAILED", "errors": [silent]},
        {"id": "wacid.2", "event": "terminate", "status": "FAILED", "errors": [busy]},
        {"id": "wacid.3", "event": "terminate", "status": "COMPLETED"},
    ]
    found = events("calls", calls=calls, errors=[silent, busy, other])
    assert [(event.part, event.value.get("errors")) for event in found] == [
        ("calls", [silent]),
        ("calls", [busy]),
        ("calls", None),
        ("errors", [other]),
    ]


def test_errors_that_say_nothing_are_each_an_event() -> None:
    found = events("calls", calls=[{"id": "wacid.1", "errors": [{}]}], errors=[{}, {}])
    assert [event.part for event in found] == ["calls", "errors", "errors"]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("messages", "messages"),
        ("messages", "statuses"),
        ("message_echoes", "message_echoes"),
        ("smb_message_echoes", "message_echoes"),
        ("calls", "calls"),
        ("calls", "statuses"),
        ("group_lifecycle_update", "groups"),
        ("group_participants_update", "groups"),
        ("user_preferences", "user_preferences"),
        ("user_id_update", "user_id_update"),
        ("smb_app_state_sync", "state_sync"),
        ("history", "history"),
        ("automatic_events", "automatic_events"),
        ("consumer_profile", "contacts"),
        ("messages", "errors"),
    ],
)
def test_every_list_of_items_is_taken_apart(field: str, name: str) -> None:
    found = events(field, **{name: [{"n": 1, "timestamp": 1700000001}, {"n": 2, "timestamp": 1700000002}]})
    assert [(event.field, event.part, event.item["n"], seconds(event)) for event in found] == [
        (field, name, 1, 1700000001.0),
        (field, name, 2, 1700000002.0),
    ]


def test_a_change_of_the_account_is_one_event_whatever_lists_it_holds() -> None:
    value = {"event": "ENDPOINT_ERROR_RATE", "errors": [{"error_type": "A"}, {"error_type": "B"}]}
    assert [*items(value)] == [(None, value)]


@pytest.mark.parametrize("value", [{}, {"messages": []}, {"messages": "x"}, {"messages": ["x", 1]}, [], None, "x"])
def test_a_value_without_items_stays_whole(value: object) -> None:
    assert [*items(value)] == [(None, value)]


def test_a_person_whom_only_the_contacts_name_is_the_sender() -> None:
    message = text(1)
    del message["from"]
    (event,) = events("messages", contacts=[{"profile": {"name": "Bo"}, "user_id": "SE.1"}], messages=[message])
    assert senders(event) == {"SE.1"}


def test_of_several_messages_without_sender_each_has_the_contact_at_its_place() -> None:
    messages = [{"id": "wamid.1"}, {"id": "wamid.2"}]
    assert [senders(event) for event in events("messages", contacts=[BO, CY], messages=messages)] == [
        {"4670", "SE.1"},
        {"4671", "SE.2"},
    ]


def test_the_recipient_of_a_message_or_call_is_not_its_sender() -> None:
    status = {"id": "wamid.1", "status": "sent", "recipient_user_id": "SE.1"}
    call = {"id": "wacid.1", "from": "15550100", "to": "4670", "event": "connect"}
    (told,) = events("messages", contacts=[BO], statuses=[status])
    (called,) = events("calls", contacts=[BO], calls=[call])
    assert (senders(told), senders(called)) == (set(), {"15550100"})


def test_whose_preference_or_user_id_changed_is_found() -> None:
    preference = {"wa_id": "4670", "category": "marketing_messages", "value": "stop", "timestamp": 1700000000}
    changed = {"wa_id": "4670", "user_id": {"previous": "SE.1", "current": "SE.7"}, "timestamp": "1700000000"}
    (first,) = events("user_preferences", user_preferences=[preference])
    (second,) = events("user_id_update", user_id_update=[changed])
    assert senders(first) == {"4670"}
    assert senders(second) == {"4670", "SE.1", "SE.7"}


def test_the_time_of_a_synchronised_contact_is_in_its_metadata() -> None:
    contact = {"type": "contact", "action": "add", "metadata": {"timestamp": "1700000009"}}
    first, second = events("smb_app_state_sync", state_sync=[contact, {"type": "contact", "action": "remove"}])
    assert first.time == datetime(2023, 11, 14, 22, 13, 29, tzinfo=UTC)
    assert second.time is None


@pytest.mark.parametrize(
    "item",
    [
        {"statuses": [{"id": "1", "status": "sent"}, {"id": "2", "status": "failed", "recipient_id": "4671"}]},
        {"calls": [{"id": "1", "status": "COMPLETED"}, {"id": "2", "event": "terminate", "status": "FAILED"}]},
        {"history": [{"threads": []}, {"errors": [{"code": 2593109}]}]},
    ],
)
def test_a_failure_leads_its_batch(item: dict[str, Any]) -> None:
    unpacked = unpack(body("messages", **item))
    assert [event.failed for event in unpacked.events] == [False, True]
    assert unpacked.lead is unpacked.events[1]


def test_contacts_of_any_number_cost_each_item_no_more_than_its_own() -> None:
    contacts = [{"wa_id": str(number)} for number in range(900)]
    messages = [{"id": str(number), "from": str(number)} for number in range(900)]
    found = events("messages", contacts=contacts, messages=messages)
    assert sum(len(event.value["contacts"]) for event in found) == 900


def test_whoever_writes_to_a_business_with_a_parent_account_is_found_by_its_ids() -> None:
    contact = {"wa_id": "31", "user_id": "NL.1", "parent_user_id": "NL.ENT.1"}
    message = {"id": "w", "from": "31", "from_user_id": "NL.1", "from_parent_user_id": "NL.ENT.1", "type": "sticker"}
    value = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    (event,) = parse(wire.encode({"object": "whatsapp_business_account", "entry": [entry]})).events
    assert senders(event) == {"31", "NL.1", "NL.ENT.1"}
