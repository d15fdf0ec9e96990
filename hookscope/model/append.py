"""The receiver's interface for storing a capture before it is answered."""

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from hookscope.model.record import Capture

Identities = tuple[str | None, ...]
"""The identity of each event of a capture; None for an event that has none."""

Identify = Callable[[Capture], Identities]
"""Return the identities of a capture's events."""


class Append(Struct):
    """A capture to be added. `identify`, if given, names its events, to find those that came before.

    `since` is the `time.perf_counter()` from which its reply's `elapsed_ms` counts.
    """

    capture: Capture
    identify: Identify | None = None
    since: float | None = None


class Waiter(Protocol):
    """Receives the result of a write.

    It is an `asyncio.Future`, or an object that needs no iteration of the loop for each.
    """

    def done(self) -> bool:
        """Return whether nobody is waiting anymore."""

    def set_result(self, result: Any, /) -> None:
        """Take the result of the write."""

    def set_exception(self, error: Any, /) -> None:
        """Take the StoreError with which the write has ended."""


class Appender(Protocol):
    """Stores captures durably: this machine's journal, or a team's shared log."""

    def begin_append(self, append: Append, waiter: Waiter) -> None:
        """Begin to commit a capture, and return at once; `waiter` gets the numbered capture or a StoreError.

        For the receiver: awaiting each of many captures takes longer than committing it. Raises StoreError.
        """
