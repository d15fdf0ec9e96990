"""A trigger from its first notification to its summary."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hookscope.cli import output
from hookscope.cli.delivery_output import DeliveryOutput, print_summary
from hookscope.cli.param_types import edit_body
from hookscope.cli.progress import ProgressBar
from hookscope.control.client import ControlClient
from hookscope.engine import signals
from hookscope.errors import HookscopeError
from hookscope.formats.importers.event_decoder import _read_delivery
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Cause, Delivery, Kind, Reply, Source
from hookscope.outbound.http.sender import Sender, SenderSettings
from hookscope.outbound.replay.graceful_stop import GracefulStop
from hookscope.outbound.replay.trigger import notification_request, trigger
from hookscope.samples.payload_builder import PayloadBuilder
from hookscope.samples.recipe import TriggerStep, make, total
from hookscope.settings import Secret

Sent = tuple[Capture, Delivery]
Send = Callable[[bytes], Awaitable[Sent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRun:
    """To the run behind a control socket, which signs and captures."""

    address: str

    @asynccontextmanager
    async def open(self, stopping: GracefulStop) -> AsyncIterator[Send]:
        """Connect; what is sent is captured by the run. Sending raises TimeoutError when it was stopped."""
        async with ControlClient(self.address) as client:

            async def send(body: bytes) -> Sent:
                async with stopping.limited():
                    delivery = _read_delivery(await client.trigger(body))
                return _as_captured(body, delivery), delivery

            yield send


@dataclass(frozen=True, slots=True, kw_only=True)
class ToApplication:
    """Straight to an application; what is sent is kept in the journal. Unsigned without a secret."""

    target: str
    secret: Secret | None
    journal: Path
    verify: bool = True

    @asynccontextmanager
    async def open(self, stopping: GracefulStop) -> AsyncIterator[Send]:
        """Open the journal, and connections as they are needed."""
        settings = SenderSettings(verify=self.verify)
        async with JournalWriter(self.journal) as journal, Sender(settings) as sender:

            async def send(body: bytes) -> Sent:
                return await trigger(
                    body, self.target, secret=self.secret, sender=sender, journal=journal, stopping=stopping
                )

            yield send


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggering:
    """Makes and sends notifications one after the other, and shows what becomes of each."""

    recipes: Sequence[TriggerStep]
    maker: PayloadBuilder
    way: ToRun | ToApplication
    is_edited: bool
    as_json: bool

    async def run(self) -> None:
        """Send everything, and sum it up. Raises DeliveryError unless all was sent and answered 2xx.

        Raises HookscopeError when stdout cannot be written.
        """
        stopping, started, planned = GracefulStop(), time.monotonic(), total(self.recipes)
        broken: HookscopeError | None = None
        with ProgressBar(planned) as bar:
            screen = DeliveryOutput(
                bar, planned=planned, as_json=self.as_json, abandon=stopping.ask, with_captures=True
            )
            with signals.handled(lambda _: stopping.ask(), lambda: stopping.ask(grace=0)):
                async with self.way.open(stopping) as send:
                    try:
                        await self._send_all(send, screen, stopping)
                    except HookscopeError as error:  # The run has ended, say: what was sent before is summed up.
                        if not screen.tally.sent:
                            raise
                        broken = error
        if broken:
            output.print_error(broken)
        print_summary(screen, Cause.TRIGGER, time.monotonic() - started, sent_shown_by="hookscope ls")

    async def _send_all(self, send: Send, screen: DeliveryOutput, stopping: GracefulStop) -> None:
        for made in make(self.recipes, self.maker):
            await stopping.sleep(made.pause)
            if stopping.is_asked:
                return
            try:
                sent = await send(edit_body(made.body) if self.is_edited else made.body)
            except TimeoutError:  # The run has it, and has not said yet as which capture.
                return
            await screen.show([sent])


def _as_captured(body: bytes, delivery: Delivery) -> Capture:
    """The capture as the run has it, as far as a line shows it; signed with the run's secret, which stays there."""
    return Capture(
        id=delivery.capture_id,
        run_id=None,
        kind=Kind.NOTIFICATION,
        source=Source.TRIGGER,
        received_at=delivery.sent_at,
        request=notification_request(body, delivery.target, None),
        reply=Reply(status=delivery.status, elapsed_ms=delivery.elapsed_ms),
        signature=Signature(verdict=SignatureVerdict.VALID, algorithm="sha256"),
    )
