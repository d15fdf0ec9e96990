"""Limits which deliveries to one target may be in flight together."""

import asyncio
from collections.abc import Callable

from hookscope.model.record import Capture

_CLOCK_MS = 1
"""`received_at` is kept to the millisecond, and cut off there."""


class InFlight:
    """The captures in flight; `beside` tells whether an earlier and a later one may be in flight together."""

    def __init__(self, beside: Callable[[Capture, Capture], bool]) -> None:
        self._beside = beside
        self._under_way: dict[int, Capture] = {}
        self._left = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """True if nothing is in flight."""
        return not self._under_way

    async def enter(self, capture: Capture) -> None:
        """Enter a capture as soon as everything before it that is in flight may be beside it."""
        await self.room(capture)
        self._under_way[capture.id] = capture

    async def room(self, capture: Capture) -> None:
        """Wait until everything before it that is in flight may be beside this capture."""
        while not all(self._beside(one, capture) for one in self._under_way.values() if one.id < capture.id):
            self._left.clear()
            await self._left.wait()

    def leave(self, capture: Capture) -> None:
        """Remove a capture that is no longer in flight."""
        del self._under_way[capture.id]
        self._left.set()


def received_concurrently(earlier: Capture, later: Capture) -> bool:
    """Return whether a notification certainly arrived before an earlier one was answered: the sender gave them no
    order.
    """
    elapsed_ms = earlier.reply.elapsed_ms
    if elapsed_ms is None:
        return False
    apart_ms = (later.received_at - earlier.received_at).total_seconds() * 1000
    return apart_ms + _CLOCK_MS <= elapsed_ms
