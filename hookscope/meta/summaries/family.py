"""A family of summaries: the events that belong together, and the functions that describe them."""

from collections.abc import Callable, Mapping
from typing import Any

Value = Mapping[str, Any]
"""A change's value, or a whole messaging event."""

Described = tuple[str, str]
"""The event in a word or two ("comment add"), and the rest of its line: who, and what."""

Describe = Callable[[Value], Described | None]
"""Describes an event by its value; None for a value that is not as it should be, which is then described by its keys.

Nothing in the value is certain: read it with `hookscope.meta.json_access`.
"""

Family = dict[tuple[str, str], Describe]
"""(object, field) → the function. ANY stands for every object, or for every other field of an object."""

ANY = ""
