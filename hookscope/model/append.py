"""The storing of a capture before its answer, as the receiver asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hookscope.model.record import Capture

Identities = tuple[str | None, ...]
"""The identity of each event of a capture; None for an event that has none."""

Identify = Callable[[Capture], Identities]
"""Tell the identities of a capture."""


@dataclass(slots=True)
class Append:
    """A capture to be added. `identify`, if given, names its events, to find those that came before.

    `since` is the `time.perf_counter()` from which its reply's `elapsed_ms` counts.
    """

    capture: Capture
    identify: Identify | None = None
    since: float | None = None


class Waiter(Protocol):
    """Waits for a write: an `asyncio.Future`, or something that is told without a turn of the loop for each."""

    def done(self) -> bool:
        """Return whether nobody waits anymore."""

    def set_result(self, result: Any, /) -> None:
        """Take the result of the write."""

    def set_exception(self, error: Any, /) -> None:
        """Take the StoreError that the write has ended with."""


class Appender(Protocol):
    """Stores captures durably: this machine's journal, or a team's shared log."""

    def begin_append(self, append: Append, waiter: Waiter) -> None:
        """Begin to commit a capture, and return at once; `waiter` is told of the numbered capture or a StoreError.

        For the receiver: to await each of many captures takes longer than to commit it. Raises StoreError.
        """
