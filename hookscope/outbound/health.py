"""Whether an application can be reached: its light, and what waits for it to come back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from hookscope.capture.item import Item, Level, Notice, TargetSeen
from hookscope.capture.record import Delivery, Failure

_UP_SECONDS = 15.0
_DOWN_SECONDS = 0.5
_CONNECT_SECONDS = 3.0


class Health:
    """The health of the application at `target`. `run` looks by connecting, without a request, until cancelled.

    `held` is how many notifications wait for it.
    """

    def __init__(self, target: str, publish: Callable[[Item], None]) -> None:
        self.target = target
        self.held = 0
        self._publish = publish
        self._up = asyncio.Event()
        self._down = asyncio.Event()

    @property
    def is_down(self) -> bool:
        """Whether it could not be reached when it was last tried."""
        return self._down.is_set()

    async def up(self) -> None:
        """Wait until it can be reached."""
        await self._up.wait()

    async def down(self) -> None:
        """Wait until it cannot be reached."""
        await self._down.wait()

    def hold(self, more: int) -> None:
        """So many more notifications wait for it, or fewer."""
        self.held += more
        self._publish(TargetSeen(target=self.target, up=not self.is_down, held=self.held))

    def judge(self, delivery: Delivery) -> None:
        """Learn from what became of a delivery."""
        if delivery.failure is Failure.UNREACHABLE:
            self._went_down(delivery.error or "no connection")
        elif delivery.status is not None:
            self._came_up()

    async def run(self) -> None:
        """Look now and again, for ever."""
        while True:
            await self._look()
            if self.is_down:
                await asyncio.sleep(_DOWN_SECONDS)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_UP_SECONDS):
                        await self._down.wait()

    async def _look(self) -> None:
        parts = urlsplit(self.target)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(parts.hostname, port)
        except (OSError, TimeoutError) as error:
            reason = "no connection" if isinstance(error, TimeoutError) or error.errno else "connection refused"
            self._went_down(reason)
            return
        writer.close()
        self._came_up()

    def _came_up(self) -> None:
        if self._up.is_set():
            return
        if self.is_down:
            held = f"; {_count(self.held)} held for it follow" if self.held else ""
            self._publish(Notice(level=Level.INFO, message=f"{self.target} can be reached again{held}"))
        self._down.clear()
        self._up.set()
        self._publish(TargetSeen(target=self.target, up=True, held=self.held))

    def _went_down(self, reason: str) -> None:
        if self.is_down:
            return
        self._up.clear()
        self._down.set()
        self._publish(TargetSeen(target=self.target, up=False, held=self.held))
        hint = "start it: what comes is held for it and follows in order"
        self._publish(Notice(level=Level.WARNING, message=f"{self.target} is down: {reason}", hint=hint))


def _count(held: int) -> str:
    return "1 notification" if held == 1 else f"{held} notifications"
