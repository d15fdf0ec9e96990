"""What a run sends to applications: forwarding, relaying, handshakes, and the health of each."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from hookscope.capture.item import Item, Level, Notice
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Run
from hookscope.engine.background import Background
from hookscope.errors import JournalError
from hookscope.outbound.forward import Forwarder
from hookscope.outbound.health import Health, notifications
from hookscope.outbound.rehearsal import Rehearsal
from hookscope.outbound.relay import Relay
from hookscope.outbound.routing import Routing
from hookscope.outbound.sender import Sender, SenderSettings
from hookscope.settings import Ack, ForwardSettings

_DRAIN_SECONDS = 5.0


class Deliveries:
    """Sends what a run receives, by its settings; an async context manager. `relay` is there with `--ack app` only."""

    def __init__(
        self,
        settings: ForwardSettings,
        *,
        run: Run,
        journal: Journal,
        publish: Callable[[Item], None],
        background: Background,
    ) -> None:
        connections = settings.connections if settings.ack is Ack.APP else max(settings.connections, 100)
        self.sender = Sender(SenderSettings(connections=connections, headers=settings.headers, verify=settings.verify))
        self._publish = publish
        self._background = background
        self._health = {
            target: Health(target, sender=self.sender, publish=publish, holds=settings.ack is Ack.EARLY)
            for target in settings.targets
        }
        self._run = run
        self._routing = Routing(settings.routes)
        self.relay: Relay | None = None
        if settings.ack is Ack.APP:
            self.relay = Relay(
                routing=self._routing, health=self._health, journal=journal, sender=self.sender, publish=publish
            )
        self._forwarders = [
            Forwarder(
                target=target,
                wants=partial(self._wants, target),
                run=run,
                journal=journal,
                sender=self.sender,
                health=health,
                publish=publish,
                connections=1 if self.relay else settings.connections,
            )
            for target, health in self._health.items()
        ]
        targets = settings.targets if settings.handshakes else ()
        self._rehearsal = Rehearsal(targets=targets, journal=journal, sender=self.sender, publish=publish)

    async def __aenter__(self) -> Self:
        await self.sender.__aenter__()
        for target, health in self._health.items():
            self._background.start(health.run(), f"health of {target}")
        for forwarder in self._forwarders:
            self._background.start(forwarder.run(), f"forward to {forwarder.target}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.relay:
            self.relay.close()
        await self.sender.__aexit__(kind, error, trace)

    def take(self, capture: Capture) -> None:
        """A capture was committed."""
        for forwarder in self._forwarders:
            forwarder.wake()
        if self._rehearsal.concerns(capture):
            self._background.start(self._rehearsal.perform(capture), f"handshake #{capture.id}")

    async def finish(self, *, everything: bool) -> None:
        """Give what is under way some seconds to be answered; before that everything that came, or what has begun."""
        until = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        if everything:
            await self._drained(until)
        for forwarder in self._forwarders:
            forwarder.close()
        await self._drained(until)

    async def tell_left(self) -> None:
        """Say what an application has not got."""
        for forwarder in self._forwarders:
            with suppress(JournalError):
                if left := await forwarder.left():
                    message = f"{notifications(left)} for {forwarder.target} not delivered"
                    hint = "the next run on this app with the same --forward-to delivers them first"
                    self._publish(Notice(level=Level.WARNING, message=message, hint=hint))

    async def _drained(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                answers = [self.relay.answered()] if self.relay else []
                await asyncio.gather(*answers, *(forwarder.drained() for forwarder in self._forwarders))

    def _wants(self, target: str, capture: Capture) -> bool:
        """Whether a notification is forwarded to an application; one that answers it has been asked already."""
        targets = self._routing.targets(capture)
        answered = self.relay is not None and capture.run_id == self._run.id
        return target in (targets[1:] if answered else targets)
