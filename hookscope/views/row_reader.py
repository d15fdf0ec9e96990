"""Reads the few rows in view: their captures and the relations between them."""

from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hookscope.meta.summaries.story import Story
from hookscope.model.capture_id import EventRef
from hookscope.model.capture_summary import CaptureSummary
from hookscope.views.lines import Lines, LineSource
from hookscope.views.listing import Listing
from hookscope.views.rows import is_day, ref_of

READ_ROWS = 32
"""Rows read at a time: each row's body is unpacked, and large ones take time."""

_COMPARED = 8
"""The number of earlier captures that are compared with those read, to recognize late events."""


class Row(Struct, frozen=True, kw_only=True):
    """A row: a capture, one event of a batch (`ref.position` is not 0), or the beginning of a `day`.

    `line` is None for a deleted capture. `folded` is None where there is nothing to fold; `is_last` is true for a
    batch's last event. `late` is the event's delay behind a later one that came before. `matching` is the number of
    events that a filter leaves of a batch, where that is not all of them.
    """

    ref: EventRef
    line: CaptureSummary | None = None
    day: date | None = None
    folded: bool | None = None
    is_last: bool = False
    late: timedelta | None = None
    matching: int | None = None

    @property
    def event(self) -> Story | None:
        """The event in the row."""
        if self.line is None:
            return None
        if not self.ref.position:
            return self.line.event
        return self.line.events[self.ref.position - 1] if self.ref.position <= len(self.line.events) else None


class RowReader:
    """Reads rows of a listing, and caches their captures. `large` are those with bodies still to be unpacked."""

    def __init__(self, listing: Listing) -> None:
        self.lines = Lines()
        self.large: set[int] = set()
        self._listing = listing

    def row(self, source: LineSource | None, number: int, count: int) -> Row:
        """Return a row of the first `count`; also read those around it. Raises JournalError."""
        key, folding = self._listing.rows.keys[number], self._listing.folding
        ref = ref_of(key)
        if is_day(key):
            return Row(ref=ref, day=folding.day_of(ref.capture_id))
        if source and not self.lines.knows(ref.capture_id):
            self._read(source, number, count)
        if (line := self.lines.get(ref.capture_id)) is None:
            return Row(ref=ref)
        if line.is_large:
            self.large.add(line.id)
        if ref.position:
            return Row(ref=ref, line=line, is_last=self._listing.rows.is_last(number))
        left = self._listing.narrowed.get(line.id)
        return Row(
            ref=ref,
            line=line,
            folded=self._is_folded(line),
            late=self.lines.late(line.id),
            matching=None if left is None else len(left),
        )

    def put_events(self, capture_id: int, events: tuple[Story, ...], problem: str | None) -> None:
        """Add the contents of a large body."""
        self.large.discard(capture_id)
        if line := self.lines.get(capture_id):
            self.lines.put(replace(line, events=events, problem=problem, is_large=False))

    def _is_folded(self, line: CaptureSummary) -> bool | None:
        folding = self._listing.folding
        if (shown := folding.events(line.id)) or line.event_count > 1:
            return not shown
        if any(folding.leader(step.capture_id) == line.id for step in line.steps):
            return not folding.shows_statuses(line.id)
        return None

    def _read(self, source: LineSource, number: int, count: int) -> None:
        """Read the captures around a row, and a few earlier ones to recognize late events."""
        first, keys = number // READ_ROWS * READ_ROWS, self._listing.rows.keys
        wanted = dict.fromkeys(ref_of(key).capture_id for key in keys[first : min(first + READ_ROWS, count)])
        before = dict.fromkeys(ref_of(key).capture_id for key in keys[max(first - _COMPARED, 0) : first])
        self.lines.read(source, [*wanted], [one for one in before if one not in wanted])
