"""The identity of an event, by which a redelivery is recognized.

Meta sends no delivery id, tries again for 36 hours (WhatsApp: 7 days), and may pack an event otherwise the next time:
alone or in a batch, its keys in another order, under another time of sending. So an event is the same when its id says
so. Ids count together with the object, the account and the field that they came with:

| event | its id |
|---|---|
| message, echo, deletion (`messaging`, `standby`) | `mid`, and which of the three it is |
| edit of a message | `mid` and `num_edit` |
| delivery, read | who, `watermark` and `mids`; `mid` on Instagram |
| postback | `mid` |
| WhatsApp message, echo | `id` |
| WhatsApp status | `id`, `status`, the participant of a group, the payment |
| WhatsApp call | `id`, `event`, `status` |
| WhatsApp automatic event | `id`, `event_name` |
| WhatsApp history | the chunk's content |
| Page feed and its like, `add` and `remove` | the id of the item, `created_time`, `published` |
| like and reaction, `add` | whose, to what, which, `created_time` |
| lead | `leadgen_id` |
| Instagram comment, live comment, mention in a comment | `id`, `comment_id` |
| Threads reply, mention; comment in a plugin | `id` |

Everything else, such as a comment that is edited or hidden again, is the same when its content and its time are the
same: its own `timestamp`, else the time of its entry. An event with neither has no identity, nor has one that the Test
button of the App Dashboard made: that sends the same sample each time.

Sources: Meta's references of the Messenger, Instagram, WhatsApp, Page and Threads webhooks (read 2026), and public
captures of redelivered messages, which differ in their times.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from hookscope.meta.event_time import read_time
from hookscope.meta.notification import EntryForm, Event

_BYTES = 12

_Ids = tuple[Any, ...]
_Keys = tuple[tuple[str, ...], ...]
"""Keys of which all together are an id; the first such of several."""

_MESSAGING: dict[str, _Keys] = {
    "message": (("mid",),),
    "message_edit": (("mid", "num_edit"),),
    "delivery": (("watermark",),),
    "read": (("watermark",), ("mid",)),
    "postback": (("mid",),),
}
_WHATSAPP: dict[str, _Keys] = {
    "messages": (("id",),),
    "message_echoes": (("id",),),
    "statuses": (("id", "status"),),
    "calls": (("id",),),
    "automatic_events": (("id", "event_name"),),
}
_FIELDS: dict[str, _Keys] = {
    "leadgen": (("leadgen_id",),),
    "leadgen_fat": (("leadgen_id",),),
    "comments": (("id",),),
    "live_comments": (("id",),),
    "mentions": (("comment_id",), ("id",)),
    "replies": (("id",),),
    "plugin_comment": (("id",),),
    "plugin_comment_reply": (("id",),),
}
_OWN_IDS = {
    "comment": "comment_id",
    "post": "post_id",
    "status": "post_id",
    "share": "share_id",
    "photo": "photo_id",
    "video": "video_id",
    "album": "album_id",
    "event": "event_id",
    "rating": "open_graph_story_id",
}
"""The key of the id of each item of a feed that is added and removed but once."""

_DETAILS = {
    "message": ("is_echo", "is_deleted"),
    "delivery": ("mids",),
    "statuses": ("recipient_participant_id", "recipient_participant_user_id", "payment"),
    "calls": ("event", "status"),
}
"""Keys, there or not, that tell apart events of the same id."""


def fingerprint(events: Iterable[Event]) -> tuple[str | None, ...]:
    """Return 24 characters for each event, equal for a redelivery only; None where there is no telling."""
    return tuple(map(_identity, events))


_STATES = ("sent", "delivered", "read", "played", "failed")
_WHATSAPP_ECHOES = ("smb_message_echoes", "message_echoes")


def leaders(event: Event) -> tuple[str, ...]:
    """Return the identities of the events that a status may belong to: its message, and that message's other statuses.

    A status is one of WhatsApp's, or the receipt of a Messenger or Instagram message, which came as an echo.
    """
    if event.part is None and event.form is EntryForm.CHANGES:
        return ()  # The fast path of almost all events.
    value, item = event.value, event.item
    if event.part == "statuses" and (number := item.get("id")):
        details = _details("statuses", item)
        others = [("statuses", number, state, *details) for state in _STATES if state != item.get("status")]
        return (
            *(_hash(event, field, ("message_echoes", number)) for field in _WHATSAPP_ECHOES),
            *(_hash(event, event.field, ids) for ids in others),
        )
    if event.form is EntryForm.MESSAGING and (mid := _acknowledged(value)):
        ids = ("message", _person(value, "recipient"), _person(value, "sender"), mid, "true", "")
        return (_hash(event, "message_echoes", ids),)
    return ()


def _acknowledged(event: Any) -> Any:
    """Return the message that a receipt names; None for a receipt of several messages, and for other events."""
    if not isinstance(event, dict):
        return None
    delivery, read = event.get("delivery"), event.get("read")
    mids = delivery.get("mids") if isinstance(delivery, dict) else None
    if isinstance(mids, list):
        return mids[0] if len(mids) == 1 else None
    return read.get("mid") if isinstance(read, dict) else None


def _identity(event: Event) -> str | None:
    try:
        ids = None if event.is_test else _ids(event) or _content(event)
    except RecursionError:
        return None
    return _hash(event, event.field, ids) if ids else None


def _hash(event: Event, field: str, ids: _Ids) -> str:
    text = "\n".join([event.object, str(event.entry_id), field, *map(str, ids)])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()


def _ids(event: Event) -> _Ids | None:
    """Return what identifies an event by itself; None where nothing does."""
    value = event.value
    if not isinstance(value, dict):
        return None
    if event.part:
        return _whatsapp(event.part, event.item)
    if event.form is not EntryForm.CHANGES or "sender" in value:
        return _item(value) if "item" in value else _messaging(value)
    if keys := _FIELDS.get(event.field):
        return _first(value, keys)
    return _item(value) if "item" in value else None


def _messaging(event: Mapping[str, Any]) -> _Ids | None:
    for name, keys in _MESSAGING.items():
        if isinstance(inner := event.get(name), dict):
            ids = _first(inner, keys)
            return ids and (name, _person(event, "sender"), _person(event, "recipient"), *ids, *_details(name, inner))
    return None


def _whatsapp(part: str, item: Mapping[str, Any]) -> _Ids | None:
    if part == "history":  # Its messages name and date themselves.
        return (part, _written(item)) if item.get("threads") else None
    ids = _first(item, _WHATSAPP.get(part, ()))
    return ids and (part, *ids, *_details(part, item))


def _item(value: Mapping[str, Any]) -> _Ids | None:
    """Return what identifies a change of a feed's item that can happen but once."""
    item, verb, created = str(value["item"]), value.get("verb"), value.get("created_time")
    own = value.get(_OWN_IDS.get(item, ""))
    if own and verb in ("add", "remove"):
        return item, verb, own, created, value.get("published")
    if item in ("like", "reaction") and verb == "add" and created:
        who = _person(value, "from") or value.get("user_id") or value.get("sender_id")
        about = value.get("comment_id") or value.get("post_id")
        return item, who, about, value.get("parent_id"), value.get("reaction_type"), created
    return None


def _content(event: Event) -> _Ids | None:
    """Return what an event says and when, its own time before that of its entry; None for one without any."""
    reported = event.item if event.part else event.value
    dates_itself = isinstance(reported, dict) and read_time(reported.get("timestamp"))
    time = event.time
    if time is None:
        return None
    number = event.part and _person(event.value, "metadata", "phone_number_id")
    return event.part, number, event.verb, None if dates_itself else time.timestamp(), _written(reported)


def _first(value: Mapping[str, Any], keys: _Keys) -> _Ids | None:
    """Return the values of the first keys of which all are there."""
    for together in keys:
        found = tuple([value.get(key) for key in together])
        if all(found):
            return found
    return None


def _details(name: str, value: Mapping[str, Any]) -> _Ids:
    return tuple([_written(inner) if (inner := value.get(key)) else "" for key in _DETAILS.get(name, ())])


def _person(value: Mapping[str, Any], key: str, name: str = "id") -> Any:
    inner = value.get(key)
    return inner.get(name) if isinstance(inner, dict) else inner


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
