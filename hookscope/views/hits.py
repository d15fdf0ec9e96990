"""The hits of a search: captures, and of batches the events that match on their own."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection

from hookscope.model.capture_id import EventRef
from hookscope.model.outline import Narrowed
from hookscope.views.listing import revised


class Hits:
    """Hits, ascending. `has_row` tells whether the list has a row for an event: a folded batch has none for its own."""

    def __init__(self, has_row: Callable[[EventRef], bool]) -> None:
        self.ids = array("q")
        self._events: dict[int, tuple[int, ...]] = {}
        self._has_row = has_row

    def __len__(self) -> int:
        return len(self.ids)

    def clear(self) -> None:
        """Forget all hits."""
        self.ids = array("q")
        self._events.clear()

    def add(self, capture_ids: "array[int]", events: Narrowed, *, older: bool) -> None:
        """Add captures before the others or after them; of some batches only some events."""
        self.ids = capture_ids + self.ids if older else self.ids + capture_ids
        self._events.update(events)

    def revise(self, looked_at: Collection[int], hits: set[int], events: Narrowed) -> None:
        """Replace the hits among captures that were examined again."""
        self.ids = revised(self.ids, looked_at, hits)
        for one in looked_at:
            self._events.pop(one, None)
        self._events.update(events)

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

    def place(self, capture_id: int) -> int | None:
        """Return the place of a capture among the hits, 1 for the newest; None if it is none."""
        at = bisect_left(self.ids, capture_id)
        return len(self.ids) - at if at < len(self.ids) and self.ids[at] == capture_id else None

    def _rows(self, capture_id: int) -> list[EventRef]:
        """Return the rows of the events that match; none for a capture that matches as a whole, or is folded."""
        refs = [EventRef(capture_id, position) for position in self._events.get(capture_id, ())]
        return [ref for ref in refs if self._has_row(ref)]
