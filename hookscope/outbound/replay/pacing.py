"""The pace of a replay, in seconds of a monotonic clock."""

from datetime import datetime
from typing import Protocol

_CATCH_UP = 0.005
"""Seconds by which a rate may lag and still be made up for: as late as a loop's timer may be, not more."""


class Pace(Protocol):
    """Decides when each request is due."""

    def due(self, received_at: datetime, now: float) -> float:
        """Return the time for a capture received at `received_at`; called once for each, in order."""


class Unpaced:
    """No pace: each request is due at once."""

    def due(self, received_at: datetime, now: float) -> float:
        """Return the current time."""
        return now


class Rate:
    """A constant rate per second that is never exceeded: lost time is not made up for by a burst."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next: float | None = None

    def due(self, received_at: datetime, now: float) -> float:
        """Return the time one gap after the last one."""
        due = now if self._next is None else max(self._next, now - _CATCH_UP)
        self._next = due + self._gap
        return due


class OriginalTiming:
    """The gaps between the captures as they came, divided by `speed`.

    A capture older than the one sent last has no gap. A late sender catches up: all times count from the first.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._last: datetime | None = None
        self._due = 0.0

    def due(self, received_at: datetime, now: float) -> float:
        """Return the time one gap after the last one was due."""
        if self._last is None:
            self._due = now
        else:
            self._due += max(0.0, (received_at - self._last).total_seconds()) / self._speed
        self._last = received_at
        return self._due
