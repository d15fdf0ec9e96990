"""One line about one event: the action, the actor, and the beginning of the text."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from hookscope.meta.json_access import (
    as_text,
    by_author,
    commas,
    counted,
    first_text,
    join_words,
    names,
    pairs,
    quoted,
    text_at,
)
from hookscope.meta.notification import EntryForm, Event, messaging_field
from hookscope.meta.summaries import registry
from hookscope.meta.summaries.messaging import describe_call, describe_messaging
from hookscope.meta.summaries.whatsapp import describe_item

_LONGEST = 200
_SHOWN = 3
_LIKELY = 240
"""Characters that hold a whole line, unless much of them is blank; to split the beginning of a long text takes time."""

_VERBS = ("verb", "event", "action", "decision")
_HIDDEN_KEYS = frozenset((*_VERBS, "created_time", "timestamp", "messaging_product"))


class EventLine(Struct, frozen=True, kw_only=True):
    """One event of a notification, as lists show it.

    `action` is the event in a word or two ("comment add"); `summary` continues with the actor and the content. `failed`
    is true when the event reports a failure.
    """

    object: str
    entry_id: str | None
    time: datetime | None
    field: str
    action: str
    summary: str
    failed: bool = False


def summarize(event: Event) -> EventLine:
    """Summarize an event of any shape; never raises. The texts may hold whatever the sender wrote, on one line."""
    action, detail = _describe(event)
    return EventLine(
        object=event.object,
        entry_id=event.entry_id,
        time=event.time,
        field=event.field,
        action=_one_line(action),
        summary=_one_line(f"{action}{detail}"),
        failed=event.is_failure,
    )


def _describe(event: Event) -> tuple[str, str]:
    match event.form:
        case EntryForm.CHANGES:
            return _change(event, event.value)
        case EntryForm.CALLS if isinstance(event.value, dict):
            return describe_call(event.value)
        case EntryForm.CHANGED_FIELDS:
            return f"{event.field} changed", ""
        case _:
            return _messaging(event, event.value if isinstance(event.value, dict) else {})


def _messaging(event: Event, value: dict[str, Any]) -> tuple[str, str]:
    """Describe a messaging event: by a family of its own, else by the key that it carries."""
    described = registry.SUMMARIES.get((event.object, event.field))
    return (described(value) if described else None) or _item(value) or describe_messaging(value)


def _change(event: Event, value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        shown = (as_text(one) or pairs(one) for one in (value[:_SHOWN] if isinstance(value, list) else [value]))
        return names(event.verb or "", event.field), quoted(commas(*shown))
    if isinstance(value.get("sender"), dict) and event.field in ("messages", messaging_field(value, event.object)):
        return _messaging(event, value)  # Instagram's tests and older deliveries look like this.
    return _by_part(event, value) or _by_field(event, value) or _item(value) or _pairs(event, value)


def _by_part(event: Event, value: dict[str, Any]) -> tuple[str, str] | None:
    described = describe_item(event.part, event.item, value) if event.part else None
    if described and event.field == "history" and event.part != "history":  # Media of old chats come like new messages.
        action, detail = described
        return join_words("history", action), detail
    return described


def _by_field(event: Event, value: dict[str, Any]) -> tuple[str, str] | None:
    described = registry.find(event.object, event.field)
    return described(value) if described else None


def _item(value: dict[str, Any]) -> tuple[str, str] | None:
    """Return the item/verb pair of `feed`, `mention`, `ratings` and similar fields."""
    item = text_at(value, "item")
    if not item:
        return None
    action = names(item, text_at(value, "verb"))
    if value.get("reaction_type"):
        action = f"{text_at(value, 'reaction_type')} {action}"
    author = text_at(value, "from", "name") or text_at(value, "reviewer_name") or text_at(value, "from", "id")
    author = author or first_text(value, "sender_name", "user_id", "sender_id")
    about = first_text(value, "message", "review_text", "story", "link") or _photos(value)
    if not author and not about:
        about = pairs({key: inner for key, inner in value.items() if key not in (*_HIDDEN_KEYS, "item")})
    return action, by_author(author) + quoted(about)


def _photos(value: dict[str, Any]) -> str:
    """Return the number of photos in an album, in words."""
    photos = value.get("photo_ids")
    return counted(len(photos), "photo") if isinstance(photos, list) and photos else ""


def _pairs(event: Event, value: dict[str, Any]) -> tuple[str, str]:
    """Describe a change of unknown shape: its field and verb, and its author and text, or its first values."""
    verb = (event.verb or first_text(value, *_VERBS)).lower()
    action = join_words(event.field, "" if event.field.endswith(verb) else verb)
    author = first_text(value.get("from"), "name", "username", "id") or text_at(value, "username")
    text = first_text(value, "message", "text")
    hidden = (*_HIDDEN_KEYS, "from", "username") if author else _HIDDEN_KEYS
    return action, by_author(author) + quoted(text or pairs({key: value[key] for key in value if key not in hidden}))


def _one_line(text: str) -> str:
    line = " ".join(text[:_LIKELY].split())
    if len(line) <= _LONGEST and len(text) > _LIKELY:
        line = " ".join(text[: _LONGEST * 4].split())
    # A lone surrogate is legal in JSON's escapes and in no encoding; it would break the first file that it is written
    # to.
    line = line if line.isascii() else line.encode("utf-8", "replace").decode()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
