"""Select captures of a journal: by id, range, filter, and duration."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from hookscope import filter as filters
from hookscope.errors import UsageError
from hookscope.filter import And, Filter, Not, Or, Term
from hookscope.filter.query import Query
from hookscope.meta.signature import ACCEPTED, SignatureVerdict
from hookscope.model.capture_id import LAST, CaptureName, CaptureNames, EventRef, SharedNumber, SharedRange
from hookscope.model.record import Capture, Kind
from hookscope.model.timestamps import now
from hookscope.services.events import alone, loaded, number_of, pick_event

if TYPE_CHECKING:
    from hookscope.journal.reader import JournalReader

_ALL = range(1, 1 << 62)
_REPLAY = Term("is", "replay")
_AT_ONCE = 500


def find(history: "JournalReader", name: CaptureName) -> Capture:
    """Return the capture with that name. Raises UsageError when it does not exist."""
    if name == LAST:
        found, missing = next(history.captures(newest_first=True), None), "there is no capture yet"
    elif isinstance(name, SharedNumber):
        numbers = history.shared_ids(name.seq, name.seq)
        found, missing = history.capture(numbers[0]) if numbers else None, f"entry {name} of a shared log is not"
    else:
        found, missing = history.capture(name), f"there is no capture #{name}"
    if found is None:
        raise UsageError(f"{missing} in {history.path}", hint="see `hookscope ls`")
    return found


class Selection(Struct, frozen=True, kw_only=True):
    """A selection of captures: those of `chosen`, else all, that match `wanted` and came within `since`.

    `chosen` holds names of captures and ranges; `wanted` is a filter as typed, `since` a duration such as `10m`.
    """

    chosen: Sequence[CaptureNames] = ()
    wanted: str = ""
    since: str | None = None

    def filter(self) -> Filter:
        """Return the filter and the duration as one filter. Raises UsageError for an invalid one."""
        filter_ = filters.parse(self.wanted)
        if self.since is None:
            return filter_
        filters.parse_duration(self.since)
        return And((filter_, Term("since", self.since)))

    def refs(self, history: "JournalReader") -> Iterator[EventRef]:
        """Yield all that match, in the order in which they were chosen, else the oldest first.

        Raises UsageError for a number that does not exist, before the first is yielded.
        """
        for name in self._names():
            find(history, name)
        meant = filters.compile_query(self.filter(), now())
        for one in self.chosen or (_ALL,):
            if isinstance(one, EventRef):
                yield EventRef(find(history, one.capture_id).id, one.position)
            elif isinstance(one, range | SharedRange):
                yield from map(EventRef, _within(history, one, meant))
            else:
                yield from map(EventRef, history.matching_ids(meant, [find(history, one).id]))

    def captures(self, history: "JournalReader") -> Iterator[Capture]:
        """Yield the captures of `refs`; single events as captures of their own."""
        return loaded(history, self.refs(history))

    def existing_ids(self, history: "JournalReader") -> list[int]:
        """Return the ids of the chosen captures, of any kind, each once, ascending.

        Filter and duration are ignored.

        Raises UsageError for a number that does not exist, and when there is none.
        """
        found = {find(history, name).id for name in self._names()}
        for one in self.chosen:
            if isinstance(one, EventRef):
                raise UsageError(
                    f"#{one} is one event of a capture, which cannot be changed alone", hint=f"name {one.capture_id}"
                )
            if isinstance(one, range):
                found.update(history.ids(after=one.start - 1, before=one.stop))
            elif isinstance(one, SharedRange):
                found.update(history.shared_ids(one.first, one.last))
        if not found:
            raise UsageError("there is no capture with such an id", hint="see `hookscope ls`")
        return sorted(found)

    def existing_refs(self, history: "JournalReader") -> list[EventRef]:
        """Return the chosen captures as `existing_ids` does, and the chosen events.

        An event that is all of its capture stands for the capture. Raises UsageError for one that does not exist.
        """
        events = [one for one in self.chosen if isinstance(one, EventRef)]
        others = [one for one in self.chosen if not isinstance(one, EventRef)]
        whole = Selection(chosen=others).existing_ids(history) if others else []
        return sorted(
            {*map(EventRef, whole), *(alone(find(history, one.capture_id), one.position).ref for one in events)}
        )

    def sendable_ids(self, history: "JournalReader") -> "array[int]":
        """Return the ids of the captures to send to an application, in the order in which they were chosen.

        Single events have numbers of their own, as `hookscope.services.events` says. A number selects that capture,
        whatever its kind. A range, or a filter on its own, selects the app's usual input: notifications that are not
        replays and have no wrong signature; a filter with `kind:`, `sig:` or `is:replay` overrides that. Strays are
        selected only by number. Raises UsageError when there is none.
        """
        if not (self.chosen or self.wanted) and self.since is None:
            raise UsageError(
                "no captures are named",
                hint="give ids, `last`, a range such as 10..20, or --filter; for all of them, 1..",
            )
        filter_ = self.filter()
        meant = filters.compile_query(filter_, now())
        found = array("q")
        for one in self.chosen or (_ALL,):
            if isinstance(one, EventRef):
                capture = find(history, one.capture_id)
                pick_event(capture, one.position)
                found.append(number_of(EventRef(capture.id, one.position)))
            elif isinstance(one, range | SharedRange):
                found.extend(_usual(history, _within(history, one, meant), filter_))
            else:
                found.extend(history.matching_ids(meant, [find(history, one).id]))
        if not found:
            raise self._nothing(history, meant)
        return found

    def _names(self) -> Iterator[CaptureName]:
        for one in self.chosen:
            if isinstance(one, EventRef):
                yield one.capture_id
            elif isinstance(one, int | SharedNumber):
                yield one

    def _nothing(self, history: "JournalReader", meant: Query) -> UsageError:
        for one in self.chosen or (_ALL,):
            if isinstance(one, range | SharedRange) and any(_within(history, one, meant)):
                return UsageError(
                    "only strays, forgeries, handshakes, or replays match",
                    hint="name them by id, or ask for them: --filter sig:invalid, kind:handshake, or is:replay",
                )
        return UsageError("no capture matches", hint="try the filter with `hookscope ls --filter …`")


def _within(history: "JournalReader", between: range | SharedRange, meant: Query) -> Iterator[int]:
    """Yield the ids of the captures of a range that match, ascending."""
    if isinstance(between, range):
        yield from history.capture_ids(meant, after=between.start - 1, before=between.stop, newest_first=False)
        return
    capture_ids = history.shared_ids(between.first, between.last)
    for start in range(0, len(capture_ids), _AT_ONCE):
        chunk = capture_ids[start : start + _AT_ONCE]
        matching = history.matching_ids(meant, chunk)
        yield from (capture_id for capture_id in chunk if capture_id in matching)


def _usual(history: "JournalReader", capture_ids: Iterator[int], filter_: Filter) -> Iterator[int]:
    """Yield those of the captures that are selected by default."""
    kinds = (Kind.NOTIFICATION, Kind.HANDSHAKE) if filters.mentions(filter_, "kind") else (Kind.NOTIFICATION,)
    signatures = tuple(SignatureVerdict) if filters.mentions(filter_, "sig") else ACCEPTED
    replays = _speaks_of_replays(filter_)
    while chunk := list(islice(capture_ids, _AT_ONCE)):
        usual = history.filter_ids(chunk, kinds=kinds, signatures=signatures, replays=replays)
        yield from (capture_id for capture_id in chunk if capture_id in usual)


def _speaks_of_replays(filter_: Filter) -> bool:
    match filter_:
        case And(parts) | Or(parts):
            return any(map(_speaks_of_replays, parts))
        case Not(inner):
            return _speaks_of_replays(inner)
        case _:
            return filter_ == _REPLAY
