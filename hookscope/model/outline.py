"""The outline of a list of captures: ids and relations without content, in little memory even for a million."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct, field


class Pairs:
    """Numbers by capture id, ascending, in 16 bytes each."""

    def __init__(self, capture_ids: "array[int] | None" = None, values: "array[int] | None" = None) -> None:
        self._ids = array("q") if capture_ids is None else capture_ids
        self._values = array("q") if values is None else values

    def __len__(self) -> int:
        return len(self._ids)

    def get(self, capture_id: int) -> int | None:
        """Return the number of a capture."""
        at = bisect_left(self._ids, capture_id)
        return self._values[at] if at < len(self._ids) and self._ids[at] == capture_id else None

    def between(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield the captures from `first` to `last`, both included, with their numbers."""
        for at in range(bisect_left(self._ids, first), bisect_left(self._ids, last + 1)):
            yield self._ids[at], self._values[at]

    def put(self, capture_id: int, value: int) -> None:
        """Set the number of a capture."""
        at = bisect_left(self._ids, capture_id)
        if at < len(self._ids) and self._ids[at] == capture_id:
            self._values[at] = value
        else:
            self._ids.insert(at, capture_id)
            self._values.insert(at, value)

    def __add__(self, later: "Pairs") -> "Pairs":
        return Pairs(self._ids + later._ids, self._values + later._values)


Narrowed: TypeAlias = Mapping[int, tuple[int, ...]]
"""The positions of the events that a filter matches, by capture, for batches of which it matches only some."""


class Outline(Struct, frozen=True, kw_only=True):
    """Captures in order; `batches` maps those with several events to their count, `followers` statuses to leaders.

    A follower reports the status of a message; its leader is the capture of the message, or of its first status.
    """

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    batches: Pairs = field(default_factory=Pairs)
    followers: Pairs = field(default_factory=Pairs)
