"""Places in a JSON value: `$.entry[0].changes[0].value.item`.

A path is a tuple of steps, a text for the key of an object and a number for the index of a list.
"""

import re
from typing import Any

Path = tuple[str | int, ...]

PATTERN = r"\$(?:\.[\w-]+|\[\d{1,9}\])+"
"""The pattern of a path from the root, for the grammars that include it."""

_STEP = re.compile(r"\.([\w-]+)|\[(\d{1,9})\]")


def parse_path(text: str) -> Path:
    """Parse a path, with or without a leading `$` for the root; raises ValueError for anything else."""
    rest = text.strip()
    rest = rest[1:] if rest.startswith("$") else f".{rest}" if rest[:1] not in ("", ".", "[") else rest
    steps: list[str | int] = []
    position = 0
    while found := _STEP.match(rest, position):
        position = found.end()
        steps.append(found[1] or int(found[2]))
    if not steps or position < len(rest):
        raise ValueError(f"{text!r} is not a path; write one such as $.entry[0].changes[0].value.item")
    return tuple(steps)


def look_up(value: Any, path: Path) -> Any:
    """Return the value at a path; raises LookupError when there is none."""
    for step in path:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                raise LookupError(f"there is nothing at {show_path(path)}")
    return value


def show_path(path: Path) -> str:
    """Format a path, starting at the root."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
