"""The syntax tree of a filter, and its text."""

import re

from msgspec import Struct

from hookscope.meta import json_path as paths


class Term(Struct, frozen=True):
    """A term `key:value`."""

    key: str
    value: str


class Text(Struct, frozen=True):
    """Consecutive words; unless they are `whole`, the last one may be the beginning of a word."""

    text: str
    whole: bool = False


class Path(Struct, frozen=True):
    """A comparison of the value at a path in the body's JSON, as text; `equal` is False for `!=`."""

    steps: paths.Path
    equal: bool
    value: str


class Not(Struct, frozen=True):
    """Matches when `inner` does not."""

    inner: "Filter"


class And(Struct, frozen=True):
    """Matches when all parts do; without parts, always."""

    parts: "tuple[Filter, ...]"


class Or(Struct, frozen=True):
    """Matches when any part does."""

    parts: "tuple[Filter, ...]"


Filter = Term | Text | Path | Not | And | Or

_BARE = re.compile(r'[^\s()"]+')


def write(filter_: Filter) -> str:
    """Return the filter as text; parsing it gives the same filter again."""
    match filter_:
        case And(parts):
            return " ".join(_inner(part) for part in parts)
        case Or(parts):
            return " or ".join(_inner(part) for part in parts)
        case Not(inner):
            return f"not {_inner(inner)}"
        case Text(text, whole):
            return _quoted(text) if whole else text
        case Path(steps, equal, value):
            return f"{paths.show_path(steps)}{'==' if equal else '!='}{_value(value)}"
        case Term(key, value):
            return f"{key}:{_value(value)}"


def mentions(filter_: Filter, key: str) -> bool:
    """Return whether a filter holds a term with that key."""
    match filter_:
        case And(parts) | Or(parts):
            return any(mentions(part, key) for part in parts)
        case Not(inner):
            return mentions(inner, key)
        case Term(found, _):
            return found == key
        case _:
            return False


def depends_on_event(filter_: Filter) -> bool:
    """Return whether a filter may hold for some events of a batch and not for others."""
    match filter_:
        case And(parts) | Or(parts):
            return any(map(depends_on_event, parts))
        case Not(inner):
            return depends_on_event(inner)
        case Term("is", value):
            return value in ("duplicate", "marked", "test")
        case Term(key, _):
            return key in ("object", "field", "entry", "from")
        case _:
            return True


def texts(filter_: Filter) -> list[Text]:
    """Return the texts that a capture may be found by, without those that it must not hold."""
    match filter_:
        case And(parts) | Or(parts):
            return [text for part in parts for text in texts(part)]
        case Text():
            return [filter_]
        case _:
            return []


def _inner(part: Filter) -> str:
    return f"({write(part)})" if isinstance(part, And | Or) else write(part)


def _value(value: str) -> str:
    return value if _BARE.fullmatch(value) else _quoted(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
