"""The values of a notification as a form, each with its path and its text."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from hookscope.meta.json_path import Path, show_path
from hookscope.meta.overrides import Override, assign

_MOST = 80
_EVENTS = ("changes", "messaging", "standby")


class FormField(Struct, frozen=True, kw_only=True):
    """One value: its path from the root, a short name, and its text. `is_text` is False for numbers and words."""

    path: Path
    label: str
    text: str
    is_text: bool

    def read(self, typed: str) -> Any:
        """Return the value of a text; raises ValueError for one that is not of the field's type."""
        if self.is_text:
            return typed
        try:
            value = json.loads(typed)
        except ValueError:
            value = typed
        if isinstance(value, str | list | dict):
            raise ValueError(f"{self.label} is a number, true, false, or null; {typed!r} is not")
        return value


def form_fields(payload: Any) -> list[FormField]:
    """Return the fields of a payload, in order; at most some dozens."""
    found: list[FormField] = []
    for path, value in _leaves(payload, ()):
        if len(found) == _MOST:
            break
        text = value if isinstance(value, str) else json.dumps(value)
        if not text.isprintable():  # Texts of several lines are not editable here.
            continue
        found.append(FormField(path=path, label=_label(path), text=text, is_text=isinstance(value, str)))
    return found


def filled(payload: Any, fields: Sequence[FormField], typed: Mapping[Path, str]) -> Any:
    """Return the payload with the changed values set; raises ValueError for a text that does not fit its field."""
    for field in fields:
        if (text := typed.get(field.path, field.text)) != field.text:
            payload = assign(payload, Override(path=field.path, is_rooted=True, value=field.read(text)))
    return payload


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [(step, one) for step, one in steps]
    if not inner and not isinstance(value, dict | list):
        yield path, value
    for step, one in inner:
        yield from _leaves(one, (*path, step))


def _label(path: Path) -> str:
    """Return the path within its first event, as `--set` takes it, else the whole."""
    if path[:2] == ("entry", 0) and len(path) > 4 and path[2] in _EVENTS and path[3] == 0:
        path = path[4:]
    return show_path(path)[2:]
