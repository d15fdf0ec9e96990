"""The list as a view moves through it: its rows, the selected one, and whether it follows.

Knows no terminal. It holds 8 bytes a row, and the lines of the few rows in view.
"""

from array import array
from collections.abc import Callable, Collection
from datetime import date, tzinfo

from hookscope.model.capture_id import EventRef
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.outline import Narrowed, Outline
from hookscope.views.listing import Listing, TimelineSource, revised
from hookscope.views.row_reader import Row, RowReader
from hookscope.views.rows import Rows, is_day, key_of, ref_of

FIRST_LOOK = 4096
"""The number of captures known before the first paint; those of a long history take longer and follow later."""


class Timeline:
    """The rows, oldest first, and the user's position.

    While `following`, the newest row is selected; otherwise the view stays in place when new rows come. While `paused`,
    the rows stay as they are; new captures are counted and shown afterwards. Narrowed, the rows are those that a search
    finds and adds; all others are kept for later. Every read may raise JournalError.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.count = 0
        self.selected = -1
        self.following = True
        self.paused = False
        self._source: TimelineSource | None = None
        self._version: int | None = None
        self._listing = Listing(zone)
        self.reader = RowReader(self._listing)
        self._before: tuple[bool, int | None] = (True, None)
        self._sought: int | None = None
        self._seen = 0
        self._revised: dict[int, bool] = {}
        """The captures examined again while paused, each with True if it is a hit now."""

    @property
    def is_open(self) -> bool:
        """True if there is a journal behind it."""
        return self._source is not None

    @property
    def run(self) -> int | None:
        """The run whose captures are known; None is all of them."""
        return self._listing.run

    @property
    def ref(self) -> EventRef | None:
        """The selected capture, or the selected event of a batch."""
        return None if (key := self._selected_key) is None else ref_of(key)

    @property
    def capture_id(self) -> int | None:
        """The id of the selected capture."""
        return self.ref and self.ref.capture_id

    @property
    def is_narrowed(self) -> bool:
        """True if only some captures have rows."""
        return self._listing.hits is not None

    @property
    def total(self) -> int:
        """The number of known captures, whether they have rows or not."""
        return self._listing.all.captures

    @property
    def captures(self) -> int:
        """The number of captures that the rows show."""
        return self._rows.captures

    @property
    def oldest(self) -> int | None:
        """The id of the first known capture."""
        return self._listing.oldest

    @property
    def newest(self) -> int:
        """The id of the last known capture; 0 when there is none."""
        return self._listing.newest

    @property
    def waiting(self) -> int:
        """The number of rows that have come while paused."""
        return len(self._rows) - self.count

    @property
    def unseen(self) -> int:
        """The number of rows after the last one that the user selected."""
        return self.count - self._seen

    @property
    def _rows(self) -> Rows:
        return self._listing.rows

    # Reading

    def open(self, source: TimelineSource, run: int | None = None) -> None:
        """Read the newest captures, of a run or of all; the older ones can be given to `prepend` later.

        Opened again for other captures, the selected one stays selected if it is among them.
        """
        selected = None if self.following else self._selected_key
        version = source.version()
        self._listing.open(source, run, FIRST_LOOK)
        self._source, self._version = source, version
        self._change_rows(selected)

    def prepend(self, older: Outline, plain: "array[int] | None" = None) -> int:
        """Put older captures before the known ones; return by how much their rows move down.

        `plain` are the `plain_keys` of the older ones: to make a million of them takes its time.
        """
        return self._move_down(lambda: self._listing.prepend(older, plain))

    def refresh(self) -> bool:
        """Read new captures; return whether anything has changed."""
        if self._source is None or (version := self._source.version()) == self._version:
            return False
        self._listing.refresh(self._source)
        self._version = version
        self.reader.lines.version += 1
        if not self.paused:
            self._show_all()
        return True

    def renew(self, known: Outline, newest: int) -> None:
        """Replace the captures up to the id `newest`: others were deleted, some edited."""
        selected, seen = self._selected_key, self._seen_key
        self._listing.renew(known, newest)
        self.reader.lines.clear()
        self._change_rows(selected, seen)

    def row(self, number: int) -> Row:
        """Return a row; reads what is not known of it."""
        return self.reader.row(self._source, number, self.count)

    def line(self, number: int) -> CaptureSummary | None:
        """Return the capture in a row, or None for one that was deleted from the journal."""
        return self.row(number).line

    def day(self, number: int) -> date | None:
        """Return the day on which the capture in a row came."""
        folding = self._listing.folding
        return folding.day_of(ref_of(self._rows.keys[number]).capture_id) if number < self.count else None

    # Narrowing

    def narrow(self) -> None:
        """Show only rows that `add_hits` adds from now on; the selected one stays selected if it is among them."""
        if not self.is_narrowed:
            self._before = (self.following, self._selected_key)
        self._sought = None if self.following else self._selected_key
        self._listing.show_hits(array("q"))
        self._revised.clear()
        self._change_rows(None)

    def widen(self) -> None:
        """Show a row for every capture again; a user who has not moved returns to the previous position."""
        followed, before = self._before
        key = before if self.following else self._selected_key
        self._listing.show_hits(None)
        self.following = self.following and followed
        self._change_rows(key)

    def add_hits(self, capture_ids: "array[int]", narrowed: Narrowed | None = None, *, older: bool) -> None:
        """Add captures, ascending, before the existing ones or after them; of narrowed batches only some events."""
        if not self.is_narrowed or not capture_ids:
            return
        if older:
            self._move_down(lambda: self._listing.add_hits(capture_ids, narrowed or {}, older=True))
            if self._sought is not None and self._rows.has(ref_of(self._sought).capture_id):
                self.select(self._listing.nearest(self._sought))
                self._sought = None
        else:
            self._listing.add_hits(capture_ids, narrowed or {}, older=False)
        if not self.paused or self.selected < 0:
            self._show_all()

    def revise_hits(self, looked_at: Collection[int], hits: set[int], narrowed: Narrowed | None = None) -> None:
        """Keep rows for exactly those captures examined again that are hits now."""
        known, changed = self._listing.hits, self._listing.narrow_again(looked_at, narrowed or {})
        if self.paused:
            self._revised.update((capture_id, capture_id in hits) for capture_id in looked_at)
        elif known is not None and ((now := revised(known, looked_at, hits)) != known or changed):
            selected, seen = self._selected_key, self._seen_key
            self._listing.show_hits(now)
            self._change_rows(selected, seen)

    # Folding

    def fold(self) -> bool:
        """Fold the batch, or the statuses, that the selected row belongs to; return whether there were any."""
        if (ref := self.ref) is None:
            return False
        return self._change_below(self._listing.fold, ref, lambda one: self.line(self._rows.find(key_of(one))))

    def unfold(self) -> bool:
        """Show what is folded below the selected row; return whether there is anything."""
        row = self.row(self.selected) if self.selected >= 0 else None
        if row is None or row.line is None or row.folded is not True:
            return False
        return self._change_below(self._listing.unfold, row.line)

    def _change_below(self, change: Callable[..., int | None], *arguments: object) -> bool:
        """Add or remove rows that belong to a capture, which is selected then."""
        seen, waiting = self._seen_key, self.waiting
        if (capture_id := change(*arguments)) is None:
            return False
        self.count = len(self._rows) - waiting
        self.selected = self._rows.find(key_of(capture_id))
        self._seen = max(self._rows.find(seen + 1), self.selected + 1)
        self.following = self.following and self.selected == self.count - 1
        return True

    # Moving

    def find(self, capture_id: int, position: int = 0) -> int:
        """Return the row of a capture or an event, or of the next one after it."""
        return self._rows.find(key_of(capture_id, position))

    def has(self, capture_id: int) -> bool:
        """Return whether a capture has a row."""
        return self._rows.has(capture_id) and self.find(capture_id) < self.count

    def move(self, rows: int) -> None:
        """Move the selection down by `rows`, or up, as far as there are any; at the newest, follow again."""
        self.select(self.selected + rows, down=rows > 0)
        if rows > 0 and self.selected == self.count - 1 and not self.paused:
            self.follow()

    def select(self, row: int, *, down: bool = True) -> None:
        """Select a row, or the nearest; never the beginning of a day. Only the newest continues to be followed."""
        self.selected = max(min(row, self.count - 1), 0 if self.count else -1)
        if self.selected >= 0 and is_day(self._rows.keys[self.selected]):
            self.selected += 1 if down or not self.selected else -1
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

    @property
    def _selected_key(self) -> int | None:
        return self._rows.keys[self.selected] if self.selected >= 0 else None

    @property
    def _seen_key(self) -> int:
        """The last row that the user has reached; 0 for none."""
        return self._rows.keys[self._seen - 1] if self._seen else 0

    def _move_down(self, add: Callable[[], None]) -> int:
        """Add rows before the others with `add`, and stay in place; return how many came."""
        before, selected, seen = len(self._rows), self._selected_key, self._seen_key
        add()
        added = len(self._rows) - before
        self.count += added
        self._seen = self._rows.find(seen + 1)
        self.selected = -1 if selected is None else self._rows.find(selected)
        return added

    def _change_rows(self, selected: int | None, seen: int | None = None) -> None:
        """Show other rows, with one selected, or the nearest; all of them count as seen, or those up to `seen`."""
        self.count = self._seen = len(self._rows)
        if self.following or selected is None:
            self.follow()
        else:
            self.select(self._listing.nearest(selected))
        if seen is not None and not self.following:
            self._seen = max(self._rows.find(seen + 1), self.selected + 1)

    def _show_all(self) -> None:
        self.count = len(self._rows)
        if self.following:
            self.follow()
        elif self.selected < 0:
            self.select(0)
