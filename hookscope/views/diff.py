"""The differences of two captures: bodies value by value, and headers. Texts are not yet safe for a terminal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from hookscope.meta import wire
from hookscope.meta.event_ids import TIMES, own_ids
from hookscope.meta.json_path import Path
from hookscope.meta.verify_token import is_verify_token
from hookscope.model.record import Capture
from hookscope.views.pairing import by_position, paired
from hookscope.views.verify_token import MASK

_ALWAYS_OTHER = frozenset(
    ("content-length", "date", "traceparent", "x-hub-signature", "x-hub-signature-256", "x-request-id")
)
"""Headers that follow from the body, or number and date the request."""

_CHALLENGE = "hub.challenge"
"""The random number of each handshake."""

_TIME_ENDINGS = ("_time", "_timestamp")
"""Of keys of further times, such as that of a post's last change."""

_MOST_LINES = 5_000
_AROUND = 3
"""The number of equal lines that stay before and after a difference."""

_SHORTEST = 4
"""Fewer lines, or as many, are not skipped: it would hide more than it saves."""


class Mark(StrEnum):
    """The kind of a line in a diff. Expected are challenges, and ids and times of the event, which always differ."""

    SAME = "same"
    CHANGED = "changed"
    EXPECTED = "expected"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"


class DiffLine(Struct, frozen=True, kw_only=True):
    """One value, or the mark that opens or closes several: its level, its name, and its text on each side.

    A side is None where there is nothing. `name` tells what is skipped.
    """

    mark: Mark
    path: Path = ()
    indent: int = 0
    name: str = ""
    left: str | None = None
    right: str | None = None


class Diff(Struct, frozen=True, kw_only=True):
    """The lines of the bodies and of the headers; equal headers are left out."""

    body: Sequence[DiffLine]
    headers: Sequence[DiffLine]

    def count(self, mark: Mark) -> int:
        """Return how many values have this mark; those within an added or removed value are not counted."""
        found = 0
        for lines in (self.body, self.headers):
            paths = {line.path for line in lines if line.mark is mark}
            found += sum(not path or path[:-1] not in paths for path in paths)
        return found


def diff(left: Capture, right: Capture) -> Diff:
    """Compare two captures. Bodies that are not JSON are compared line by line."""
    values = _value(left), _value(right)
    try:
        lines = [*_compare(*values, _Place())]
    except RecursionError:
        lines = [*_compare(_text(left), _text(right), _Place())]
    return Diff(body=[*map(_masked, shorten(lines))], headers=[*_compare_headers(_headers(left), _headers(right))])


def shorten(lines: Sequence[DiffLine]) -> list[DiffLine]:
    """Return the lines without long equal stretches; the surroundings of a difference are kept."""
    kept = _kept(lines)
    shown: list[DiffLine] = []
    skipped = 0
    for n, line in enumerate(lines):
        if len(shown) == _MOST_LINES:
            return [*shown, _skip(f"{len(lines) - n + skipped:,} more lines")]
        if n not in kept:
            skipped += 1
            continue
        if skipped:
            shown.append(_skip(f"{skipped:,} the same", line.indent))
            skipped = 0
        shown.append(line)
    return [*shown, _skip(f"{skipped:,} the same")] if skipped else shown


def _masked(line: DiffLine) -> DiffLine:
    """Return a line without a verify token, of which only the mark says whether it differs."""
    if len(line.path) != 1 or not is_verify_token(str(line.path[0])):
        return line
    return replace(line, left=line.left and MASK, right=line.right and MASK)


class _Place(Struct, frozen=True):
    """The place of a value; `is_own` says that it names or dates the event."""

    path: Path = ()
    name: str = ""
    is_own: bool = False

    def line(self, mark: Mark, left: str | None, right: str | None, *, is_end: bool = False) -> DiffLine:
        name = "" if is_end or not self.path or isinstance(self.path[-1], int) else self.name
        return DiffLine(mark=mark, path=self.path, indent=len(self.path), name=name, left=left, right=right)

    def within(self, step: str | int, ids: frozenset[str] = frozenset()) -> "_Place":
        if isinstance(step, int):
            return _Place((*self.path, step), self.name)
        is_time = step in TIMES or step.endswith(_TIME_ENDINGS)
        return _Place((*self.path, step), step, is_time or step in ids or step == _CHALLENGE)


def _compare(left: Any, right: Any, place: _Place) -> Iterator[DiffLine]:
    match left, right:
        case (dict(), dict()) | (list(), list()) if left and right:
            opening, closing = "{}" if isinstance(left, dict) else "[]"
            yield place.line(Mark.SAME, opening, opening)
            yield from _objects(left, right, place) if isinstance(left, dict) else _lists(left, right, place)
            yield place.line(Mark.SAME, closing, closing, is_end=True)
        case _ if _is_many(left) or _is_many(right):
            yield from _one_side(left, Mark.REMOVED, place)
            yield from _one_side(right, Mark.ADDED, place)
        case _:
            texts = _written(left), _written(right)
            different = Mark.EXPECTED if place.is_own else Mark.CHANGED
            yield place.line(Mark.SAME if texts[0] == texts[1] else different, *texts)


