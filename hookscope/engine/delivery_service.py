"""A run's deliveries to applications: forwarding, relaying, handshakes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from hookscope.engine.background import Background
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import SANDBOX, Capture, Run
from hookscope.model.run_events import Level, Notice, RunEvent
from hookscope.outbound.forward.ack_relay import AckRelay
from hookscope.outbound.forward.delivery_log import RunLog
from hookscope.outbound.forward.forwarder_group import ForwardBackend, ForwarderGroup, sender_settings
from hookscope.outbound.forward.health import notifications
from hookscope.outbound.forward.worker_client import ForwardWorkerClient
from hookscope.outbound.handshakes import HandshakeForwarder
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.routing import Routing
from hookscope.settings import Ack, ForwardSettings

_READY_SECONDS = 3.0
_DRAIN_SECONDS = 5.0
_LAST_SECONDS = 1.0
"""The part of it left for requests under way: what is cut off is sent to the application again by the next run."""
_COUNT_SECONDS = 3.0


class DeliveryService:
    """Sends a run's captures, by its settings; an async context manager. `relay` exists with `--ack app` only."""

    def __init__(
        self,
        settings: ForwardSettings,
        *,
        run: Run,
        journal: JournalWriter,
        publish: Callable[[RunEvent], None],
        background: Background,
    ) -> None:
        self.sender = Sender(sender_settings(settings))
        self._publish = publish
        self._where = _where(run)
        self._background = background
        self.relay: AckRelay | None = None
        self._forwarding: ForwardBackend | None = None
        log = RunLog(run, journal=journal, publish=publish)
        if settings.ack is Ack.APP:
            # Notifications that wait for the application's answer wait here.
            self._forwarding = forwarding = ForwarderGroup(settings, run=run, log=log, sender=self.sender)
            self.relay = AckRelay(
                routing=Routing(settings.routes),
                health=forwarding.health,
                journal=journal,
                sender=self.sender,
                publish=publish,
            )
        elif settings.routes:
            self._forwarding = ForwardWorkerClient(settings, run=run, log=log)
        targets = settings.targets if settings.handshakes else ()
        self._handshakes = HandshakeForwarder(targets=targets, journal=journal, sender=self.sender, publish=publish)

    async def __aenter__(self) -> Self:
        await self.sender.__aenter__()
        if self._forwarding:
            self._background.start(self._forwarding.run(), "forward")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.relay:
            self.relay.close()
        await self.sender.__aexit__(kind, error, trace)

    async def ready(self) -> None:
        """Wait until captures can be sent on, for some seconds at most."""
        if self._forwarding:
            with suppress(EOFError, TimeoutError):  # Its end is reported elsewhere.
                async with asyncio.timeout(_READY_SECONDS):
                    await self._forwarding.ready()

    def take(self, capture: Capture) -> None:
        """Accept a committed capture."""
        if self._forwarding:
            self._forwarding.wake()
        if self._handshakes.concerns(capture):
            self._background.start(self._handshakes.perform(capture), f"handshake #{capture.id}")

    async def finish(self, *, everything: bool) -> None:
        """Give deliveries under way some seconds to be answered.

        First wait for all captures, or for those already begun.
        """
        until = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        if everything:
            await self._drained(until - _LAST_SECONDS)
        if self._forwarding:
            self._forwarding.close()
        await self._drained(until)

    async def tell_left(self) -> None:
        """Report what an application has not received."""
        hint = f"the next run {self._where} with the same --forward-to delivers them first"
        for message in await self._left():
            self._publish(Notice(level=Level.WARNING, message=message, hint=hint))

    async def _left(self) -> list[str]:
        if self._forwarding is None:
            return []
        try:
            async with asyncio.timeout(_COUNT_SECONDS):
                left = await self._forwarding.left()
        except EOFError:
            return []  # Its end has been reported already.
        except TimeoutError:
            return [f"some notifications may be undelivered: they were not counted within {_COUNT_SECONDS:.0f} s"]
        return [f"{notifications(count)} for {target} not delivered" for target, count in left.items() if count]

    async def _drained(self, until: float) -> None:
        waits = [self.relay.answered()] if self.relay else []
        waits += [self._forwarding.drained()] if self._forwarding else []
        with suppress(TimeoutError, EOFError):
            async with asyncio.timeout_at(until):
                await asyncio.gather(*waits)


def _where(run: Run) -> str:
    """Return the next run's place in words: a run that mirrors a log has no objects."""
    if run.app_id == SANDBOX:
        return "in the sandbox"
    return "on this app" if run.objects else "that mirrors this log"
