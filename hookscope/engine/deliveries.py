"""What a run sends to applications: forwarding, relaying, handshakes, and the health of each."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from hookscope.capture.item import Item, Level, Notice
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Run
from hookscope.engine.background import Background
from hookscope.outbound.forward import Forwarder
from hookscope.outbound.health import Health
from hookscope.outbound.rehearsal import Rehearsal
from hookscope.outbound.relay import Relay
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
        self._health = {target: Health(target, publish) for target in settings.targets}
        self._forwarders: list[Forwarder] = []
        self.relay: Relay | None = None
        if settings.ack is Ack.APP:
            lines = [(route, self._health[route.target]) for route in settings.routes]
            self.relay = Relay(routes=lines, journal=journal, sender=self.sender, publish=publish)
        else:
            self._forwarders = [
                Forwarder(
                    route=route,
                    run=run,
                    journal=journal,
                    sender=self.sender,
                    health=self._health[route.target],
                    publish=publish,
                    connections=settings.connections,
                )
                for route in settings.routes
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
        await self.sender.__aexit__(kind, error, trace)

    def take(self, capture: Capture) -> None:
        """A capture was committed."""
        for forwarder in self._forwarders:
            forwarder.wake()
        if self._rehearsal.concerns(capture):
            self._background.start(self._rehearsal.perform(capture), f"handshake #{capture.id}")

    async def drain(self) -> None:
        """Give what came last some seconds to reach the applications."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.gather(*(forwarder.drained() for forwarder in self._forwarders))

    def tell_held(self) -> None:
        """Say what no application has got."""
        for target, health in self._health.items():
            if health.held:
                message = f"{health.held} held for {target} were not delivered"
                hint = "the next run on this app with the same --forward-to delivers them first"
                self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
