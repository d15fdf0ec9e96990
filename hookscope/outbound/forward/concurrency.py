"""What is under way to an application at the same time."""

import asyncio
from collections.abc import Callable

from hookscope.model.record import Capture

_CLOCK_MS = 1
"""`received_at` is kept to the millisecond, and cut off there."""


class InFlight:
    """The captures under way; `beside` tells of an earlier and a later one whether they may be so together."""

    def __init__(self, beside: Callable[[Capture, Capture], bool]) -> None:
        self._beside = beside
        self._under_way: dict[int, Capture] = {}
        self._left = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    async def enter(self, capture: Capture) -> None:
        """Join what is under way, as soon as all of it that came before may be beside this one."""
        await self.room(capture)
        self._under_way[capture.id] = capture

    async def room(self, capture: Capture) -> None:
        """Wait until all that came before and is still under way may be beside this one."""
        while not all(self._beside(one, capture) for one in self._under_way.values() if one.id < capture.id):
            self._left.clear()
            await self._left.wait()

    def leave(self, capture: Capture) -> None:
        """It is not under way any more."""
        del self._under_way[capture.id]
        self._left.set()


def received_concurrently(earlier: Capture, later: Capture) -> bool:
    """Whether a notification certainly came before an earlier one was answered: the sender gave them no order."""
    elapsed_ms = earlier.reply.elapsed_ms
    if elapsed_ms is None:
        return False
    apart_ms = (later.received_at - earlier.received_at).total_seconds() * 1000
    return apart_ms + _CLOCK_MS <= elapsed_ms
