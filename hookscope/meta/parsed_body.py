"""A parsed body for programs: each event with its summary, value, ids, and fingerprint."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from hookscope.meta import notification
from hookscope.meta.event_ids import own_ids
from hookscope.meta.fingerprint import fingerprint
from hookscope.meta.notification import Event
from hookscope.meta.summaries.summary import EventLine, summarize


class ParsedEvent(EventLine, frozen=True, kw_only=True):
    """One event of a notification, with its line, its value and its ids.

    `value` is the change's value, or the whole messaging event, as decoded from JSON. `ids` are the ids of the event
    itself by their keys, such as `mid` or `comment_id`. `fingerprint` is 24 characters, equal only for redeliveries
    of the same event; None if the event cannot be identified. `is_test` marks what the Test button of the App
    Dashboard sent.
    """

    value: Any
    ids: Mapping[str, str]
    fingerprint: str | None
    is_test: bool


class ParsedBody(Struct, frozen=True, kw_only=True):
    """The events of a body, in order; iterable. `problem` says why a body is not a notification."""

    events: tuple[ParsedEvent, ...] = ()
    problem: str | None = None

    def __iter__(self) -> Iterator[ParsedEvent]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


def parse_body(body: bytes) -> ParsedBody:
    """Parse a body; never raises."""
    parsed = notification.parse(body)
    identities = fingerprint(parsed.events)
    return ParsedBody(events=tuple(map(_parsed, parsed.events, identities)), problem=parsed.problem)


def _parsed(event: Event, identity: str | None) -> ParsedEvent:
    line = summarize(event)
    return ParsedEvent(
        **asdict(line),
        value=event.value,
        ids=_ids(event),
        fingerprint=identity,
        is_test=event.is_test,
    )


def _ids(event: Event) -> dict[str, str]:
    """Return the ids in the event, or in the object that a messaging event is about."""
    item = event.item
    inner = {key: value for key, value in item.items() if isinstance(value, Mapping)}
    return {
        key: str(found)
        for name, value in {**inner, event.part or "": item}.items()
        for key in sorted(own_ids(value, name))
        if isinstance(found := value.get(key), str | int)
    }
