"""The searchable fields of a capture: the values of each key of the filter language, and its words.

The journal's index uses the same, so that both ways of searching agree.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec

from hookscope.meta import notification, wire
from hookscope.meta.notification import Event
from hookscope.meta.senders import named_senders, senders
from hookscope.model.record import Capture, Kind, Source
from hookscope.model.tokenizer import words

_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|.)")
_encode = msgspec.json.Encoder().encode
_encode_odd = json.JSONEncoder(ensure_ascii=False).encode


class Key(StrEnum):
    """A key of a filter's term."""

    KIND = "kind"
    OBJECT = "object"
    FIELD = "field"
    ENTRY = "entry"
    SENDER = "from"
    SIGNATURE = "sig"
    STATUS = "status"
    FLAG = "is"


class Flag(StrEnum):
    """A property that a capture may have besides its kind."""

    DUPLICATE = "duplicate"
    REPLAY = "replay"
    TEST = "test"
    BATCH = "batch"
    MARKED = "marked"
    SHARED = "shared"


class SearchFields:
    """A capture as searches see it; each field is computed on first use. Never raises."""

    def __init__(self, capture: Capture, answers: Collection[str] = ()) -> None:
        self.capture = capture
        self.answers = answers
        """The outcomes of deliveries to applications, as far as they are known; they are not in the index."""

    def of(self, key: Key) -> set[str]:
        """Return the values of a key."""
        return set(VALUES_OF[key](self))

    @cached_property
    def json(self) -> Any:
        """The decoded body, or None when it is not JSON."""
        try:
            return wire.decode(self.capture.request.body)
        except ValueError:
            return None

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events of a notification."""
        if self.capture.kind is not Kind.NOTIFICATION:
            return ()
        return notification.unpack(self.json).events

    @cached_property
    def words(self) -> list[str]:
        """The words of target, note and body in order, with JSON's escapes decoded."""
        try:
            body = _unescaped(_written(self.json)) if self.json is not None else None
        except (ValueError, RecursionError):
            body = None
        if body is None:
            body = self.capture.request.body.decode("utf-8", "replace")
        return words(f"{self.capture.request.target}\n{self.capture.note or ''}\n{body}")

    @cached_property
    def flags(self) -> set[Flag]:
        """The properties that the capture has besides its kind."""
        capture = self.capture
        found = (
            (Flag.DUPLICATE, self._is_duplicate),
            (Flag.REPLAY, capture.replay_of is not None),
            (Flag.TEST, any(event.is_test for event in self.events)),
            (Flag.BATCH, self._is_batch),
            (Flag.MARKED, self._is_marked),
            (Flag.SHARED, capture.source is Source.SHARED),
        )
        return {flag for flag, holds in found if holds}

    @property
    def _is_duplicate(self) -> bool:
        return self.capture.duplicate_of is not None

    @property
    def _is_batch(self) -> bool:
        return len(self.events) > 1

    @property
    def _is_marked(self) -> bool:
        return self.capture.marked

    @cached_property
    def senders(self) -> set[str]:
        """The ids of all senders in the body; if it is not a notification, all ids that look like a sender's."""
        if self.events:
            return set[str]().union(*map(senders, self.events))
        return set(named_senders(self.json))


class EventFields(SearchFields):
    """One event of a batch as searches see it, as if it had come alone; the request's fields are those of all."""

    def __init__(self, whole: SearchFields, position: int, event: Event, value: Any) -> None:
        super().__init__(whole.capture, whole.answers)
        self.position = position
        self._event = event
        self._value = value

    @cached_property
    def json(self) -> Any:
        """A body with this event alone."""
        return self._value

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """This event."""
        return (self._event,)

    @property
    def _is_duplicate(self) -> bool:
        return self.capture.original_of(self.position - 1) is not None

    @property
    def _is_batch(self) -> bool:
        return True

    @property
    def _is_marked(self) -> bool:
        return self.capture.marked and self.position in (self.capture.marked_events or (self.position,))


def event_fields(whole: SearchFields) -> Iterator[EventFields]:
    """Yield the events of a batch; nothing for any other capture."""
    from hookscope.meta.single_event import single_values

    values = single_values(whole.json) if len(whole.events) > 1 else []
    for position, (event, value) in enumerate(zip(whole.events, values, strict=False), 1):
        yield EventFields(whole, position, event, value)


def _written(value: Any) -> str:
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:  # Half a character, which JSON can hold and UTF-8 cannot.
        return _encode_odd(value)


def _unescaped(text: str) -> str:
    """Return a text with a blank for each of JSON's escapes."""
    return _ESCAPE.sub(" ", text) if "\\" in text else text


VALUES_OF: dict[Key, Callable[[SearchFields], Iterable[str]]] = {
    Key.KIND: lambda fields: (fields.capture.kind,),
    Key.OBJECT: lambda fields: [event.object for event in fields.events],
    Key.FIELD: lambda fields: [event.field for event in fields.events],
    Key.ENTRY: lambda fields: [event.entry_id or "" for event in fields.events],
    Key.SENDER: lambda fields: fields.senders,
    Key.SIGNATURE: lambda fields: (fields.capture.signature.verdict,),
    Key.STATUS: lambda fields: () if fields.capture.reply.status is None else (str(fields.capture.reply.status),),
    Key.FLAG: lambda fields: fields.flags,
}
"""The values of each key; some may come twice."""
