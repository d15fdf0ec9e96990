"""Moments as the journal keeps them: in UTC, to the millisecond."""

from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns


def now() -> datetime:
    """The present moment."""
    return from_milliseconds(time_ns() // 1_000_000)


@lru_cache(maxsize=16)
def from_milliseconds(when: int) -> datetime:
    """So many milliseconds after 1970. In a burst each is asked for several times."""
    return datetime.fromtimestamp(when / 1000, UTC)


def milliseconds(when: datetime) -> int:
    """The reverse of `moment`."""
    return round(when.timestamp() * 1000)
