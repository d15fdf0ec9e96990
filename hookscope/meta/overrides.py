"""`path=value`: one change to a notification's payload, as `--set` takes it.

A path that begins with `$`, `object` or `entry`, or with a key of the flat envelope of Threads, starts at the root. Any
other starts at the first change or messaging event of the first entry: `value.message`, `message.text`, `field`.
"""

import json
import math
from typing import Any

from msgspec import Struct

from hookscope.meta import wire
from hookscope.meta.catalog import nearest
from hookscope.meta.json_path import Path, look_up, parse_path, show_path
from hookscope.meta.notification import EntryForm

_AT_ROOT = ("object", "entry", "app_id", "topic", "target_id", "subscription_id", "has_uid_field", "values")
_FIRST_EVENTS: tuple[Path, ...] = (
    *(("entry", 0, form.value, 0) for form in EntryForm if form is not EntryForm.CHANGED_FIELDS),
    ("values", 0),
    ("values",),
)
_SHOWN_KEYS = 12


class Override(Struct, frozen=True, kw_only=True):
    """A value to set and its place. `is_rooted` tells whether `path` starts at the root or at the first event.

    `adds` allows the last step to be a new key, which would otherwise count as a typo.
    """

    path: Path
    is_rooted: bool
    value: Any
    adds: bool = False


def parse_assignment(text: str) -> Override:
    """Parse `path=value`; raises ValueError.

    The value is parsed as JSON if it is JSON (`3`, `true`, `null`, `{"id":"1"}`, `"3"`), and taken as text otherwise.
    """
    written, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not an override; write PATH=VALUE, such as value.message=hello")
    return assignment_to(written, _read(value))


def assignment_to(path: str, value: Any, *, adds: bool = False) -> Override:
    """Return the override that sets a value at a path; raises ValueError for an invalid path."""
    steps = parse_path(path)
    is_rooted = path.lstrip().startswith("$") or steps[0] in _AT_ROOT
    return Override(path=steps, is_rooted=is_rooted, value=value, adds=adds)


def assign(payload: Any, assignment: Override) -> Any:
    """Return a copy of the payload with the value set; a value may be appended to a list.

    Raises ValueError, with the nearest name, when the place does not exist in this payload; only its last key may be
    missing, if the assignment adds.
    """
    return _assigned(payload, place(payload, assignment), 0, assignment)


def place(payload: Any, assignment: Override) -> Path:
    """Return the path of an assignment from the payload's root. Raises ValueError when there is no first event."""
    return assignment.path if assignment.is_rooted else (*_first_event(payload), *assignment.path)


def _read(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=float)
        return text if wire.is_too_deep(value) or not _is_finite(value) else value
    except (ValueError, RecursionError):
        return text


def _is_finite(value: Any) -> bool:
    """Return whether a value can be written as JSON again: the decoder takes numbers beyond the range of a float."""
    match value:
        case float():
            return math.isfinite(value)
        case list():
            return all(map(_is_finite, value))
        case dict():
            return all(map(_is_finite, value.values()))
        case _:
            return True


def _first_event(payload: Any) -> Path:
    for path in _FIRST_EVENTS:
        try:
            look_up(payload, path)
        except LookupError:
            continue
        return path
    raise ValueError("the first entry has neither changes nor messaging events; begin the path with $")


def _assigned(value: Any, path: Path, depth: int, wanted: Override) -> Any:
    step, is_last = path[depth], depth == len(path) - 1
    match value, step:
        case dict(), str() if step in value or (is_last and wanted.adds):
            inner = wanted.value if is_last else _assigned(value[step], path, depth + 1, wanted)
            return {**value, step: inner}
        case list(), int() if step < len(value):
            inner = wanted.value if is_last else _assigned(value[step], path, depth + 1, wanted)
            return [*value[:step], inner, *value[step + 1 :]]
        case list(), int() if is_last and step == len(value):
            return [*value, wanted.value]
        case _:
            raise ValueError(_leads_nowhere(value, path, depth))


def _leads_nowhere(value: Any, path: Path, depth: int) -> str:
    where = show_path(path[:depth])
    match value:
        case dict():
            keys = ", ".join(list(value)[:_SHOWN_KEYS]) or "nothing"
            meant = nearest(str(path[depth]), value)
            found = f"{f'did you mean {meant!r}? ' if meant else ''}{where} holds {keys}"
        case list():
            found = f"{where} is a list of {len(value)}"
        case _:
            found = f"{where} is neither an object nor a list"
    return f"{show_path(path)} does not exist: {found}"
