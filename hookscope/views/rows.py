"""The rows of a list as ascending numbers, 8 bytes each: captures, the events of batches, and days.

A number combines a capture's id and a position: 0 for the capture as a whole, from 1 for its events. The last position
of a capture is the line that begins the day of the next one.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from types import MappingProxyType

from hookscope.model.capture_id import EventRef
from hookscope.model.outline import Narrowed, Outline, Pairs

_BITS = 10
_POSITIONS = (1 << _BITS) - 1
"""Meta sends no more than 1000 events in a body, and no more of them are unpacked."""


def key_of(capture_id: int, position: int = 0) -> int:
    """Return the number of a row."""
    return capture_id << _BITS | position


def plain_keys(capture_ids: "array[int]") -> "array[int]":
    """Return the rows of captures with one row each; with a million, call it off the event loop."""
    return array("q", (capture_id << _BITS for capture_id in capture_ids))


def ref_of(key: int) -> EventRef:
    """Return the capture or the event in a row; for the beginning of a day, its first capture."""
    if is_day(key):
        return EventRef((key >> _BITS) + 1)
    return EventRef(key >> _BITS, key & _POSITIONS)


def is_day(key: int) -> bool:
    """Return whether a row begins a day."""
    return key & _POSITIONS == _POSITIONS


class Folding:
    """The rows below captures: the events of batches, and the captures with a message's statuses.

    Batches are unfolded and statuses are folded, unless the user changes that.
    """

    def __init__(self) -> None:
        self._batches, self._followers = Pairs(), Pairs()
        self._folded: set[int] = set()
        self._shown: set[int] = set()
        self._days: list[int] = []
        self._dates: list[date] = []

    def learn(self, outline: Outline, *, older: bool) -> None:
        """Add captures before all others, or after them."""
        if older:
            self._batches = outline.batches + self._batches
            self._followers = outline.followers + self._followers
        else:
            self._batches, self._followers = self._batches + outline.batches, self._followers + outline.followers

    def learn_days(self, days: Collection[tuple[int, date]]) -> None:
        """Add the first captures of days, the oldest first. A day whose captures are out of order is left out."""
        for capture_id, day in days:
            if not self._days or capture_id > self._days[-1]:
                self._days.append(capture_id)
                self._dates.append(day)

    def day_of(self, capture_id: int) -> date | None:
        """Return the day on which a capture came."""
        at = bisect_right(self._days, capture_id) - 1
        return self._dates[at] if at >= 0 else None

    def events(self, capture_id: int) -> int:
        """Return the number of rows below a batch's own; 0 when it is folded."""
        return 0 if capture_id in self._folded else self._batches.get(capture_id) or 0

    def leader(self, capture_id: int) -> int | None:
        """Return the capture whose status another reports."""
        return self._followers.get(capture_id)

    def fold_batch(self, capture_id: int) -> None:
        """Fold a batch into one row."""
        self._folded.add(capture_id)

    def unfold_batch(self, capture_id: int, events: int) -> None:
        """Unfold a batch into a row for each event."""
        self._folded.discard(capture_id)
        self._batches.put(capture_id, events)

    def show_statuses(self, capture_id: int, *, shown: bool) -> None:
        """Unfold or fold the statuses of a message."""
        (self._shown.add if shown else self._shown.discard)(capture_id)

    def shows_statuses(self, capture_id: int) -> bool:
        """Return whether the statuses of a message are unfolded."""
        return capture_id in self._shown

    def _hides(self, capture_id: int, present: "Rows", among: "array[int]") -> bool:
        """Return whether a status has no row because it is folded into its message."""
        leader = self._followers.get(capture_id)
        if leader is None or leader in self._shown or self._batches.get(leader):
            return False
        return _index(among, leader) is not None or present.has(leader)

    def keys(self, capture_ids: "array[int]", present: "Rows", plain: "array[int] | None" = None) -> "array[int]":
        """Return the rows of these captures, ascending, in addition to those `present`.

        `plain` are their `plain_keys`, if these are known.
        """
        keys, done = array("q"), 0
        if not capture_ids:
            return keys
        plain = plain_keys(capture_ids) if plain is None else plain
        first, last = capture_ids[0], capture_ids[-1]
        odd = {}
        for one, count in self._batches.between(first, last):
            if one not in self._folded and (at := _index(capture_ids, one)) is not None:
                odd[at] = count
        for one, _ in self._followers.between(first, last):
            if (at := _index(capture_ids, one)) is not None and self._hides(one, present, capture_ids):
                odd[at] = -1
        days = {*self._beginnings(capture_ids, odd)}
        for at in sorted({*odd, *days}):
            keys.extend(plain[done:at])
            key = capture_ids[at] << _BITS
            if at in days:
                keys.append(key - 1)
            keys.extend(present.kept(range(key, key + odd.get(at, 0) + 1)))
            done = at + 1
        keys.extend(plain[done:])
        return keys

    def _beginnings(self, capture_ids: "array[int]", odd: dict[int, int]) -> Iterator[int]:
        """Yield the positions of captures that begin a new day, also of those without a row."""
        for day in self._days[bisect_right(self._days, capture_ids[0]) :]:
            at = bisect_left(capture_ids, day)
            while odd.get(at) == -1:
                at += 1
            if at < len(capture_ids):
                yield at


