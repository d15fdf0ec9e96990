"""Forwarding to all applications of a run, each in its own order and at its own pace."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Protocol

from hookscope.errors import JournalError
from hookscope.model.record import Capture, Run
from hookscope.outbound.forward.delivery_log import DeliveryLog
from hookscope.outbound.forward.forwarder import Forwarder
from hookscope.outbound.forward.health import Health
from hookscope.outbound.http.sender import Sender, SenderSettings
from hookscope.outbound.routing import Routing
from hookscope.settings import Ack, ForwardSettings

_CONNECTIONS = 100
"""To one host: several addresses of one application may have routes of their own, and replays come beside them."""

_ASKED = 50
"""The number of notifications under way to one host at once when the application is to answer them itself."""


def sender_settings(settings: ForwardSettings) -> SenderSettings:
    """Return the settings for a run's sender. With `--ack app` no more is in flight than was asked for."""
    if settings.ack is Ack.APP:
        connections = settings.connections or _ASKED
    else:
        connections = max(settings.connections or 0, _CONNECTIONS)
    return SenderSettings(connections=connections, headers=settings.headers, verify=settings.verify)


class ForwardBackend(Protocol):
    """A run's forwarding, in the same process or in another."""

    async def run(self) -> None:
        """Forward, forever."""

    async def ready(self) -> None:
        """Wait until captures can be forwarded. Raises EOFError when they never can."""

    def wake(self) -> None:
        """Look for new captures."""

    def close(self) -> None:
        """Begin no further delivery: those not in flight are left to the next run."""

    async def drained(self) -> None:
        """Wait until everything that arrived so far is delivered, has failed, or must wait for its application.

        Once closed, wait only for deliveries in flight.
        """

    async def left(self) -> dict[str, int]:
        """Return the number of notifications that each application has not received."""


class ForwarderGroup:
    """Forwards in this process, by a run's settings. `health` is that of each application, by its address.

    One that `resumes` continues where another of this run was interrupted.
    """

    def __init__(
        self, settings: ForwardSettings, *, run: Run, log: DeliveryLog, sender: Sender, resumes: bool = False
    ) -> None:
        self._run = run
        self._routing = Routing(settings.routes)
        self._answers = settings.ack is Ack.APP
        self.health = {
            target: Health(target, sender=sender, publish=log.publish, holds=not self._answers)
            for target in settings.targets
        }
        self._forwarders = [
            Forwarder(
                target=target,
                wants=partial(self._wants, target),
                run=run,
                log=log,
                sender=sender,
                health=health,
                connections=None if self._answers else settings.connections,
                resumes=resumes,
            )
            for target, health in self.health.items()
        ]

    async def run(self) -> None:
        """Forward, forever."""
        async with asyncio.TaskGroup() as tasks:
            for health in self.health.values():
                tasks.create_task(health.run())
            for forwarder in self._forwarders:
                tasks.create_task(forwarder.run())

    async def ready(self) -> None:
        """Return at once: it is ready as soon as it is created."""

    def wake(self) -> None:
        """Look for new captures."""
        for forwarder in self._forwarders:
            forwarder.wake()

    def close(self) -> None:
        """Begin no further delivery: those not in flight are left to the next run."""
        for forwarder in self._forwarders:
            forwarder.close()

    async def drained(self) -> None:
        """Wait until everything that arrived so far is delivered, has failed, or must wait for its application.

        Once closed, wait only for deliveries in flight.
        """
        await asyncio.gather(*(forwarder.drained() for forwarder in self._forwarders))

    async def left(self) -> dict[str, int]:
        """Return the number of notifications that each application has not received."""
        left = {}
        for forwarder in self._forwarders:
            with suppress(JournalError):
                left[forwarder.target] = await forwarder.left()
        return left

    def _wants(self, target: str, capture: Capture) -> bool:
        """Return whether a notification is forwarded to an application; one that answers it has been asked already."""
        targets = self._routing.targets(capture)
        answered = self._answers and capture.run_id == self._run.id
        return target in (targets[1:] if answered else targets)
