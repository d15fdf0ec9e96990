"""The hits of a search: captures, and of batches the events that match on their own."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection

from hookscope.model.capture_id import EventRef
from hookscope.model.outline import Narrowed
from hookscope.views.listing import revised


class Hits:
    """Hits, ascending; their length is the number of rows to go to.

    `has_row` tells whether the list has a row for an event: a folded batch has none for its own. `rows` returns a value
    that changes when rows come or go.
    """

    def __init__(self, has_row: Callable[[EventRef], bool], rows: Callable[[], object]) -> None:
        self.ids = array("q")
        self._events: dict[int, tuple[int, ...]] = {}
        self._has_row = has_row
        self._rows_now = rows
        self._counted: object = None
        self._further: dict[int, int] = {}
        """For batches, the number of rows besides the first, as of `_counted`."""

    def __len__(self) -> int:
        return len(self.ids) + sum(self._count_further().values())

    def clear(self) -> None:
        """Forget all hits."""
        self.ids = array("q")
        self._events.clear()
        self._counted = None

    def add(self, capture_ids: "array[int]", events: Narrowed, *, older: bool) -> None:
        """Add captures before the others or after them; of some batches only some events."""
        self.ids = capture_ids + self.ids if older else self.ids + capture_ids
        self._events.update(events)
        self._counted = None

    def revise(self, looked_at: Collection[int], hits: set[int], events: Narrowed) -> None:
        """Replace the hits among captures that were examined again."""
        self.ids = revised(self.ids, looked_at, hits)
        for one in looked_at:
            self._events.pop(one, None)
        self._events.update(events)
        self._counted = None

    def after(self, ref: EventRef, direction: int) -> EventRef:
        """Return the next older hit, or the next newer one; after the last comes the first. There must be some."""
        step = min if direction > 0 else max
        if rows := [one for one in self._rows(ref.capture_id) if (one.position - ref.position) * direction > 0]:
            return step(rows)
        find = bisect_right if direction > 0 else bisect_left
        at = find(self.ids, ref.capture_id) - (direction < 0)
        capture_id = self.ids[at % len(self.ids)]
        return step(self._rows(capture_id), default=EventRef(capture_id))

    def newest_until(self, ref: EventRef) -> EventRef:
        """Return the newest hit that is not after a row, else the first row of the newest. There must be some."""
        capture_id = self.ids[bisect_right(self.ids, ref.capture_id) - 1]
        rows = self._rows(capture_id)
        return max([row for row in rows if row <= ref] or rows[:1], default=EventRef(capture_id))

    def place(self, ref: EventRef) -> int | None:
        """Return the place of a row among those to go to, 1 for the newest; None if it is none."""
        at, rows = bisect_left(self.ids, ref.capture_id), self._rows(ref.capture_id)
        if at == len(self.ids) or self.ids[at] != ref.capture_id or (rows and ref not in rows):
            return None
        newer = len(self.ids) - at - 1 + sum(row > ref for row in rows)
        return newer + sum(count for one, count in self._count_further().items() if one > ref.capture_id) + 1

    def _count_further(self) -> dict[int, int]:
        """Count the rows of batches again if there may be others."""
        if (now := self._rows_now()) != self._counted:
            self._further = {one: max(len(self._rows(one)), 1) - 1 for one in self._events}
            self._counted = now
        return self._further

    def _rows(self, capture_id: int) -> list[EventRef]:
        """Return the rows of the events that match; none for a capture that matches as a whole, or is folded."""
        refs = [EventRef(capture_id, position) for position in self._events.get(capture_id, ())]
        return [ref for ref in refs if self._has_row(ref)]
