"""Captured payloads made fresh: new ids for new things, later times, the same people."""

import re
from datetime import datetime
from random import Random
from typing import Any

from hookscope.meta.event_ids import TIMES, own_ids

_MILLISECONDS_FROM = 10**11


def refresh(payload: Any, random: Random, now: datetime) -> Any:
    """Return the payload with other ids and times; occurrences of one id stay equal.

    Times keep their distance from each other: the newest becomes `now`.
    """
    return _Refreshing(random, now.timestamp() - _newest(payload)).refreshed(payload)


class _Refreshing:
    def __init__(self, random: Random, later: float) -> None:
        self._random = random
        self._later = later
        self._new: dict[str, str] = {}

    def refreshed(self, value: Any, name: str = "") -> Any:
        """Return the refreshed value; `name` is the key of the value, or of the list that holds it."""
        if isinstance(value, list):
            return [self.refreshed(inner, name) for inner in value]
        if not isinstance(value, dict):
            return value
        ids = own_ids(value, name)
        return {key: self._member(key, inner, ids) for key, inner in value.items()}

    def _member(self, key: str, value: Any, ids: frozenset[str]) -> Any:
        if isinstance(value, dict | list):
            return self.refreshed(value, key)
        if key in TIMES and (seconds := _seconds(value)) is not None:
            return _like(value, seconds + self._later)
        if key in ids and isinstance(value, str):
            return self._fresh(value)
        if key in ids and isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return int(self._fresh(str(value)))
        return value

    def _fresh(self, old: str) -> str:
        """Return another id that looks alike.

        Every digit of its last part is new, or every character if that has letters.
        """
        if old not in self._new:
            head, cut, last = (
                old.rpartition("_") if "_" in old and old.rpartition("_")[2].isdecimal() else ("", "", old)
            )
            self._new[old] = head + cut + self._scrambled(last)
        return self._new[old]

    def _scrambled(self, text: str) -> str:
        if text.isdecimal():
            return str(self._random.randrange(1, 10)) + "".join(str(self._random.randrange(10)) for _ in text[1:])
        fixed = len(found[0]) if (found := re.match(r"(?:m_|wamid\.|mid\.)", text)) else 0
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        drawn = (self._random.choice(letters) if char.isalnum() else char for char in text[fixed:])
        return text[:fixed] + "".join(drawn)


def _newest(value: Any) -> float:
    """Return the latest of the times in a payload, in seconds; 0 when there is none."""
    if isinstance(value, list):
        return max(map(_newest, value), default=0.0)
    if not isinstance(value, dict):
        return 0.0
    own = (_seconds(inner) or 0.0 for key, inner in value.items() if key in TIMES)
    return max((*own, *map(_newest, value.values())), default=0.0)


def _seconds(value: Any) -> float | None:
    """Return a time of Meta's, in seconds or milliseconds, as number or text, in seconds."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        return None
    number = int(str(value)[:20])
    return number / 1000 if number >= _MILLISECONDS_FROM else float(number)


def _like(value: Any, seconds: float) -> Any:
    """Return a time in seconds, in the notation of the old value."""
    number = int(seconds * 1000) if int(value) >= _MILLISECONDS_FROM else int(seconds)
    return str(number) if isinstance(value, str) else number
