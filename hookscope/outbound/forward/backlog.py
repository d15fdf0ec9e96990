"""The notifications that wait for a slow application, counted as long as it is slow."""

import asyncio
from collections.abc import Callable, Set
from datetime import datetime, timedelta

from hookscope.journal.outbox import Outbox
from hookscope.model.record import Capture
from hookscope.model.timestamps import now
from hookscope.outbound.forward.health import Health

_SLOW = timedelta(seconds=1)
_COUNT_SECONDS = 1.0
_PART = 32
"""The number of captures that are read before deliveries go on."""


class Backlog:
    """Counts the notifications that an application has not answered, for its `health`.

    These are in flight, or further on in the journal, which is read ahead once the oldest has waited for a moment: an
    application that keeps up costs nothing. Those in `waits` are held, and counted there. `wants` is True for captures
    that are forwarded to it.
    """

    def __init__(self, health: Health, *, run_id: int, wants: Callable[[Capture], bool], waits: Set[int]) -> None:
        self._health = health
        self._run_id = run_id
        self._wants = wants
        self._waits = waits
        self._arrivals: dict[int, datetime] = {}
        """Of the captures in flight."""
        self._position = self._counted_up_to = self._ahead = 0
        self._begun = asyncio.Event()

    def read(self, capture: Capture) -> None:
        """Go on to a capture that the forwarder has read from the journal."""
        if self._position < capture.id <= self._counted_up_to and self._is_waiting(capture):
            self._ahead -= 1
        self._position = capture.id

    def skip(self, capture_id: int) -> None:
        """Leave out all captures up to this one."""
        self._position = capture_id

    def begin(self, capture: Capture) -> None:
        """Count a capture that is sent next."""
        self._arrivals[capture.id] = capture.received_at
        self._begun.set()

    def end(self, capture: Capture) -> None:
        """Leave out a capture that was answered, or given up."""
        del self._arrivals[capture.id]

    def forget(self) -> None:
        """Begin anew: what is ahead is held from now on."""
        self._counted_up_to = self._ahead = 0

    async def run(self, outbox: Outbox) -> None:
        """Count now and again while something is in flight, forever."""
        while True:
            await self._begun.wait()
            await asyncio.sleep(_COUNT_SECONDS)
            if not self._arrivals:
                self._begun.clear()
            in_flight = [arrived for capture_id, arrived in self._arrivals.items() if capture_id not in self._waits]
            is_slow = bool(in_flight) and not self._health.is_down and now() - min(in_flight) >= _SLOW
            self._health.queue(len(in_flight) + await self._count_ahead(outbox) if is_slow else 0)

    async def _count_ahead(self, outbox: Outbox) -> int:
        begin = max(self._counted_up_to, self._position)
        for number, capture in enumerate(outbox.answered(after=begin, run_id=self._run_id), 1):
            if capture.id > self._position and self._is_waiting(capture):
                self._ahead += 1
            self._counted_up_to = capture.id
            if number % _PART == 0:
                await asyncio.sleep(0)
                if not self._counted_up_to:
                    break
        return self._ahead

    def _is_waiting(self, capture: Capture) -> bool:
        return capture.id not in self._waits and self._wants(capture)
