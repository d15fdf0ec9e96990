"""Where forwarding keeps its deliveries and tells what happens: the journal and the feed of a run."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from hookscope.capture.clock import now
from hookscope.capture.complaint import Complaint
from hookscope.capture.item import Delivered, Item
from hookscope.capture.journal import Journal
from hookscope.capture.outbox import HELD_FOR
from hookscope.capture.record import Delivery, Run
from hookscope.errors import JournalError


class DeliveryLog(Protocol):
    """What a forwarder needs of its run, in the same process or in another."""

    @property
    def path(self) -> Path:
        """The journal's file, for reading."""

    async def inherit(self, target: str) -> list[int]:
        """Take over what runs that are gone have left for `target`; the numbers of those runs. Raises JournalError."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Commit deliveries and then publish them. What cannot be committed is published all the same."""

    def publish(self, item: Item) -> None:
        """Tell of something else that happened."""


class RunLog:
    """The delivery log of a run, in the process that writes its journal."""

    def __init__(self, run: Run, *, journal: Journal, publish: Callable[[Item], None]) -> None:
        self._run = run
        self._journal = journal
        self._complaint = Complaint(publish, "what is delivered meanwhile may be delivered again by the next run")
        self.publish = publish

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._journal.path

    async def inherit(self, target: str) -> list[int]:
        """Take over what runs that are gone have left for `target`; the numbers of those runs. Raises JournalError."""
        return await self._journal.inherit(self._run, target, now() - HELD_FOR)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Commit deliveries and then publish them. What cannot be committed is published all the same."""
        try:
            await self._journal.add_deliveries(*deliveries)
        except JournalError as error:
            self._complaint.make(error)
        for delivery in deliveries:
            self.publish(Delivered(delivery=delivery))
