"""The body of a notification, unpacked into one event a change.

Sources: Meta's guide "Webhooks: Get started" (envelope, `changes`, `changed_fields`), the Messenger events reference
(`messaging`, `standby`), and public captures for what the documents leave out. Ids come as numbers or strings, key
order varies, values may be objects, strings, lists or absent: nothing here trusts a type.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from hookscope.meta import wire
from hookscope.value_class import value_class

MAX_EVENTS = 1000
"""Meta batches at most this many updates into one notification."""

_MILLISECONDS_FROM = 10**11
"""`entry.time` is in seconds for `changes` and in milliseconds for `messaging`; no time before 1973 is meant."""


class Form(StrEnum):
    """The key of an entry under which its events stand."""

    CHANGES = "changes"
    MESSAGING = "messaging"
    STANDBY = "standby"
    CHANGED_FIELDS = "changed_fields"


@value_class(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of one object.

    `value` is the change's value, or the whole messaging event; `verb` the one that some topics put beside `field`.
    """

    object: str
    entry_id: str | None
    time: datetime | None
    field: str
    form: Form
    value: Any
    verb: str | None = None

    @property
    def is_test(self) -> bool:
        """Whether the Test button of the App Dashboard made it: its entries have the id "0"."""
        return self.entry_id == "0"


@value_class(frozen=True, slots=True, kw_only=True)
class Notification:
    """The events of a body, or the reason why it holds none."""

    events: tuple[Event, ...] = ()
    problem: str | None = None


def parse(body: bytes) -> Notification:
    """Unpack a notification's body; never raises."""
    try:
        value = wire.decode(body)
        if not isinstance(value, dict):
            return Notification(problem="the JSON is no object")
        if not isinstance(value.get("object"), str) or not isinstance(value.get("entry"), list):
            return Notification(problem="no 'object' and list 'entry' in the JSON")
        events = tuple(islice(_events(value["object"], value["entry"]), MAX_EVENTS + 1))
        if len(events) > MAX_EVENTS:
            return Notification(
                events=events[:MAX_EVENTS], problem=f"more than {MAX_EVENTS} events; the rest is not shown"
            )
        return Notification(events=events, problem=None if events else "no event in any entry")
    except ValueError as error:
        return Notification(problem=str(error))
    except RecursionError:
        return Notification(problem="the JSON is nested too deeply")


def messaging_field(event: Any, topic: str) -> str:
    """The subscription field that a `messaging[]` event belongs to, by the key it carries.

    Instagram names four of the fields otherwise than Messenger does.
    """
    if not isinstance(event, dict):
        return Form.MESSAGING
    message = event.get("message")
    if isinstance(message, dict) and message.get("is_echo"):
        return "message_echoes"
    names = _INSTAGRAM_FIELDS if topic == "instagram" else _MESSAGING_FIELDS
    found = next((names[key] for key in event if key in names), None)
    return found or next((key for key in event if key not in _FRAME), Form.MESSAGING)


_FRAME = frozenset(("sender", "recipient", "timestamp"))
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


def _events(topic: str, entries: Sequence[Any]) -> Iterator[Event]:
    for entry in entries:
        if isinstance(entry, dict):
            given = entry.get("id", entry.get("uid"))
            yield from _entry_events(topic, entry, None if given is None else str(given), _time(entry.get("time")))


def _entry_events(topic: str, entry: dict[str, Any], entry_id: str | None, time: datetime | None) -> Iterator[Event]:
    def event(form: Form, field: str, value: Any, verb: str | None = None) -> Event:
        return Event(object=topic, entry_id=entry_id, time=time, field=field, form=form, value=value, verb=verb)

    # The Instagram documents show field and value on the entry itself; deliveries wrap them in changes.
    for change in _list(entry, "changes") or ([entry] if isinstance(entry.get("field"), str) else ()):
        if isinstance(change, dict):
            field, verb = _word(change.get("field")), _word(change.get("verb"))
            yield event(Form.CHANGES, field or "?", change.get("value"), verb)
    for message in _list(entry, "messaging"):
        yield event(Form.MESSAGING, messaging_field(message, topic), message)
    for message in _list(entry, "standby"):
        yield event(Form.STANDBY, "standby", message)
    for name in _list(entry, "changed_fields"):
        yield event(Form.CHANGED_FIELDS, _word(name) or "?", None)


def _list(entry: dict[str, Any], key: str) -> list[Any]:
    value = entry.get(key)
    return value if isinstance(value, list) else []


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: Any) -> datetime | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
