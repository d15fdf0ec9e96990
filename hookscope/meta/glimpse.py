"""Looking into JSON of which nothing is certain, for a line that a person reads."""

from typing import Any


def get(value: Any, *path: str) -> str:
    """The text or number at a path of keys; an empty text when there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return scalar(value)


def first(value: Any, *keys: str) -> str:
    """The first of these keys that holds a text or a number; an empty text when none does."""
    for key in keys:
        if found := get(value, key):
            return found
    return ""


def scalar(value: Any) -> str:
    """A text or number as text; an empty text for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def dicts(value: Any, key: str) -> list[dict[str, Any]]:
    """The objects in the list that stands at a key."""
    inner = value.get(key) if isinstance(value, dict) else None
    return [item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else []


def words(*parts: str) -> str:
    """The parts that are not empty, as words."""
    return " ".join(part.replace("_", " ") for part in parts if part)


def by(author: str) -> str:
    """` by AUTHOR`, or nothing."""
    return f" by {author}" if author else ""


def said(text: str) -> str:
    """`: TEXT`, or nothing."""
    return f": {text}" if text else ""
