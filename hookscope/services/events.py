"""Single events of captures as captures of their own, for replays and exports."""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.single_event import single_event
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture
from hookscope.outbound.replay.mutation import Mutation, SecretOf

_AT_ONCE = 16
_BITS = 24
"""No body within the receiver's limit has as many events."""

_PICKED = "one event was taken out of a body that was signed as a whole"


def number_of(event: EventRef) -> int:
    """Return the number of an event; it is negative, so that it cannot be confused with a capture's."""
    return -(event.capture_id << _BITS | event.position) if event.position else event.capture_id


def event_of(number: int) -> EventRef:
    """Return the event or the capture with this number."""
    return EventRef(-number >> _BITS, -number & (1 << _BITS) - 1) if number < 0 else EventRef(number)


def pick_event(capture: Capture, position: int) -> bytes:
    """Return a notification with only the event at a position of a capture's body.

    Raises UsageError if there is none.
    """
    try:
        return single_event(capture.request.body, position)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"there is no #{EventRef(capture.id, position)}: {error}".replace(f": there is no event {position}", ""),
            done="nothing was done",
            hint=f"`hookscope captures show {capture.id}` shows its events",
        ) from error


def alone(capture: Capture, position: int) -> Capture:
    """Return a capture that holds one event of another; if there were more, the signature no longer matches."""
    body = pick_event(capture, position)
    if body is capture.request.body:
        return capture
    signature = replace(capture.signature, verdict=SignatureVerdict.INVALID, reason=_PICKED)
    return replace(
        capture, request=replace(capture.request, body=body), signature=signature, originals=(), position=position
    )


def seen_alone(capture: Capture, position: int) -> Capture:
    """Return a capture that holds one event of another, with what is known about that one: it is only looked at."""
    if (single := alone(capture, position)) is capture:
        return capture
    original = capture.original_of(position - 1)
    return replace(single, signature=capture.signature, originals=(original,), duplicate_of=original)


def load(history: JournalReader, refs: Sequence[EventRef]) -> list[Capture]:
    """Return the existing captures among these, in that order; for a name with a position, only that event.

    Few at a time: each may hold a body of many megabytes. Raises UsageError for an event that does not exist.
    """
    found = history.captures_by_id([ref.capture_id for ref in refs])
    there = [(found[ref.capture_id], ref.position) for ref in refs if ref.capture_id in found]
    return [alone(capture, position) if position else capture for capture, position in there]


def loaded(history: JournalReader, refs: Iterator[EventRef]) -> Iterator[Capture]:
    """Yield what `load` returns, for any number of captures."""
    while several := list(islice(refs, _AT_ONCE)):
        yield from load(history, several)


class EventLoader(Struct, frozen=True):
    """Loads captures, and events as captures of their own, by their numbers.

    An event that was one of several is signed again with the secret that `secret_of` returns, unless `resign` is False.
    """

    history: JournalReader
    secret_of: SecretOf
    resign: bool | None = None

    def captures_by_id(self, numbers: Sequence[int]) -> dict[int, Capture]:
        """Return the existing captures by number. Raises UsageError for an event that does not exist."""
        events = {number: event_of(number) for number in numbers}
        found = self.history.captures_by_id(list({event.capture_id for event in events.values()}))
        return {
            number: self._picked(found[event.capture_id], event.position)
            for number, event in events.items()
            if event.capture_id in found
        }

    def _picked(self, capture: Capture, position: int) -> Capture:
        if not position:
            return capture
        mutation = Mutation(bodies={capture.id: pick_event(capture, position)}, resign=self.resign)
        return mutation.apply(capture, self.secret_of)
