"""The description of an event for people: actor, action, recipient, and quoted text.

It is built on the event's summary, which says the same in one line for a log.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.event_time import own_time
from hookscope.meta.json_access import first_text, objects_at, text_at
from hookscope.meta.notification import EntryForm, Event
from hookscope.meta.summaries.summary import EventLine, summarize

_OWN_SIDE = {"page": "Page", "instagram": "Instagram", WHATSAPP: "WhatsApp", "threads": "Threads"}
_LINKS = (" by ", " from ", " to ", " in a comment by ")
_WHATSAPP_SENT = frozenset(("statuses", "message_echoes"))


class Story(EventLine, frozen=True, kw_only=True):
    """An event for a list: `who` did `action` to `whom`, saying `words`; each is empty if unknown.

    `happened` is the event's own time, else that of its entry. `is_echo` is true for messages that the account itself
    has sent; `state` is a message's status, such as "delivered".
    """

    who: str = ""
    whom: str = ""
    words: str = ""
    happened: datetime | None = None
    is_echo: bool = False
    state: str = ""


def tell(event: Event) -> Story:
    """Describe an event of any shape; never raises. The texts are single lines, and hold whatever the sender wrote."""
    line = summarize(event)
    sides = _sides(event)
    who, whom = (_one_line(next(iter(side), "")) for side in sides)
    names = {_one_line(name) for side in sides for name in side}
    happened = own_time(event.item) or own_time(event.value) or event.time
    return Story(
        object=line.object,
        entry_id=line.entry_id,
        time=line.time,
        field=line.field,
        action=line.action,
        summary=line.summary,
        failed=line.failed,
        who=who,
        whom=whom,
        words=_rest(line, names),
        happened=happened,
        is_echo=_is_echo(event),
        state=_state(event),
    )


def _sides(event: Event) -> tuple[list[str], list[str]]:
    """Return the possible names of the actor and of the recipient, the best first."""
    own, value = [_OWN_SIDE.get(event.object, "")], event.value
    if not isinstance(value, Mapping):
        return [], []
    if isinstance(value.get("sender"), Mapping):
        return _messaging(event, value, own)
    if event.form is EntryForm.CALLS:
        return _call(value, own)
    if event.part:
        return _whatsapp(event, own)
    if event.object == WHATSAPP:
        return [], []  # A change of the account: what names it has are the business's own.
    author = [*_names(value.get("from")), *filter(None, [text_at(value, "username"), text_at(value, "reviewer_name")])]
    author += filter(None, [first_text(value, "sender_name", "user_id", "sender_id")])
    return (author, own) if author else ([], [])


def _messaging(event: Event, value: Mapping[str, Any], own: list[str]) -> tuple[list[str], list[str]]:
    sender, recipient = _names(value.get("sender")), _names(value.get("recipient"))
    if _is_echo(event) or event.entry_id in sender:
        return own + sender, recipient
    return sender, own + recipient


def _call(value: Mapping[str, Any], own: list[str]) -> tuple[list[str], list[str]]:
    caller, called = text_at(value, "from"), text_at(value, "recipient_id")
    if text_at(value, "call_direction") == "business_initiated":
        called = text_at(value, "to")
    return (own, [called]) if called else ([caller], own) if caller else ([], [])


def _whatsapp(event: Event, own: list[str]) -> tuple[list[str], list[str]]:
    number = text_at(event.value, "metadata", "display_phone_number")
    business = [number] if number else own
    contact = next(iter(objects_at(event.value, "contacts")), {})
    known = [text_at(contact, "profile", "name"), text_at(contact, "wa_id"), text_at(contact, "user_id")]
    item = event.item
    is_sent = event.part in _WHATSAPP_SENT or text_at(item, "direction") == "BUSINESS_INITIATED"
    if is_sent or (number and text_at(item, "from") == number):  # The history has messages of both sides.
        ids = [text_at(item, key) for key in ("recipient_id", "recipient_user_id", "to", "to_user_id")]
        return business, [*filter(None, [*known, *ids])]
    ids = [text_at(item, key) for key in ("from", "from_user_id", "wa_id", "user_id")]
    person = [*filter(None, [*known, *ids])]
    return (person, business) if person else ([], [])


def _names(person: Any) -> list[str]:
    return [*filter(None, (text_at(person, key) for key in ("name", "username", "id", "user_ref")))]


def _is_echo(event: Event) -> bool:
    if event.part == "message_echoes":
        return True
    message = event.value.get("message") if isinstance(event.value, Mapping) else None
    return isinstance(message, Mapping) and bool(message.get("is_echo"))


def _state(event: Event) -> str:
    """Return the status of a message that an event reports."""
    if event.part == "statuses":
        return _one_line(text_at(event.item, "status").lower())
    if event.form is EntryForm.MESSAGING and isinstance(event.value, Mapping):
        return next((word for key, word in (("delivery", "delivered"), ("read", "read")) if key in event.value), "")
    return ""


def _rest(line: EventLine, names: set[str]) -> str:
    """Return the summary without its action, and without a name that the row shows already."""
    rest = line.summary.removeprefix(line.action)
    for link in _LINKS:
        for name in names:
            if name and rest.startswith(f"{link}{name}"):
                return _said(rest[len(link) + len(name) :])
    return _said(rest)


def _said(text: str) -> str:
    return text.removeprefix(":").strip()


def _one_line(text: str) -> str:
    line = " ".join(text[:200].split())
    return line.encode("utf-8", "replace").decode()
