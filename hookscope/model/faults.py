"""Deliberate faults of a replay as they are typed: a delay `200ms` or `100ms..2s`, a share `10%`, `0.1` or `3`."""

import math
import random
import re

from msgspec import Struct

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class Delay(Struct, frozen=True, kw_only=True):
    """Between `shortest` and `longest` seconds."""

    shortest: float
    longest: float

    def draw(self, chance: random.Random) -> float:
        """Return a random number of seconds in the range."""
        return chance.uniform(self.shortest, self.longest)


def parse_delay(text: str) -> Delay:
    """Parse a duration, or two with `..` between them; raises ValueError."""
    shortest, dots, longest = text.strip().partition("..")
    first = _seconds(shortest, text)
    last = _seconds(longest, text) if dots else first
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return Delay(shortest=first, longest=last)


def _seconds(span: str, text: str) -> float:
    found = _SPAN.fullmatch(span.strip())
    if not found:
        raise ValueError(f"{text!r} is not a duration; write 200ms, 1.5s, or 100ms..2s")
    return float(found[1]) * _SECONDS[found[2]]


class Share(Struct, frozen=True, kw_only=True):
    """Either a share from 0 to 1, or a count."""

    share: float | None = None
    count: int | None = None

    def of(self, whole: int) -> int:
        """Return the number of pieces of `whole`, rounded up."""
        if self.count is not None:
            return min(self.count, whole)
        return math.ceil(whole * (self.share or 0.0) - 1e-9)


def parse_share(text: str) -> Share:
    """Parse `10%`, a share such as `0.1`, or a whole number; raises ValueError."""
    written = text.strip()
    if written.isascii() and written.isdecimal():
        return Share(count=int(written))
    try:
        share = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} is neither a number nor a share; write 3, 10%, or 0.1")
    return Share(share=share)
