"""Looking into JSON of which nothing is certain, for a line that a person reads."""

import re
from collections.abc import Iterator
from typing import Any

from hookscope.meta.event_time import read_time

_SHOWN_PAIRS = 3
_SHOWN_ITEMS = 10
_LEVELS = 5
_FIRST_YEAR = 2004  # Facebook's: a smaller number is no time
_TIME_KEY = re.compile(r"(?:time|timestamp|watermark|expiration|_date|_at)$")


def text_at(value: Any, *path: str) -> str:
    """The text or number at a path of keys; an empty text when there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return as_text(value)


def first_text(value: Any, *keys: str) -> str:
    """The first of these keys that holds a text or a number; an empty text when none does."""
    for key in keys:
        if found := text_at(value, key):
            return found
    return ""


def as_text(value: Any) -> str:
    """A text or number as text; an empty text for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def objects_at(value: Any, key: str) -> list[dict[str, Any]]:
    """The objects in the list that stands at a key."""
    inner = value.get(key) if isinstance(value, dict) else None
    return [item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else []


def join_words(*parts: str) -> str:
    """The parts that are not empty, as words."""
    return names(*parts).replace("_", " ")


def names(*parts: str) -> str:
    """The parts that are not empty, with a blank between them: constants stay as one looks them up."""
    return " ".join(filter(None, parts))


def commas(*parts: str) -> str:
    """The parts that are not empty, with commas between them."""
    return ", ".join(filter(None, parts))


def counted(number: int, noun: str) -> str:
    """`1 thread`, `2 threads`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(value: Any) -> str:
    """A time as Meta writes it, for a person: `2026-11-20 19:33:28`, in UTC; what is none, as it is."""
    time = read_time(value)
    return time.strftime("%Y-%m-%d %H:%M:%S") if time and time.year >= _FIRST_YEAR else as_text(value)


def pairs(value: Any) -> str:
    """The first texts and numbers of an object of which nothing is known, each behind its name; times for a person.

    Those of the object itself, or of what it holds when it has none.
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
    """The texts and numbers of the objects in an object, or in its lists, a few levels deep."""
    for key, inner in value.items() if levels and isinstance(value, dict) else ():
        full = names(name, str(key))
        for one in inner if isinstance(inner, list) else [inner]:
            yield from _own(one, full)
            yield from _inner(one, full, levels - 1)


def _plain(value: Any) -> str:
    """A text or a number, or the first of them in a list."""
    return commas(*map(as_text, value[:_SHOWN_ITEMS])) if isinstance(value, list) else as_text(value)


def to(recipient: str) -> str:
    """` to RECIPIENT`, or nothing."""
    return f" to {recipient}" if recipient else ""


def by_author(author: str) -> str:
    """` by AUTHOR`, or nothing."""
    return f" by {author}" if author else ""


def quoted(text: str) -> str:
    """`: TEXT`, or nothing."""
    return f": {text}" if text else ""
