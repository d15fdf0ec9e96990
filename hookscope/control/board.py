"""The status of a run, as the control socket and its views follow it."""

import asyncio

from hookscope.model.run_events import Captured, Delivered, RunEvent
from hookscope.views.status import Status, advance, count

_COUNTED_AT_ONCE = 100


class StatusBoard:
    """The run's status, and a way to wait for the next one.

    Captures and deliveries are folded in many at a time: there may be thousands between two looks.
    """

    def __init__(self, status: Status) -> None:
        self._status = status
        self._captured: list[Captured] = []
        self._delivered: dict[str, Delivered] = {}
        self._changed = asyncio.Event()

    @property
    def status(self) -> Status:
        """The status now; the same object until something changes."""
        if self._captured or self._delivered:
            self._fold()
        return self._status

    def update(self, item: RunEvent) -> None:
        """Fold an item into the status."""
        if isinstance(item, Delivered):
            self._delivered[item.delivery.target] = item  # Only the last one shows.
        elif isinstance(item, Captured):
            self._captured.append(item)
            if len(self._captured) >= _COUNTED_AT_ONCE:
                self._fold()
        else:
            self._status = advance(self.status, item)
        self._changed.set()

    def set(self, status: Status) -> None:
        """Replace the status."""
        self._status = status
        self._changed.set()

    async def next(self, known: Status) -> Status:
        """Return the status, as soon as it differs from `known`."""
        while self.status is known:
            self._changed.clear()
            await self._changed.wait()
        return self.status

    def _fold(self) -> None:
        if self._captured:
            self._status = count(self._status, self._captured)
            self._captured.clear()
        for delivered in self._delivered.values():
            self._status = advance(self._status, delivered)
        self._delivered.clear()