def _objects(left: Mapping[str, Any], right: Mapping[str, Any], place: _Place) -> Iterator[DiffLine]:
    ids = own_ids(left, place.name) | own_ids(right, place.name)
    for key in dict.fromkeys((*left, *right)):
        inner = place.within(key, ids)
        if key not in right:
            yield from _one_side(left[key], Mark.REMOVED, inner)
        elif key not in left:
            yield from _one_side(right[key], Mark.ADDED, inner)
        else:
            yield from _compare(left[key], right[key], inner)


def _lists(left: Sequence[Any], right: Sequence[Any], place: _Place) -> Iterator[DiffLine]:
    """Compare item by item, in any order, since items may move; the lines of a text keep their order."""
    pairs = by_position(left, right) if isinstance(left, _Lines) else paired(left, right)
    for n, (first, second) in enumerate(pairs):
        if second is None:
            yield from _one_side(left[first or 0], Mark.REMOVED, place.within(n))
        elif first is None:
            yield from _one_side(right[second], Mark.ADDED, place.within(n))
        else:
            yield from _compare(left[first], right[second], place.within(n))


def _one_side(value: Any, mark: Mark, place: _Place) -> Iterator[DiffLine]:
    """Yield a value with everything in it that the other side lacks."""
    if not _is_many(value):
        yield _sided(mark, _written(value), place)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield _sided(mark, opening, place)
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _one_side(inner, mark, place.within(step))
    yield _sided(mark, closing, place, is_end=True)


def _sided(mark: Mark, text: str, place: _Place, *, is_end: bool = False) -> DiffLine:
    sides = (text, None) if mark is Mark.REMOVED else (None, text)
    return place.line(mark, *sides, is_end=is_end)


def _compare_headers(left: Mapping[str, tuple[str, str]], right: Mapping[str, tuple[str, str]]) -> Iterator[DiffLine]:
    for key in dict.fromkeys((*left, *right)):
        first, second = left.get(key), right.get(key)
        name = (first or second or ("",))[0]
        sides = first[1] if first else None, second[1] if second else None
        if sides[0] == sides[1]:
            continue
        mark = Mark.REMOVED if second is None else Mark.ADDED if first is None else Mark.CHANGED
        if mark is Mark.CHANGED and key in _ALWAYS_OTHER:
            mark = Mark.EXPECTED
        yield DiffLine(mark=mark, path=(key,), name=name, left=sides[0], right=sides[1])


def _headers(capture: Capture) -> dict[str, tuple[str, str]]:
    """Return name and value by the lowercase name; repeated headers become one."""
    found: dict[str, tuple[str, str]] = {}
    for name, value in ((name.decode("latin-1"), value.decode("latin-1")) for name, value in capture.request.headers):
        known = found.get(name.lower())
        found[name.lower()] = (known[0], f"{known[1]}, {value}") if known else (name, value)
    return found


def _value(capture: Capture) -> Any:
    """Return the content of a capture: its JSON, the query of a request without a body, else the lines of its text."""
    if not capture.request.body:
        return dict(parse_qsl(urlsplit(capture.request.target).query, keep_blank_values=True))
    try:
        return wire.decode(capture.request.body)
    except ValueError:
        return _text(capture)


class _Lines(list[str]):
    """The lines of a text."""


def _text(capture: Capture) -> _Lines:
    return _Lines(capture.request.body.decode("utf-8", "backslashreplace").split("\n"))


def _is_many(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kept(lines: Sequence[DiffLine]) -> set[int]:
    """Return the numbers of the lines to keep.

    They are next to a difference, of the values around it, or of stretches too short to skip.
    """
    kept: set[int] = set()
    for n, line in enumerate(lines):
        if line.mark is not Mark.SAME:
            kept.update(range(max(n - _AROUND, 0), min(n + _AROUND + 1, len(lines))))
    depth = 0
    for n in range(len(lines) - 1, -1, -1):  # Backwards, so that an opening mark comes after what it holds.
        if n in kept:
            depth = lines[n].indent
        elif lines[n].indent < depth:
            kept.add(n)
            depth = lines[n].indent
    skipped = [n for n in range(len(lines)) if n not in kept]
    for _, stretch in groupby(enumerate(skipped), lambda pair: pair[1] - pair[0]):
        numbers = [n for _, n in stretch]
        if len(numbers) <= _SHORTEST:
            kept.update(numbers)
    return kept


def _skip(summary_text: str, indent: int = 0) -> DiffLine:
    return DiffLine(mark=Mark.SKIPPED, indent=indent, name=summary_text)
