"""The rate at which captures come, over the last seconds."""

from collections import deque
from datetime import datetime

SECONDS = 24
_BARS = "▁▂▃▄▅▆▇█"
_FULL = 4
"""The captures a second for a bar of full height, unless there were more."""


class CaptureRate:
    """Counts captures second by second."""

    def __init__(self) -> None:
        self._counts: deque[tuple[int, int]] = deque(maxlen=SECONDS + 2)

    def add(self, count: int, now: datetime) -> None:
        """Count captures that have just come."""
        second = int(now.timestamp())
        if self._counts and self._counts[-1][0] == second:
            second, known = self._counts.pop()
            count += known
        if count:
            self._counts.append((second, count))

    def counts(self, now: datetime) -> tuple[int, ...]:
        """Return the count of each of the last whole seconds, the oldest first."""
        last, by_second = int(now.timestamp()), dict(self._counts)
        return tuple(by_second.get(second, 0) for second in range(last - SECONDS, last))


def sparkline(counts: tuple[int, ...]) -> str:
    """Return a bar for each count: the highest in full height if it is at least four, the lowest for zero."""
    most = max(*counts, _FULL)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)


def rate_text(counts: tuple[int, ...]) -> str:
    """Return the average as text: `12/s`, or `4/min` if it is less than one a second."""
    average = sum(counts) / (len(counts) or 1)
    return f"{average:.0f}/s" if average >= 1 else f"{average * 60:.0f}/min"
