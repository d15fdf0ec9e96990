"""The body of a notification, unpacked into one event for each thing that happened.

Sources: Meta's guide "Webhooks: Get started" (envelope, `changes`, `changed_fields`), the Messenger events reference
(`messaging`, `standby`), its "Calling webhooks" (`calls`, and a reply that is an entry itself; Mar 23, 2026), "Webhooks
for Threads" (its flat envelope; read 2026), and public captures for what the documents leave out. Ids come as numbers
or strings, key order varies, values may be objects, strings, lists or absent: nothing here trusts a type.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from msgspec import Struct

from hookscope.meta import wire
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.event_time import own_time, read_time
from hookscope.meta.whatsapp_items import items

MAX_EVENTS = 1000
"""Meta batches at most this many updates into one notification."""

_FAILABLE = ("statuses", "calls", "history")


class EntryForm(StrEnum):
    """The key of an entry that holds its events."""

    CHANGES = "changes"
    MESSAGING = "messaging"
    STANDBY = "standby"
    CALLS = "calls"
    CHANGED_FIELDS = "changed_fields"


class Event(Struct, frozen=True):
    """One change of one object, or one item of a WhatsApp change that reports several.

    `entry_time` is the entry's `time` as it came, of any type. `value` is the change's value, or the whole messaging
    event; `verb` the one that some topics put beside `field`. `part` names the list of the value that an item stood
    in: `value` then holds that item alone, as if it had come alone.
    """

    object: str
    entry_id: str | None
    entry_time: Any
    field: str
    form: EntryForm
    value: Any
    verb: str | None = None
    part: str | None = None

    @property
    def time(self) -> datetime | None:
        """The time at which the entry was sent, or else the event's own time.

        It is parsed on each access, because almost every event is asked for it only once.
        """
        sent = read_time(self.entry_time)
        return sent or (own_time(self.value[self.part][0]) if self.part else None) or own_time(self.value)

    @property
    def item(self) -> Mapping[str, Any]:
        """The item of a WhatsApp change, or else the value; empty when that is not an object."""
        found = self.value[self.part][0] if self.part else self.value
        return found if isinstance(found, dict) else {}

    @property
    def is_failure(self) -> bool:
        """True if Meta reports that something failed: a call, or WhatsApp's status or payment, or an error."""
        if self.part not in _FAILABLE and self.form is not EntryForm.CALLS:
            return self.part == "errors"
        payment = self.item.get("payment")
        transaction = payment.get("transaction") if isinstance(payment, dict) else None
        states = [one.get("status") for one in (self.item, transaction) if isinstance(one, dict)]
        return bool(self.item.get("errors")) or "failed" in (str(state).lower() for state in states)

    @property
    def is_test(self) -> bool:
        """True if the App Dashboard's Test button sent it: its entries have the id "0"."""
        return self.entry_id == "0"


class Notification(Struct, frozen=True, kw_only=True):
    """The events of a body, or the reason why it holds none."""

    events: tuple[Event, ...] = ()
    problem: str | None = None


def parse(body: bytes) -> Notification:
    """Unpack a notification's body; never raises."""
    try:
        return unpack(wire.decode(body))
    except ValueError as error:
        return Notification(problem=str(error))


def unpack(value: Any) -> Notification:
    """Unpack a decoded body; never raises."""
    try:
        if not isinstance(value, dict):
            return Notification(problem="the JSON is not an object")
        if not is_notification(value):
            return Notification(problem="no 'object' and list 'entry' in the JSON")
        found = _events(value["object"], value["entry"]) if "entry" in value else _flat_events(value)
        events = tuple(islice(found, MAX_EVENTS + 1))
        if len(events) > MAX_EVENTS:
            return Notification(
                events=events[:MAX_EVENTS], problem=f"more than {MAX_EVENTS} events; the rest is not shown"
            )
        return Notification(events=events, problem=None if events else "no event in any entry")
    except RecursionError:
        return Notification(problem="the JSON is nested too deeply")


def is_notification(value: Any) -> bool:
    """Return whether a decoded body has one of Meta's envelopes: `object` and `entry`, or the flat one of Threads."""
    if not isinstance(value, dict):
        return False
    return (isinstance(value.get("entry"), list) and isinstance(value.get("object"), str)) or _is_flat(value)


