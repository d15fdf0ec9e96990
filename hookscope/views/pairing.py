"""Pairing the items of two lists."""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Pairs = list[tuple[int | None, int | None]]
"""Positions in the left list and in the right one; None where the other side has nothing."""


def paired(left: Sequence[Any], right: Sequence[Any]) -> Pairs:
    """Pair items in any order: equal ones first, then those of the same kind; the rest have no partner.

    The order is that of the left list; an unpaired item of the right one follows its neighbor there.

    >>> paired([1, 2], [2, 1])
    [(0, 1), (1, 0)]
    """
    partners: dict[int, int] = {}
    for likeness in (written, _kind):
        free = [n for n in range(len(right)) if n not in set(partners.values())]
        partners |= _matched([n for n in range(len(left)) if n not in partners], free, left, right, likeness)
    return _in_order(len(left), len(right), partners)


def by_position(left: Sequence[Any], right: Sequence[Any]) -> Pairs:
    """Pair items by position from equal beginnings and ends; between them, items may have been added or removed."""
    shorter = min(len(left), len(right))
    head = next((n for n in range(shorter) if left[n] != right[n]), shorter)
    tail = next((n for n in range(shorter - head) if left[-1 - n] != right[-1 - n]), shorter - head)
    partners = {n: n for n in range(shorter - tail)}
    partners |= {len(left) - n: len(right) - n for n in range(1, tail + 1)}
    return _in_order(len(left), len(right), partners)


def _matched(
    firsts: Sequence[int],
    seconds: Sequence[int],
    left: Sequence[Any],
    right: Sequence[Any],
    likeness: Callable[[Any], object],
) -> Iterator[tuple[int, int]]:
    waiting: defaultdict[object, deque[int]] = defaultdict(deque)
    for n in seconds:
        waiting[likeness(right[n])].append(n)
    for n in firsts:
        if found := waiting[likeness(left[n])]:
            yield n, found.popleft()


def _in_order(lefts: int, rights: int, partners: dict[int, int]) -> Pairs:
    places = {second: (first, 0) for first, second in partners.items()}
    for n in range(rights):
        if n not in places:
            before = places.get(n - 1, (-1, 0))
            places[n] = before[0], before[1] + 1
    there: Pairs = [(n, None) for n in range(lefts) if n not in partners]
    there += [(places[n][0] if places[n][1] == 0 else None, n) for n in range(rights)]
    return sorted(there, key=lambda pair: (pair[0], 0) if pair[1] is None else places[pair[1]])


def written(value: Any) -> str:
    """Return a text for a value that does not depend on the order of keys and items."""
    return json.dumps(_sorted(value), sort_keys=True)


def _sorted(value: Any) -> Any:
    match value:
        case dict():
            return {key: _sorted(inner) for key, inner in value.items()}
        case list():
            return sorted((_sorted(inner) for inner in value), key=lambda one: json.dumps(one, sort_keys=True))
        case _:
            return value


def _kind(value: Any) -> object:
    """Return the kind of an item: for an object, the event that its own keys identify."""
    if not isinstance(value, dict):
        return type(value)
    names = (value.get(key) for key in ("field", "type", "status"))
    return tuple(one for one in names if isinstance(one, str))
