"""Selection of captures by number, range, filter, and span of time."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hookscope import filter as filters
from hookscope.errors import UsageError
from hookscope.filter import And, Filter, Not, Or, Term
from hookscope.filter.query import Query
from hookscope.journal.reader import JournalReader
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Kind
from hookscope.model.timestamps import now

_ALL = range(1, 1 << 62)
_REPLAY = Term("is", "replay")
_NOT_FORGED = (SignatureVerdict.VALID, SignatureVerdict.UNCHECKED)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Captures by number, where given, that match `wanted` and came within the span `since`.

    A number means that capture, whatever it is. A range, and a filter on its own, mean what an app is there for:
    notifications that are not replays and whose signature is not known to be wrong; a filter that speaks of `kind:`,
    `sig:` or `is:replay` decides that itself. Strays are meant by their number only.
    """

    chosen: Sequence[int | range] = ()
    wanted: str = ""
    since: str | None = None

    def numbers(self, history: JournalReader) -> "array[int]":
        """The numbers of the captures, in the order in which they were given. Raises UsageError when there is none."""
        if not (self.chosen or self.wanted) and self.since is None:
            raise UsageError(
                "no capture is named",
                hint="give numbers, `last`, a range such as 10..20, or --filter; all of them: 1..",
            )
        filter_ = self._filter()
        meant = filters.compile_query(filter_, now())
        found = array("q")
        for one in self.chosen or (_ALL,):
            if isinstance(one, range):
                candidates = history.numbers(meant, after=one.start - 1, before=one.stop, newest_first=False)
                found.extend(_usual(history, candidates, filter_))
            else:
                captures = find(history, history.path, [one])
                found.extend(history.meant(meant, [capture.id for capture in captures]))
        if not found:
            raise self._nothing(history, meant)
        return found

    def _nothing(self, history: JournalReader, meant: Query) -> UsageError:
        for one in self.chosen or (_ALL,):
            if isinstance(one, range) and any(history.numbers(meant, after=one.start - 1, before=one.stop)):
                return UsageError(
                    "only strays, forgeries, handshakes or replays match",
                    hint="name them by number, or ask for them: --filter sig:invalid, kind:handshake or is:replay",
                )
        return UsageError("no such capture matches", hint="`hookscope ls --filter …` shows what does")

    def _filter(self) -> Filter:
        filter_ = filters.parse(self.wanted)
        if self.since is None:
            return filter_
        filters.parse_duration(self.since)
        return And((filter_, Term("since", self.since)))


def _usual(history: JournalReader, numbers: Iterator[int], filter_: Filter) -> Iterator[int]:
    """Those of the captures that are meant without saying so."""
    kinds = (Kind.NOTIFICATION, Kind.HANDSHAKE) if filters.mentions(filter_, "kind") else (Kind.NOTIFICATION,)
    signatures = tuple(SignatureVerdict) if filters.mentions(filter_, "sig") else _NOT_FORGED
    replays = _speaks_of_replays(filter_)
    while chunk := list(islice(numbers, _AT_ONCE)):
        usual = history.among(chunk, kinds=kinds, signatures=signatures, replays=replays)
        yield from (number for number in chunk if number in usual)


def _speaks_of_replays(filter_: Filter) -> bool:
    match filter_:
        case And(parts) | Or(parts):
            return any(map(_speaks_of_replays, parts))
        case Not(inner):
            return _speaks_of_replays(inner)
        case _:
            return filter_ == _REPLAY


def find(history: JournalReader, journal: Path, numbers: Sequence[int]) -> list[Capture]:
    """The captures of these numbers, in order. Raises UsageError for one that is not there."""
    return [_find(history, journal, number) for number in numbers]


def _find(history: JournalReader, journal: Path, number: int) -> Capture:
    found = history.capture(number) if number else next(history.captures(newest_first=True), None)
    if found is None:
        what = f"there is no capture #{number}" if number else "there is no capture yet"
        raise UsageError(f"{what} in {journal}", hint="see `hookscope ls`")
    return found