def messaging_field(event: Any, topic: str) -> str:
    """Return the subscription field that a `messaging[]` event belongs to, by the key it carries, if it names none.

    Instagram names four of the fields differently from Messenger.
    """
    if not isinstance(event, dict):
        return EntryForm.MESSAGING
    message = event.get("message")
    if isinstance(message, dict) and message.get("is_echo"):
        return "message_echoes"
    names = _INSTAGRAM_FIELDS if topic == "instagram" else _MESSAGING_FIELDS
    told = _word(event.get("field"))  # A comment in a group has a `message` too: its text.
    found = told or next((names[key] for key in event if key in names), None)
    return found or next((key for key in event if key not in MESSAGING_FRAME), EntryForm.MESSAGING)


MESSAGING_FRAME = frozenset(("sender", "recipient", "timestamp", "id", "time"))
"""Keys of a `messaging[]` event beside the one that tells what happened; `id` and `time` if it is an entry itself."""

_HANDOVERS = ("pass_thread_control", "take_thread_control", "request_thread_control", "app_roles")
_MESSAGING_FIELDS = {
    "message": "messages",
    "message_edit": "message_edits",
    "delivery": "message_deliveries",
    "read": "message_reads",
    "reaction": "message_reactions",
    "postback": "messaging_postbacks",
    "referral": "messaging_referrals",
    "optin": "messaging_optins",
    "account_linking": "messaging_account_linking",
    "policy_enforcement": "messaging_policy_enforcement",
    "policy-enforcement": "messaging_policy_enforcement",
    "game_play": "messaging_game_plays",
    "payment": "messaging_payments",
    "pre_checkout": "messaging_pre_checkouts",
    "checkout_update": "messaging_checkout_updates",
    **dict.fromkeys(_HANDOVERS, "messaging_handovers"),
}
_INSTAGRAM_FIELDS = {
    **_MESSAGING_FIELDS,
    "message_edit": "message_edit",
    "read": "messaging_seen",
    "referral": "messaging_referral",
    **dict.fromkeys(_HANDOVERS, "messaging_handover"),
}


def _is_flat(body: Mapping[str, Any]) -> bool:
    return "entry" not in body and "target_id" in body and isinstance(body.get("values"), dict | list)


def _flat_events(body: Mapping[str, Any]) -> Iterator[Event]:
    """Unpack `{"target_id", "time", "values": {"field", "value"}, …}`, as Threads sends it; `values` may be a list."""
    values = body["values"]
    entry = {
        "id": body["target_id"],
        "time": body.get("time"),
        "changes": values if isinstance(values, list) else [values],
    }
    return _events("threads", [entry])


def _events(topic: str, entries: Sequence[Any]) -> Iterator[Event]:
    for entry in entries:
        if isinstance(entry, dict):
            given = entry.get("id", entry.get("uid"))
            yield from _events_of_entry(topic, entry, None if given is None else str(given), entry.get("time"))


def _events_of_entry(topic: str, entry: dict[str, Any], entry_id: str | None, time: Any) -> Iterator[Event]:
    # By position, since each is waited for by a sender: by name an event takes half as long again.
    # The Instagram documents show field and value on the entry itself; deliveries wrap them in changes.
    for change in _list(entry, "changes") or ([entry] if isinstance(entry.get("field"), str) else ()):
        if isinstance(change, dict):
            field, verb, value = _word(change.get("field")) or "?", _word(change.get("verb")), change.get("value")
            if topic == WHATSAPP:
                for part, inner in items(value):
                    yield Event(topic, entry_id, time, field, EntryForm.CHANGES, inner, verb, part)
            else:
                yield Event(topic, entry_id, time, field, EntryForm.CHANGES, value, verb)
    if "messaging" in entry:
        for message in _list(entry, "messaging"):
            yield Event(topic, entry_id, time, messaging_field(message, topic), EntryForm.MESSAGING, message)
    if "standby" in entry:
        for message in _list(entry, "standby"):
            yield Event(topic, entry_id, time, "standby", EntryForm.STANDBY, message)
    if "calls" in entry:
        for call in _list(entry, "calls"):
            yield Event(topic, entry_id, time, "calls", EntryForm.CALLS, call)
    if is_messaging_itself(entry):
        yield Event(topic, entry_id, time, messaging_field(entry, topic), EntryForm.MESSAGING, entry)
    if "changed_fields" in entry:
        for name in _list(entry, "changed_fields"):
            yield Event(topic, entry_id, time, _word(name) or "?", EntryForm.CHANGED_FIELDS, None)


def is_messaging_itself(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry is a messaging event, as Messenger's reply to a request for a call is documented."""
    return isinstance(entry.get("sender"), dict) and entry.keys().isdisjoint(EntryForm) and "field" not in entry


def _list(entry: dict[str, Any], key: str) -> list[Any]:
    value = entry.get(key)
    return value if isinstance(value, list) else []


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
