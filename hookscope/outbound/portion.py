"""A part of something, as it is written on a command line: `10%`, `0.1`, or a whole number of pieces."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Either a share from 0 to 1, or a count."""

    share: float | None = None
    count: int | None = None

    def of(self, whole: int) -> int:
        """How many pieces of `whole` that is, rounded up."""
        if self.count is not None:
            return min(self.count, whole)
        return math.ceil(whole * (self.share or 0.0) - 1e-9)


def parse_portion(text: str) -> Portion:
    """Read `10%`, a share such as `0.1`, or a whole number; raises ValueError."""
    written = text.strip()
    if written.isascii() and written.isdecimal():
        return Portion(count=int(written))
    try:
        share = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} is neither a number nor a share; write 3, 10% or 0.1")
    return Portion(share=share)
