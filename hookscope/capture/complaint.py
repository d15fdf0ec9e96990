"""Telling of what a burst may bring about a thousand times a second."""

import time
from collections.abc import Callable

from hookscope.capture.item import Item, Level, Notice


class Complaint:
    """Publishes what happened with its `consequence`, in words, and then says nothing for so many seconds."""

    def __init__(
        self, publish: Callable[[Item], None], consequence: str, *, level: Level = Level.ERROR, seconds: float = 10.0
    ) -> None:
        self._publish = publish
        self._consequence = consequence
        self._level = level
        self._seconds = seconds
        self._made: float | None = None

    def make(self, message: str, hint: str | None) -> None:
        """Tell of it, unless that was done just now."""
        at = time.monotonic()
        if self._made is None or at - self._made > self._seconds:
            self._made = at
            self._publish(Notice(level=self._level, message=f"{message}; {self._consequence}", hint=hint))
