"""How long something is held back, as it is written on a command line: `200ms`, `1.5s`, `100ms..2s`."""

import random
import re
from dataclasses import dataclass

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Between `shortest` and `longest` seconds."""

    shortest: float
    longest: float

    def draw(self, chance: random.Random) -> float:
        """Seconds, by chance."""
        return chance.uniform(self.shortest, self.longest)


def parse_delay(text: str) -> Delay:
    """Read a span of time, or two with `..` between them; raises ValueError."""
    shortest, dots, longest = text.strip().partition("..")
    first = _seconds(shortest, text)
    last = _seconds(longest, text) if dots else first
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return Delay(shortest=first, longest=last)


def _seconds(span: str, text: str) -> float:
    found = _SPAN.fullmatch(span.strip())
    if not found:
        raise ValueError(f"{text!r} is no span of time; write 200ms, 1.5s, or 100ms..2s")
    return float(found[1]) * _SECONDS[found[2]]
