"""Select captures of a journal: by id, range, filter, and duration."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from hookscope import filter as filters
from hookscope.errors import UsageError
from hookscope.filter import And, Filter, Not, Or, Term
from hookscope.filter.query import Query
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Kind
from hookscope.model.timestamps import now

if TYPE_CHECKING:
    from hookscope.journal.reader import JournalReader

LAST = 0
"""Stands for the newest capture in place of an id."""

_ALL = range(1, 1 << 62)
_REPLAY = Term("is", "replay")
_NOT_FORGED = (SignatureVerdict.VALID, SignatureVerdict.UNCHECKED)
_AT_ONCE = 500


def find(history: "JournalReader", capture_id: int) -> Capture:
    """Return the capture with that id, or the newest for LAST. Raises UsageError when it does not exist."""
    found = history.capture(capture_id) if capture_id else next(history.captures(newest_first=True), None)
    if found is None:
        missing = f"there is no capture #{capture_id}" if capture_id else "there is no capture yet"
        raise UsageError(f"{missing} in {history.path}", hint="see `hookscope ls`")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A selection of captures: those of `chosen`, else all, that match `wanted` and came within `since`.

    `chosen` holds numbers, LAST, and ranges; `wanted` is a filter as typed, `since` a duration such as `10m`.
    """

    chosen: Sequence[int | range] = ()
    wanted: str = ""
    since: str | None = None

    def filter(self) -> Filter:
        """Return the filter and the duration as one filter. Raises UsageError for an invalid one."""
        filter_ = filters.parse(self.wanted)
        if self.since is None:
            return filter_
        filters.parse_duration(self.since)
        return And((filter_, Term("since", self.since)))

    def captures(self, history: "JournalReader") -> Iterator[Capture]:
        """Yield all that match, in the order in which they were chosen, else the oldest first.

        Raises UsageError for a number that does not exist, before the first is yielded.
        """
        for capture_id in self._numbers():
            find(history, capture_id)
        filter_, moment = self.filter(), now()
        if not self.chosen:
            yield from history.captures(filters.compile_query(filter_, moment))
        for one in self.chosen:
            if isinstance(one, range):
                within = And((filter_, Term("id", f"{one.start}..{one.stop - 1}")))
                yield from history.captures(filters.compile_query(within, moment))
            else:
                capture = find(history, one)
                if history.matching_ids(filters.compile_query(filter_, moment), [capture.id]):
                    yield capture

    def existing_ids(self, history: "JournalReader") -> list[int]:
        """Return the ids of the chosen captures, of any kind, each once, ascending; filter and duration are
        ignored.

        Raises UsageError for a number that does not exist, and when there is none.
        """
        found = {find(history, capture_id).id for capture_id in self._numbers()}
        for one in self.chosen:
            if isinstance(one, range):
                found.update(history.ids(after=one.start - 1, before=one.stop))
        if not found:
            raise UsageError("there is no capture with such an id", hint="see `hookscope ls`")
        return sorted(found)

    def sendable_ids(self, history: "JournalReader") -> "array[int]":
        """Return the ids of the captures to send to an application, in the order in which they were chosen.

        A number selects that capture, whatever its kind. A range, or a filter on its own, selects the app's usual
        input: notifications that are not replays and whose signature is not known to be wrong; a filter with `kind:`,
        `sig:` or `is:replay` decides that itself. Strays are selected by number only. Raises UsageError when there is
        none.
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
            if isinstance(one, range):
                candidates = history.capture_ids(meant, after=one.start - 1, before=one.stop, newest_first=False)
                found.extend(_usual(history, candidates, filter_))
            else:
                found.extend(history.matching_ids(meant, [find(history, one).id]))
        if not found:
            raise self._nothing(history, meant)
        return found

    def _numbers(self) -> Iterator[int]:
        return (one for one in self.chosen if isinstance(one, int))

    def _nothing(self, history: "JournalReader", meant: Query) -> UsageError:
        for one in self.chosen or (_ALL,):
            if isinstance(one, range) and any(history.capture_ids(meant, after=one.start - 1, before=one.stop)):
                return UsageError(
                    "only strays, forgeries, handshakes, or replays match",
                    hint="name them by id, or ask for them: --filter sig:invalid, kind:handshake, or is:replay",
                )
        return UsageError("no capture matches", hint="try the filter with `hookscope ls --filter …`")


def _usual(history: "JournalReader", capture_ids: Iterator[int], filter_: Filter) -> Iterator[int]:
    """Yield those of the captures that are selected by default."""
    kinds = (Kind.NOTIFICATION, Kind.HANDSHAKE) if filters.mentions(filter_, "kind") else (Kind.NOTIFICATION,)
    signatures = tuple(SignatureVerdict) if filters.mentions(filter_, "sig") else _NOT_FORGED
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
