"""The list of all captures as a view moves through it: its rows, the selected one, and whether it follows.

Knows no terminal. It holds 8 bytes a capture, and the lines of the few pages in view.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.delivery_status import DeliveryStatus

PAGE_ROWS = 32
PAGES = 64
"""Small pages: a row's body is unpacked when its page is read, and large bodies take their time."""

FIRST_LOOK = 4096
"""So many ids are read before the first paint; those of a long history take longer and follow later."""


class TimelineSource(Protocol):
    """The source that a timeline reads from; JournalReader is one."""

    def ids(self, *, after: int = 0, before: int | None = None, newest: int | None = None) -> "array[int]":
        """Return ids of captures, ascending."""

    def lines(self, capture_ids: Sequence[int]) -> list[CaptureSummary]:
        """Return the captures with these ids."""

    def outcomes(self, capture_ids: Sequence[int]) -> Mapping[int, DeliveryStatus]:
        """Return the delivery status of these captures."""

    def version(self) -> int:
        """Return a number that differs after every change."""


@dataclass(slots=True)
class _Page:
    """The lines of some rows by capture id, and whether the journal has changed since they were read."""

    lines: dict[int, CaptureSummary] = field(default_factory=dict)
    stale: bool = True


class Timeline:
    """The rows, oldest first, and the user's position.

    While `following`, the newest row is selected; otherwise the view stays in place when new rows come. While `paused`,
    the rows stay as they are; new captures are counted and shown afterwards. Narrowed, the rows are those that a search
    finds and adds; all others are kept for later. Every read may raise JournalError.
    """

    def __init__(self) -> None:
        self.count = 0
        self.selected = -1
        self.following = True
        self.paused = False
        self._source: TimelineSource | None = None
        self._version: int | None = None
        self._known = array("q")
        self._hits: array[int] | None = None
        self._before: tuple[bool, int | None] = (True, None)
        self._sought: int | None = None
        self._seen = 0
        self._revised: dict[int, bool] = {}
        """The captures examined again while paused, each with True if it is a hit now."""
        self._pages: OrderedDict[int, _Page] = OrderedDict()

    @property
    def is_open(self) -> bool:
        """True if there is a journal behind it."""
        return self._source is not None

    @property
    def capture_id(self) -> int | None:
        """The id of the selected capture."""
        return self._rows[self.selected] if self.selected >= 0 else None

    @property
    def is_narrowed(self) -> bool:
        """True if only some captures have rows."""
        return self._hits is not None

    @property
    def total(self) -> int:
        """The number of known captures, whether they have rows or not."""
        return len(self._known)

    @property
    def _rows(self) -> "array[int]":
        return self._known if self._hits is None else self._hits

    @property
    def oldest(self) -> int | None:
        """The id of the first known capture."""
        return self._known[0] if self._known else None

    @property
    def newest(self) -> int:
        """The id of the last known capture; 0 when there is none."""
        return self._known[-1] if self._known else 0

    @property
    def waiting(self) -> int:
        """The number of captures that arrived while paused."""
        return len(self._rows) - self.count

    @property
    def unseen(self) -> int:
        """The number of rows after the last one that the user selected."""
        return self.count - self._seen

    def open(self, source: TimelineSource) -> None:
        """Read the newest captures; the older ones can be given to `prepend` later."""
        version = source.version()
        capture_ids = source.ids(newest=FIRST_LOOK)
        self._source, self._version, self._known = source, version, capture_ids
        self._show_all()

    def prepend(self, older: "array[int]") -> None:
        """Put the ids of older captures before the known ones; every row moves down by their count."""
        if self.oldest is not None:
            older = older[: bisect_left(older, self.oldest)]
        self._known = older + self._known
        if self._hits is None:
            self._shift(len(older))

    def narrow(self) -> None:
        """Show only rows that `add_hits` adds from now on; the selected one stays selected if it is among them."""
        if self._hits is None:
            self._before = (self.following, self.capture_id)
        self._sought = None if self.following else self.capture_id
        self._hits = array("q")
        self._revised.clear()
        self._change_rows(None)

    def widen(self) -> None:
        """Show a row for every capture again; a user who has not moved returns to the previous position."""
        followed, before = self._before
        capture_id = before if self.following else self.capture_id
        self._hits = None
        self.following = self.following and followed
        self._change_rows(capture_id)

    def add_hits(self, capture_ids: "array[int]", *, older: bool) -> None:
        """Add rows, ascending: before the existing ones, or after them."""
        if self._hits is None or not capture_ids:
            return
        if older:
            self._hits = capture_ids + self._hits
            self._shift(len(capture_ids))
            if self._sought is not None and self._sought in capture_ids:
                self.select(self.find(self._sought))
        else:
            self._hits.extend(capture_ids)
        if not self.paused or self.selected < 0:
            self._show_all()

    def revise_hits(self, looked_at: Collection[int], hits: set[int]) -> None:
        """Keep rows for exactly those captures examined again that are hits now."""
        if self.paused:
            self._revised.update((capture_id, capture_id in hits) for capture_id in looked_at)
            return
        if self._hits is None or (hits_now := revised(self._hits, looked_at, hits)) == self._hits:
            return
        capture_id, seen = self.capture_id, self._last_seen
        self._hits = hits_now
        self._change_rows(capture_id, seen)

    def renew(self, known: "array[int]", newest: int) -> None:
        """Replace the captures up to the id `newest`: others were deleted, some edited."""
        capture_id, seen = self.capture_id, self._last_seen
        self._known = known[: bisect_right(known, newest)] + self._known[bisect_right(self._known, newest) :]
        if self._hits is not None:
            there = set(self._known)
            self._hits = array("q", (hit for hit in self._hits if hit in there))
        self._change_rows(capture_id, seen)

    def find(self, capture_id: int) -> int:
        """Return the row of a capture, or of the next one after it."""
        return bisect_left(self._rows, capture_id)

    def has(self, capture_id: int) -> bool:
        """Return whether a capture has a row."""
        row = self.find(capture_id)
        return row < self.count and self._rows[row] == capture_id

    @property
    def _last_seen(self) -> int:
        """The id of the last capture whose row the user has reached; 0 for none."""
        return self._rows[self._seen - 1] if self._seen else 0

    def _change_rows(self, capture_id: int | None, seen: int | None = None) -> None:
        """Show other rows, with that capture selected, or the nearest; all of them count as seen, or those up to
        `seen`.
        """
        self._pages.clear()
        self.count = self._seen = len(self._rows)
        if self.following or capture_id is None:
            self.follow()
        else:
            self.select(self.find(capture_id))
        if seen is not None and not self.following:
            self._seen = max(self.find(seen + 1), self.selected + 1)

    def _shift(self, rows: int) -> None:
        self.count += rows
        self._seen += rows
        self.selected += rows if self.selected >= 0 else 0
        self._pages.clear()

    def refresh(self) -> bool:
        """Read new captures; return whether anything has changed."""
        if self._source is None or (version := self._source.version()) == self._version:
            return False
        self._known.extend(self._source.ids(after=self.newest))
        self._version = version
        for page in self._pages.values():
            page.stale = True
        if not self.paused:
            self._show_all()
        return True

    def line(self, row: int) -> CaptureSummary | None:
        """Return the capture in that row, or None for one that was deleted from the journal."""
        position = row // PAGE_ROWS
        page = self._pages.get(position)
        if page is None:
            page = self._pages[position] = _Page()
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(position)
        if page.stale:
            self._fill(page, self._rows[position * PAGE_ROWS : min((position + 1) * PAGE_ROWS, self.count)])
        return page.lines.get(self._rows[row])

    def move(self, rows: int) -> None:
        """Move the selection by so many rows, as far as there are any."""
        self.select(self.selected + rows)

    def select(self, row: int) -> None:
        """Select a row, or the nearest there is. Only the newest row continues to be followed."""
        self.selected = max(min(row, self.count - 1), 0 if self.count else -1)
        self._seen = max(self._seen, self.selected + 1)
        if self.selected < self.count - 1:
            self.following = False

    def hold(self) -> None:
        """Stop following: the user looks closer at something."""
        self.following = False

    def follow(self) -> None:
        """Select the newest row, now and whenever one comes."""
        self.following = True
        self.selected = self.count - 1
        self._seen = self.count

    def pause(self, paused: bool) -> None:
        """Freeze the rows, or show everything again."""
        self.paused = paused
        if not paused:
            again, self._revised = self._revised, {}
            self.revise_hits(again, {capture_id for capture_id, is_hit in again.items() if is_hit})
            self._show_all()

    def _show_all(self) -> None:
        # The last page may have been read while it was shorter.
        if self.count and (page := self._pages.get((self.count - 1) // PAGE_ROWS)):
            page.stale = True
        self.count = len(self._rows)
        if self.following:
            self.follow()
        elif self.selected < 0:
            self.select(0)

    def _fill(self, page: _Page, capture_ids: "array[int]") -> None:
        """Read missing lines of a page, and the outcomes of the others: nothing else of an answered capture ever
        changes.
        """
        if self._source is None:
            return
        if known := list(page.lines):
            for capture_id, outcome in self._source.outcomes(known).items():
                page.lines[capture_id] = replace(page.lines[capture_id], outcome=outcome)
        missing = [capture_id for capture_id in capture_ids if _is_unanswered(page.lines.get(capture_id))]
        if missing:
            page.lines.update((line.id, line) for line in self._source.lines(missing))
        page.stale = False


def revised(hits: "array[int]", looked_at: Collection[int], now: set[int]) -> "array[int]":
    """Return the hits, ascending, after some captures were examined again and these are hits `now`."""
    again = set(looked_at)
    return array("q", sorted([*(hit for hit in hits if hit not in again), *now]))


def _is_unanswered(line: CaptureSummary | None) -> bool:
    """Return whether a line is unknown, or was read before its application had answered."""
    return line is None or line.reply_status is None
