"""Durations such as `10m`, as people write them."""

import math
from datetime import timedelta

from hookscope.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = timedelta(days=100 * 365)


def parse_duration(text: str) -> timedelta:
    """Parse a duration such as `90s`, `10m`, `1h`, `7d`, of at most 100 years; raises UsageError."""
    number, unit = text[:-1], text[-1:]
    try:
        seconds = float(number) * _UNITS[unit]
        if not math.isfinite(seconds) or seconds < 0:
            raise ValueError(text)
        return timedelta(seconds=min(seconds, _LONGEST.total_seconds()))
    except (ValueError, KeyError):
        raise UsageError(f"{text!r} is not a duration", hint="write 90s, 10m, 1h or 7d") from None
