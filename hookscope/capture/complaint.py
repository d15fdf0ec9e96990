"""Telling that the journal cannot be written, which a burst may find out a thousand times a second."""

import time
from collections.abc import Callable

from hookscope.capture.item import Item, Level, Notice
from hookscope.errors import JournalError

_SECONDS = 10.0


class Complaint:
    """Publishes the error with its `consequence`, in words, and then says nothing for ten seconds."""

    def __init__(self, publish: Callable[[Item], None], consequence: str) -> None:
        self._publish = publish
        self._consequence = consequence
        self._made: float | None = None

    def make(self, error: JournalError) -> None:
        """Tell of an error, unless that was done just now."""
        at = time.monotonic()
        if self._made is None or at - self._made > _SECONDS:
            self._made = at
            self._publish(Notice(level=Level.ERROR, message=f"{error.message}; {self._consequence}", hint=error.hint))
