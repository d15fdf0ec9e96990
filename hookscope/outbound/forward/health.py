"""The health of an application: whether it is reachable, and how much waits for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from hookscope.model.record import Delivery, Failure
from hookscope.model.run_events import Level, Notice, RunEvent, TargetSeen
from hookscope.outbound.http.sender import Sender

_UP_SECONDS = 15.0
_DOWN_SECONDS = 0.5


class Health:
    """The health of the application at `target`. `run` checks by connecting, without a request, until cancelled.

    `held` is the number of notifications that were kept while it was down, `queued` that of others, which wait because
    it is slow; without `holds`, none are kept.
    """

    def __init__(self, target: str, *, sender: Sender, publish: Callable[[RunEvent], None], holds: bool = True) -> None:
        self.target = target
        self._sender = sender
        self._holds = holds
        self.held = self.queued = 0
        self._publish = publish
        self._up = asyncio.Event()
        self._down = asyncio.Event()

    @property
    def is_down(self) -> bool:
        """True if it was unreachable at the last try."""
        return self._down.is_set()

    async def up(self) -> None:
        """Wait until it is reachable."""
        await self._up.wait()

    async def down(self) -> None:
        """Wait until it is unreachable."""
        await self._down.wait()

    def hold(self, more: int) -> None:
        """Adjust the number of held notifications."""
        self.held += more
        self._tell()

    def queue(self, count: int) -> None:
        """Set the number of notifications that wait because it is slow."""
        if count != self.queued:
            self.queued = count
            self._tell()

    def judge(self, delivery: Delivery) -> None:
        """Update the health from the outcome of a delivery."""
        if delivery.failure is Failure.UNREACHABLE:
            self._went_down(delivery.error or "no connection")
        elif delivery.status is not None:
            self._came_up()

    async def run(self) -> None:
        """Check now and again, forever."""
        while True:
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(_UP_SECONDS):
                    await self._down.wait()
                    # Never at once: an application that accepts connections but no requests would go up and down all
                    # the time.
                    await asyncio.sleep(_DOWN_SECONDS)

    async def look(self) -> None:
        """Try to connect, as a delivery would."""
        if fault := await self._sender.fault(self.target):
            self._went_down(fault)
        else:
            self._came_up()

    def _came_up(self) -> None:
        if self._up.is_set():
            return
        if self.is_down:
            held = f"; {notifications(self.held)} held for it will be sent" if self.held else ""
            self._publish(Notice(level=Level.INFO, message=f"{self.target} can be reached again{held}"))
        self._down.clear()
        self._up.set()
        self._tell()

    def _went_down(self, reason: str) -> None:
        if self.is_down:
            return
        self._up.clear()
        self._down.set()
        self._tell()
        rest = (
            "new notifications are held for it and sent in order" if self._holds else "Meta gets 502 and repeats them"
        )
        hint = f"start or fix it: {rest}"
        self._publish(Notice(level=Level.WARNING, message=f"{self.target} is down: {reason}", hint=hint))

    def _tell(self) -> None:
        self._publish(TargetSeen(target=self.target, up=not self.is_down, waiting=self.held + self.queued))


def notifications(count: int) -> str:
    """Return a number of notifications, in words."""
    return "1 notification" if count == 1 else f"{count:,} notifications"
