"""The log of forwarding: keeps deliveries in the journal and publishes them to a run's feed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from hookscope.errors import JournalError
from hookscope.journal.outbox import HELD_FOR
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import RateLimitedNotice
from hookscope.model.record import Delivery, Failure, Run
from hookscope.model.run_events import Delivered, RunEvent
from hookscope.model.timestamps import now

_AGAIN_SECONDS = 1.0


class DeliveryLog(Protocol):
    """The log that a forwarder writes to, in the run's process or in another."""

    @property
    def path(self) -> Path:
        """The journal's file, for reading."""

    async def adopt_pending(self, target: str) -> list[int]:
        """Take over what dead runs left undelivered to `target`, as soon as that can be written; return their ids."""

    def note(self, delivery: Delivery) -> None:
        """Remember a delivery that will be committed with others."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Commit deliveries and then publish them. Those that cannot be committed are published all the same."""

    def publish(self, item: RunEvent) -> None:
        """Publish another event."""


class RunLog:
    """The delivery log of a run, in the process that writes its journal."""

    def __init__(self, run: Run, *, journal: JournalWriter, publish: Callable[[RunEvent], None]) -> None:
        self._run = run
        self._journal = journal
        self._not_kept = RateLimitedNotice(publish, "deliveries made meanwhile may be repeated by the next run")
        self._not_adopted = RateLimitedNotice(publish, "nothing is forwarded until it can be")
        self.publish = publish

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._journal.path

    async def adopt_pending(self, target: str) -> list[int]:
        """Take over what dead runs left undelivered to `target`, as soon as that can be written; return their ids."""
        while True:
            try:
                return await self._journal.adopt_pending(self._run, target, now() - HELD_FOR)
            except JournalError as error:  # Nothing new is acknowledged meanwhile, either.
                self._not_adopted.make(error.message, error.hint)
                await asyncio.sleep(_AGAIN_SECONDS)

    def note(self, delivery: Delivery) -> None:
        """Do nothing: it would live no longer than this process, which the run does not outlive either."""

    async def recover(self, deliveries: Sequence[Delivery]) -> None:
        """Add the deliveries of a killed process that were not added yet."""
        if missing := await asyncio.to_thread(self._not_added, deliveries):
            await self.add(missing)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Commit deliveries and then publish them. Those that cannot be committed are published all the same."""
        try:
            await self._journal.add_deliveries(*deliveries)
        except JournalError as error:
            self._not_kept.make(error.message, error.hint)
        for delivery in deliveries:
            self.publish(Delivered(delivery=delivery))

    def _not_added(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        if not deliveries:
            return []
        with JournalReader(self.path) as history:
            return [
                one for one in deliveries if not any(_is_of(kept, one) for kept in history.deliveries(one.capture_id))
            ]


def _is_of(kept: Delivery, made: Delivery) -> bool:
    """Return whether a kept delivery belongs to the same forwarding as another, and is not just held."""
    return (kept.cause, kept.target) == (made.cause, made.target) and kept.failure is not Failure.UNREACHABLE