class Rows:
    """Rows in order, and the number of their captures, including those without a row.

    Of the batches that are `narrowed`, only some events have rows.
    """

    def __init__(self, folding: Folding, narrowed: Narrowed = MappingProxyType({})) -> None:
        self.keys = array("q")
        self.captures = 0
        self._folding = folding
        self._narrowed = narrowed

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, key: int) -> int:
        """Return the position of a row, or of the next one after it."""
        return bisect_left(self.keys, key)

    def has(self, capture_id: int) -> bool:
        """Return whether a capture has a row."""
        at = self.find(capture_id << _BITS)
        return at < len(self.keys) and self.keys[at] == capture_id << _BITS

    def kept(self, keys: range) -> Sequence[int]:
        """Return those of the rows of one capture that are not left out; the capture's own always stays."""
        if len(keys) < 2 or (events := self._narrowed.get(keys[0] >> _BITS)) is None:
            return keys
        return [key for key in keys if key & _POSITIONS in (0, *events)]

    def is_last(self, at: int) -> bool:
        """Return whether the row after this one, if any, belongs to another capture."""
        following = self.keys[at + 1] if at + 1 < len(self.keys) else _POSITIONS
        return is_day(following) or following >> _BITS != self.keys[at] >> _BITS

    def append(self, capture_ids: "array[int]") -> None:
        """Add captures after all others."""
        self.keys.extend(self._joint(self.keys, added := self._folding.keys(capture_ids, self)) + added)
        self.captures += len(capture_ids)

    def prepend(self, capture_ids: "array[int]", plain: "array[int] | None" = None) -> None:
        """Add captures before all others."""
        added = self._folding.keys(capture_ids, self, plain)
        self.keys = added + self._joint(added, self.keys) + self.keys
        self.captures += len(capture_ids)

    def show(self, keys: Sequence[int], *, shown: bool) -> None:
        """Add these rows, or remove the existing ones among them."""
        for key in (keys[0],) if isinstance(keys, range) else keys:
            at = self.find(key)
            until = self.find(keys[-1] + 1) if isinstance(keys, range) else self.find(key + 1)
            added = self.kept(keys) if isinstance(keys, range) else (key,)
            self.keys[at:until] = array("q", added if shown else ())

    def _joint(self, above: "array[int]", below: "array[int]") -> "array[int]":
        """Return the row that begins a day between two parts, if any."""
        if not above or not below:
            return array("q")
        days = (self._folding.day_of(ref_of(key).capture_id) for key in (above[-1], below[0]))
        return array("q", [] if len({*days}) == 1 else [below[0] - 1])


def _index(capture_ids: "array[int]", capture_id: int) -> int | None:
    at = bisect_left(capture_ids, capture_id)
    return at if at < len(capture_ids) and capture_ids[at] == capture_id else None
