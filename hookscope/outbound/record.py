"""Deliveries on their way into the journal: what has ended is committed together, and told once it is."""

import asyncio
from collections.abc import Callable

from hookscope.capture.item import Delivered, Item, Level, Notice
from hookscope.capture.journal import Journal
from hookscope.capture.record import Delivery
from hookscope.errors import JournalError

_AT_ONCE = 200


class Record:
    """Takes deliveries without making anybody wait; `run` commits them, as many at once as have come meanwhile."""

    def __init__(self, journal: Journal, publish: Callable[[Item], None]) -> None:
        self._journal = journal
        self._publish = publish
        self._waiting: list[Delivery] = []
        self._news = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()

    def add(self, delivery: Delivery) -> None:
        """A delivery has ended."""
        self._waiting.append(delivery)
        self._written.clear()
        self._news.set()

    async def written(self) -> None:
        """Wait until everything added so far is committed and told."""
        await self._written.wait()

    async def run(self) -> None:
        """Commit what comes, for ever; when it is cancelled, what waits is committed still."""
        try:
            while True:
                await self._news.wait()
                await asyncio.shield(self._commit())
        finally:
            while self._waiting:
                await self._commit()

    async def _commit(self) -> None:
        deliveries, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
        if not self._waiting:
            self._news.clear()
        if deliveries:
            try:
                deliveries = await self._journal.add_deliveries(deliveries)
            except JournalError as error:
                self._publish(Notice(level=Level.ERROR, message=error.message, hint=error.hint))
            for delivery in deliveries:
                self._publish(Delivered(delivery=delivery))
        if not self._waiting:
            self._written.set()
