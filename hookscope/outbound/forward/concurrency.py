"""Limits which deliveries to one target may be in flight together."""

import asyncio
from collections.abc import Iterable, Set

from hookscope.model.record import Capture
from hookscope.model.timestamps import milliseconds

_CLOCK_US = 1000
"""`received_at` is kept to the millisecond, and cut off there."""

_NEVER = -1


class InFlight:
    """The captures in flight.

    Two may be in flight together if the later one certainly arrived before the earlier one was answered: the sender
    gave them no order. Those with ids in `waits` go one by one, after everything before them. Without `ordered`, any
    may be together.
    """

    def __init__(self, waits: Set[int], *, ordered: bool = True) -> None:
        self._waits = waits
        self._ordered = ordered
        self._open_until: dict[int, int] = {}
        """The latest arrival that may be in flight with each, in microseconds since 1970."""
        self._left = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """True if nothing is in flight."""
        return not self._open_until

    async def enter(self, capture: Capture) -> None:
        """Enter a capture as soon as everything before it that is in flight may be beside it."""
        await self.room(capture)
        self._open_until[capture.id] = open_until(capture)

    async def room(self, capture: Capture) -> None:
        """Wait until everything before it that is in flight may be beside this capture."""
        while self._ordered and not self._has_room(capture):
            self._left.clear()
            await self._left.wait()

    def leave(self, capture: Capture) -> None:
        """Remove a capture that is no longer in flight."""
        del self._open_until[capture.id]
        self._left.set()

    def _has_room(self, capture: Capture) -> bool:
        if not self._waits and arrived_in_time(capture, self._open_until.values()):
            return True
        before = {capture_id: until for capture_id, until in self._open_until.items() if capture_id < capture.id}
        waits = capture.id in self._waits or not self._waits.isdisjoint(before)
        return not before or (not waits and arrived_in_time(capture, before.values()))


def open_until(capture: Capture) -> int:
    """Return the latest time, in microseconds since 1970, at which the capture had certainly not been answered."""
    elapsed_ms = capture.reply.elapsed_ms
    return _NEVER if elapsed_ms is None else _arrived(capture) + int(elapsed_ms * 1000) - _CLOCK_US


def arrived_in_time(capture: Capture, open_until: Iterable[int]) -> bool:
    """Return whether a capture arrived before all of these times."""
    return _arrived(capture) <= min(open_until, default=_arrived(capture))


def _arrived(capture: Capture) -> int:
    return milliseconds(capture.received_at) * 1000
