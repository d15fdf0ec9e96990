"""Forwarding: every accepted notification of a run to one application, one after the other, in order.

The journal is the queue. The forwarder reads on from where it stands, so that a slow application costs no memory and
never holds up the receiver.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookscope.capture.history import History
from hookscope.capture.item import Delivered, Item, Level, Notice
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Cause, Kind
from hookscope.errors import JournalError
from hookscope.meta.signature import SignatureVerdict
from hookscope.outbound.sender import Sender


@dataclass(slots=True)
class _Position:
    after: int = 0
    failing: bool = False


class Forwarder:
    """Forwards a run's notifications to `target`. `wake` it when there are new captures; `run` ends when cancelled."""

    def __init__(
        self, *, target: str, run_id: int, journal: Journal, sender: Sender, publish: Callable[[Item], None]
    ) -> None:
        self.target = target
        self._run_id = run_id
        self._journal = journal
        self._sender = sender
        self._publish = publish
        self._position = _Position()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()

    def wake(self) -> None:
        """There are captures that were not there before."""
        self._idle.clear()
        self._news.set()

    async def drained(self) -> None:
        """Wait until everything that came so far is delivered or has failed."""
        await self._idle.wait()

    async def run(self) -> None:
        """Deliver what comes, for ever."""
        with History(self._journal.path) as history:
            while True:
                self._news.clear()
                for capture in self._pending(history):
                    await self._deliver(capture)
                if not self._news.is_set():
                    self._idle.set()
                await self._news.wait()

    def _pending(self, history: History) -> Iterator[Capture]:
        for capture in history.captures(after=self._position.after, run_id=self._run_id):
            self._position.after = capture.id
            if is_forwarded(capture):
                yield capture

    async def _deliver(self, capture: Capture) -> None:
        delivery = await self._sender.send(
            self._sender.prepare(capture.request, self.target), self.target, capture_id=capture.id, cause=Cause.FORWARD
        )
        try:
            delivery = await self._journal.add_delivery(delivery)
        except JournalError as error:
            self._publish(Notice(level=Level.ERROR, message=error.message, hint=error.hint))
        self._publish(Delivered(delivery=delivery))
        failed = delivery.status is None
        if failed and not self._position.failing:
            hint = "start it; what was not delivered can be replayed: `hookscope replay ID`"
            message = f"{self.target} does not answer: {delivery.error}"
            self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
        self._position.failing = failed


def is_forwarded(capture: Capture) -> bool:
    """Whether a capture is an application's business: a notification that Meta made, as far as can be told."""
    genuine = capture.signature.verdict in (SignatureVerdict.VALID, SignatureVerdict.UNCHECKED)
    return capture.kind is Kind.NOTIFICATION and genuine and capture.replay_of is None
