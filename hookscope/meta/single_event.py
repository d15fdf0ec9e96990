"""Splitting a notification into one for each event, as Meta would have sent them separately."""

from collections.abc import Iterator, Mapping
from typing import Any

from hookscope.meta import wire
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.notification import EntryForm, is_messaging_itself
from hookscope.meta.whatsapp_items import items

_LISTS = frozenset(EntryForm)
_Object = Mapping[str, Any]


def single_event(body: bytes, position: int) -> bytes:
    """Return a notification with only the event at a position, counted from 1.

    A body with one event is returned as it is. Raises ValueError for a body that is not JSON, and LookupError for a
    position at which there is no event.
    """
    found = single_values(wire.decode(body))
    if not 1 <= position <= len(found):
        raise LookupError(f"there is no event {position}: the body holds {len(found)}")
    return body if len(found) == 1 else wire.encode(found[position - 1])


def single_values(value: Any) -> list[_Object]:
    """Return a notification for each event of a decoded body, in order; nothing for what is not a notification."""
    return list(_notifications(value)) if isinstance(value, dict) else []


def _notifications(payload: _Object) -> Iterator[_Object]:
    """Yield a notification for each event, in order of their positions."""
    entries = payload.get("entry")
    if isinstance(entries, list):
        for entry in entries:
            if isinstance(entry, dict):
                for single in _entries(entry, str(payload.get("object"))):
                    yield {**payload, "entry": [single]}
    elif isinstance(values := payload.get("values"), list):
        yield from ({**payload, "values": value} for value in values if isinstance(value, dict))
    elif values is not None:
        yield payload


def _entries(entry: _Object, topic: str) -> Iterator[_Object]:
    """Yield an entry for each of its events."""
    frame = {key: value for key, value in entry.items() if key not in _LISTS}
    if isinstance(entry.get("field"), str) and not entry.get("changes"):
        yield entry  # Field and value are in the entry itself.
    if is_messaging_itself(entry):
        yield entry
    for form in EntryForm:
        found = entry.get(form)
        for item in found if isinstance(found, list) else ():
            if form is EntryForm.CHANGES:
                yield from ({**frame, form: [change]} for change in _changes(item, topic))
            else:
                yield {**frame, form: [item]}


def _changes(change: Any, topic: str) -> Iterator[_Object]:
    """Yield a change for each item of a WhatsApp change, or the change itself."""
    if not isinstance(change, dict):
        return
    if topic != WHATSAPP or "value" not in change:
        yield change
        return
    for _, value in items(change["value"]):
        yield {**change, "value": value}
