"""The policy for restarting a process that has ended by itself."""

_DELAYS = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_SECONDS = 60.0
"""A process that has lived so long did not end for what it was started with."""
_TRIES = 5


class Restarts:
    """Counts consecutive ends, and decides what follows from the last one."""

    def __init__(self) -> None:
        self._ends = 0
        self._failures = 0

    def count(self, *, came_up: bool, seconds: float) -> None:
        """Count the end of a process that lived for `seconds`; `came_up` tells whether it had begun its work."""
        self._ends = 1 if seconds >= _STEADY_SECONDS else self._ends + 1
        self._failures = 0 if came_up else self._failures + 1

    @property
    def is_news(self) -> bool:
        """True if the end is the first in a row, which the user should be told."""
        return self._ends == 1

    @property
    def is_hopeless(self) -> bool:
        """True if it could not be started again and again."""
        return self._failures >= _TRIES

    @property
    def delay(self) -> float:
        """The seconds to wait before the next start: none at first, longer while it keeps ending."""
        return _DELAYS[min(self._ends, len(_DELAYS)) - 1]
