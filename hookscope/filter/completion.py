"""Completion of the last word of a filter."""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from hookscope.filter.days import NAMED_DAYS
from hookscope.filter.parser import KEYS
from hookscope.filter.wildcard import NO_ANSWER
from hookscope.meta.catalog import FIELDS
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Kind
from hookscope.model.search_fields import Flag, Key

_STATUSES = ("2xx", "200", "401", "403", "404", "4xx", "5xx")
_VALUES: dict[str, tuple[str, ...]] = {
    Key.KIND: tuple(Kind),
    Key.OBJECT: tuple(sorted(FIELDS)),
    Key.SIGNATURE: tuple(SignatureVerdict),
    Key.STATUS: _STATUSES,
    Key.FLAG: tuple(Flag),
    "app": (*_STATUSES, *NO_ANSWER),
    "on": tuple(NAMED_DAYS),
    "since": ("10m", "1h", "1d", "7d"),
}
_JOINING = ("and", "not", "or")
_LAST_WORD = re.compile(r'[^\s()"]*\Z')


class Completion(Struct, frozen=True):
    """The word at the end of a text, from `start` on, and its possible completions, in order."""

    start: int
    options: tuple[str, ...]

    def extended(self, text: str) -> str:
        """Return the text, extended by the common beginning of all options; a blank follows a single option."""
        if len(self.options) == 1:
            return text[: self.start] + self.options[0] + ("" if self.options[0].endswith(":") else " ")
        return text[: self.start] + _shared(self.options) if self.options else text


def complete(
    text: str, objects: Collection[str] = (), seen: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Completion:
    """Return the completion of the last word of a filter. Fields are those of `objects`, else of all objects.

    `seen` maps keys to the values that captures have, which come first.
    """
    found = _LAST_WORD.search(text)
    start = found.start() if found else len(text)
    word = text[start:]
    key, colon, value = word.partition(":")
    if text.count('"') % 2 or not word:
        return Completion(start, ())
    if colon:
        name = key.lower()
        known = _fields(objects) if name == Key.FIELD else _VALUES.get(name, ())
        values = dict.fromkeys((*seen.get(name, ()), *known))
        options = [f"{key}:{one}" for one in values if one.lower().startswith(value.lower()) and one != value]
    else:
        options = [one for one in (*sorted(f"{key}:" for key in KEYS), *_JOINING) if one.startswith(word.lower())]
    return Completion(start, tuple(one for one in options if one != word))


def _shared(options: Collection[str]) -> str:
    """Return the common beginning of all options, which is that of the first and the last in order."""
    first, last = min(options), max(options)
    return first[: next((n for n in range(len(first)) if first[n] != last[n : n + 1]), len(first))]


def _fields(objects: Collection[str]) -> list[str]:
    known = [FIELDS[name] for name in objects if name in FIELDS] or FIELDS.values()
    return sorted({field for fields in known for field in fields})
