"""Where forwarding keeps its deliveries and tells what happens: the journal and the feed of a run."""

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


class DeliveryLog(Protocol):
    """What a forwarder needs of its run, in the same process or in another."""

    @property
    def path(self) -> Path:
        """The journal's file, for reading."""

    async def inherit(self, target: str) -> list[int]:
        """Take over what runs that are gone have left for `target`; the numbers of those runs. Raises JournalError."""

    def note(self, delivery: Delivery) -> None:
        """Remember that a delivery was made, which will be added with others."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Commit deliveries and then publish them. What cannot be committed is published all the same."""

    def publish(self, item: RunEvent) -> None:
        """Tell of something else that happened."""


class RunLog:
    """The delivery log of a run, in the process that writes its journal."""

    def __init__(self, run: Run, *, journal: JournalWriter, publish: Callable[[RunEvent], None]) -> None:
        self._run = run
        self._journal = journal
        self._complaint = RateLimitedNotice(
            publish, "what is delivered meanwhile may be delivered again by the next run"
        )
        self.publish = publish

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._journal.path

    async def inherit(self, target: str) -> list[int]:
        """Take over what runs that are gone have left for `target`; the numbers of those runs. Raises JournalError."""
        return await self._journal.inherit(self._run, target, now() - HELD_FOR)

    def note(self, delivery: Delivery) -> None:
        """Remember nothing: it lives no longer than this process, which the run does not outlive either."""

    async def recover(self, deliveries: Sequence[Delivery]) -> None:
        """Add those of a killed process's deliveries that were not added before."""
        if missing := await asyncio.to_thread(self._not_added, deliveries):
            await self.add(missing)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Commit deliveries and then publish them. What cannot be committed is published all the same."""
        try:
            await self._journal.add_deliveries(*deliveries)
        except JournalError as error:
            self._complaint.make(error.message, error.hint)
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
    """Return whether a kept delivery is of the same forwarding as another one, and not only its being held."""
    return (kept.cause, kept.target) == (made.cause, made.target) and kept.failure is not Failure.UNREACHABLE
