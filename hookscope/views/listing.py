"""The captures known to a view, of one run or of all, and the rows of the shown ones."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol

from msgspec.structs import replace

from hookscope.model.capture_id import EventRef
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.outline import Narrowed, Outline
from hookscope.views.lines import LineSource
from hookscope.views.rows import Folding, Rows, is_day, key_of, ref_of


class TimelineSource(LineSource, Protocol):
    """The source of a timeline, such as JournalReader."""

    def outline(
        self, *, after: int = 0, before: int | None = None, newest: int | None = None, run: int | None = None
    ) -> Outline:
        """Return the captures of one run or of all."""

    def days(self, zone: tzinfo | None, since: datetime | None = None) -> list[tuple[int, date]]:
        """Return the days with captures, each with its first one: those after the day of `since`, or all."""

    def version(self) -> int:
        """Return a number that changes with every edit."""


class Listing:
    """All known captures, or those that a search has found. Reading may raise JournalError.

    `run` is the run whose captures are known; None is all of them. `newest` is the last known id, whether it has a row
    or not; 0 when there is none. `hits` are the captures that a search has found, `narrowed` the events that it
    leaves of some of them.
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self.run: int | None = None
        self.newest = 0
        self.hits: array[int] | None = None
        self.narrowed: dict[int, tuple[int, ...]] = {}
        self.folding = Folding()
        self.all = self._found = Rows(self.folding)
        self._zone = zone
        self._dated: datetime | None = None

    @property
    def rows(self) -> Rows:
        """The rows to show."""
        return self.all if self.hits is None else self._found

    @property
    def oldest(self) -> int | None:
        """The id of the first known capture."""
        return ref_of(self.all.keys[0]).capture_id if self.all.keys else None

    def open(self, source: TimelineSource, run: int | None, newest: int) -> None:
        """Begin with the newest captures."""
        outline = source.outline(newest=newest, run=run)
        self.run, self.newest, self.hits = run, 0, None
        self.folding = Folding()
        self.all, self._dated = Rows(self.folding), None
        self._learn_days(source)
        self._take(outline)

    def refresh(self, source: TimelineSource) -> None:
        """Add the captures that have come since."""
        outline = source.outline(after=self.newest, run=self.run)
        if outline.ids:
            self._learn_days(source)
            self._take(outline)

    def prepend(self, older: Outline, plain: "array[int] | None" = None) -> None:
        """Add captures before the known ones; `plain` are their `plain_keys`, if these are known."""
        if self.oldest is not None and older.ids and older.ids[-1] >= self.oldest:
            older, plain = replace(older, ids=older.ids[: bisect_left(older.ids, self.oldest)]), None
        self.folding.learn(older, older=True)
        self.all.prepend(older.ids, plain)

    def renew(self, known: Outline, newest: int) -> None:
        """Replace the captures up to an id: some were deleted."""
        ids = known.ids[: bisect_right(known.ids, newest)]
        later = map(ref_of, filter(lambda key: not is_day(key), self.all.keys[self.all.find(key_of(newest + 1)) :]))
        ids.extend(ref.capture_id for ref in later if not ref.position)
        self.all = self._rows_of(ids, {})
        if self.hits is not None:
            there = set(ids)
            self.show_hits(array("q", (hit for hit in self.hits if hit in there)))

    def show_hits(self, hits: "array[int] | None") -> None:
        """Show exactly these captures; None means all known ones."""
        self.hits = hits
        if not hits:
            self.narrowed.clear()
        self._found = self._rows_of(hits, self.narrowed) if hits is not None else self.all

    def add_hits(self, hits: "array[int]", narrowed: Narrowed, *, older: bool) -> None:
        """Show further captures, before the others or after them; of some batches only some events."""
        if self.hits is None:
            return
        self.narrowed.update(narrowed)
        if older:
            self.hits = hits + self.hits
            self._found.prepend(hits)
        else:
            self.hits.extend(hits)
            self._found.append(hits)

    def narrow_again(self, capture_ids: Collection[int], narrowed: Narrowed) -> bool:
        """Replace what is left of these captures, for when their rows are made again; return whether that changed."""
        before = {one: events for one in capture_ids if (events := self.narrowed.pop(one, None))}
        self.narrowed.update(narrowed)
        return before != narrowed

    def fold(self, ref: EventRef, line_of: Callable[[int], CaptureSummary | None]) -> int | None:
        """Fold the batch or the statuses of a row; return the capture whose row stays, if any."""
        folding, capture_id = self.folding, ref.capture_id
        if folding.events(capture_id):
            folding.fold_batch(capture_id)
            self._show(range(key_of(capture_id) + 1, key_of(capture_id + 1) - 1), shown=False)
            return capture_id
        message = capture_id if folding.shows_statuses(capture_id) else folding.leader(capture_id)
        if message is None or not folding.shows_statuses(message):
            return None
        folding.show_statuses(message, shown=False)
        self._show(self._statuses(line_of(message)), shown=False)
        return message

    def unfold(self, line: CaptureSummary) -> int:
        """Add a row for each event of a batch, or each status of a message; return the capture."""
        if line.event_count > 1:
            self.folding.unfold_batch(line.id, line.event_count)
            self._show(range(key_of(line.id) + 1, key_of(line.id) + line.event_count + 1), shown=True)
        else:
            self.folding.show_statuses(line.id, shown=True)
            self._show(self._statuses(line), shown=True)
        return line.id

    def _statuses(self, line: CaptureSummary | None) -> Sequence[int]:
        """Return the rows of a message's statuses, as far as they belong to the list."""
        steps = line.steps if line else ()
        ids = [step.capture_id for step in steps if line and self.folding.leader(step.capture_id) == line.id]
        there = ids if self.hits is None else {*ids} & {*self.hits}
        return [key_of(one) for one in ids if one in there]

    def _show(self, below: Sequence[int], *, shown: bool) -> None:
        """Add or remove the rows that belong to another."""
        for rows in [self.all] if self.hits is None else [self.all, self._found]:
            rows.show(below, shown=shown)

    def nearest(self, key: int) -> int:
        """Return the position of a row, else of its batch, else of its status's message, else of the next row."""
        at, ref = self.rows.find(key), ref_of(key)
        if at < len(self.rows) and self.rows.keys[at] == key:
            return at
        leader = self.folding.leader(ref.capture_id)
        return self.rows.find(key_of(leader if leader is not None and self.rows.has(leader) else ref.capture_id))

    def _rows_of(self, capture_ids: "array[int]", narrowed: Narrowed) -> Rows:
        rows = Rows(self.folding, narrowed)
        rows.append(capture_ids)
        return rows

    def _take(self, outline: Outline) -> None:
        """Add captures that are newer than the known ones."""
        if outline.ids:
            self.newest = outline.ids[-1]
            self.folding.learn(outline, older=False)
            self.all.append(outline.ids)

    def _learn_days(self, source: TimelineSource) -> None:
        self.folding.learn_days(days := source.days(self._zone, self._dated))
        if days:
            self._dated = datetime.combine(days[-1][1], datetime.min.time(), self._zone)


def revised(hits: "array[int]", looked_at: Collection[int], now: set[int]) -> "array[int]":
    """Return the hits, ascending, after some captures were examined again; `now` are the hits among those."""
    again = set(looked_at)
    return array("q", sorted([*(hit for hit in hits if hit not in again), *now]))
