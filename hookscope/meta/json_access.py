"""Safe accessors for untrusted JSON, for lines that a person reads."""

import re
from collections.abc import Iterator
from typing import Any

from hookscope.meta.event_time import read_time

_SHOWN_PAIRS = 3
_SHOWN_ITEMS = 10
_LEVELS = 5
_FIRST_YEAR = 2004  # Facebook's launch: a smaller number is not a time.
_TIME_KEY = re.compile(r"(?:time|timestamp|watermark|expiration|_date|_at)$")


def text_at(value: Any, *path: str) -> str:
    """Return the text or number at a path of keys, or an empty text when there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return as_text(value)


def first_text(value: Any, *keys: str) -> str:
    """Return the first of these keys' values that is a text or a number, or an empty text when none is."""
    for key in keys:
        if found := text_at(value, key):
            return found
    return ""


def as_text(value: Any) -> str:
    """Return a text or number as text, and an empty text for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def objects_at(value: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects in the list at a key."""
    inner = value.get(key) if isinstance(value, dict) else None
    return [item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else []


def join_words(*parts: str) -> str:
    """Join the parts that are not empty, as words."""
    return names(*parts).replace("_", " ")


def names(*parts: str) -> str:
    """Join the parts that are not empty with blanks, and leave them unchanged: constants stay searchable."""
    return " ".join(filter(None, parts))


def commas(*parts: str) -> str:
    """Join the parts that are not empty with commas."""
    return ", ".join(filter(None, parts))


def counted(number: int, noun: str) -> str:
    """Return a count with its noun: `1 thread`, `2 threads`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(value: Any) -> str:
    """Return a time of Meta's in readable form, `2026-11-20 19:33:28` in UTC; anything else unchanged."""
    time = read_time(value)
    return time.strftime("%Y-%m-%d %H:%M:%S") if time and time.year >= _FIRST_YEAR else as_text(value)


def until(end: Any) -> str:
    """Return `until END`, with a time of Meta's in readable form, or nothing."""
    shown = moment(end)
    return f"until {shown}" if shown else ""


def pairs(value: Any) -> str:
    """Return the first texts and numbers of an object of unknown shape, each behind its name, with readable times.

    They come from the object itself, or from the objects inside when it has none of its own.
    """
    return commas(*[text for text, _ in zip(_own(value, "") or _inner(value, ""), range(_SHOWN_PAIRS), strict=False)])


def _own(value: Any, name: str) -> list[str]:
    members = value.items() if isinstance(value, dict) else ()
    shown = ((names(name, str(key)), inner) for key, inner in members)
    return [
        names(full, text)
        for full, inner in shown
        if (text := moment(inner) if _TIME_KEY.search(full) else _plain(inner))
    ]


def _inner(value: Any, name: str, levels: int = _LEVELS) -> Iterator[str]:
    """Yield the texts and numbers of the objects inside an object, or in its lists, a few levels deep."""
    for key, inner in value.items() if levels and isinstance(value, dict) else ():
        full = names(name, str(key))
        for one in inner if isinstance(inner, list) else [inner]:
            yield from _own(one, full)
            yield from _inner(one, full, levels - 1)


def _plain(value: Any) -> str:
    """Return a text or a number, or the first one in a list."""
    return commas(*map(as_text, value[:_SHOWN_ITEMS])) if isinstance(value, list) else as_text(value)


def to(recipient: str) -> str:
    """Return ` to RECIPIENT`, or nothing."""
    return f" to {recipient}" if recipient else ""


def by_sender(sender: str) -> str:
    """Return ` from SENDER`, or nothing."""
    return f" from {sender}" if sender else ""


def by_author(author: str) -> str:
    """Return ` by AUTHOR`, or nothing."""
    return f" by {author}" if author else ""


def quoted(text: str) -> str:
    """Return `: TEXT`, or nothing."""
    return f": {text}" if text else ""
