"""A trigger from its first notification to its summary."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookscope.capture.item import Captured, now
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Cause, Delivery, Failure, Kind, Reply, Source
from hookscope.cli import output
from hookscope.cli.bar import EACH_SHOWN, Bar
from hookscope.cli.editing import edit_body
from hookscope.cli.summing import summary_json
from hookscope.control import ControlClient
from hookscope.engine import signals
from hookscope.errors import DeliveryError, ExitCode
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.outbound.sender import Sender, SenderSettings
from hookscope.outbound.tally import Tally
from hookscope.outbound.trigger import notification_request, trigger
from hookscope.samples.maker import Maker
from hookscope.samples.recipe import Recipe, make, total
from hookscope.settings import Secret
from hookscope.views import stream
from hookscope.views.plain import plain_lines

Sent = tuple[Capture, Delivery]
Send = Callable[[bytes], Awaitable[Sent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRun:
    """To the run behind a control socket, which signs and captures."""

    address: str

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        """Connect; what is sent is captured by the run."""
        async with ControlClient(self.address) as client:

            async def send(body: bytes) -> Sent:
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
    async def open(self) -> AsyncIterator[Send]:
        """Open the journal, and connections as they are needed."""
        settings = SenderSettings(verify=self.verify)
        async with Journal(self.journal) as journal, Sender(settings) as sender:

            async def send(body: bytes) -> Sent:
                return await trigger(body, self.target, secret=self.secret, sender=sender, journal=journal)

            yield send


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggering:
    """Makes and sends notifications one after the other, and shows what becomes of each."""

    recipes: Sequence[Recipe]
    maker: Maker
    way: ToRun | ToApplication
    is_edited: bool
    as_json: bool

    async def run(self) -> None:
        """Send everything, and sum it up. Raises DeliveryError unless all was sent and answered 2xx."""
        tally, started = Tally(), time.monotonic()
        stopping = asyncio.Event()
        sending = asyncio.create_task(self._send_all(tally, stopping), name="trigger")
        with signals.handled(lambda _: stopping.set(), lambda: _cancel(sending)):
            await asyncio.wait({sending})
        if not sending.cancelled():
            sending.result()
        self._conclude(tally, total(self.recipes) - tally.sent, time.monotonic() - started)

    async def _send_all(self, tally: Tally, stopping: asyncio.Event) -> None:
        planned = total(self.recipes)
        with Bar(planned) as bar:
            is_each = self.as_json or planned <= EACH_SHOWN or not (bar.is_shown and output.is_terminal())
            async with self.way.open() as send:
                for made in make(self.recipes, self.maker):
                    await _pause(made.pause, stopping)
                    if stopping.is_set():
                        return
                    capture, delivery = await send(edit_body(made.body) if self.is_edited else made.body)
                    tally.add(delivery)
                    if is_each or not delivery.succeeded:
                        self._show(capture, delivery)
                    bar.show(tally.sent, f"  {tally.failed:,} failed" if tally.failed else "")

    def _show(self, capture: Capture, delivery: Delivery) -> None:
        output.passing(None)
        delivered = {
            "v": stream.VERSION,
            "type": "delivery",
            "at": stream.timestamp(now()),
            **stream.delivery_json(delivery),
        }
        if self.as_json:
            output.data(stream.line(delivered))
        else:
            captured = stream.item_json(Captured(capture=capture)) or {}
            for line in (*plain_lines(captured), *plain_lines(delivered)):
                output.data(line)
        output.flush()

    def _conclude(self, tally: Tally, unsent: int, elapsed: float) -> None:
        failures = tally.describe_failures()
        if self.as_json:
            code = ExitCode.DELIVERY if failures or unsent else ExitCode.OK
            output.data(stream.line(summary_json(tally, Cause.TRIGGER, elapsed, code, not_sent=unsent)))
        output.progress(tally.line())
        stopped = f"stopped: {unsent:,} were not sent" if unsent else None
        if problems := "; ".join(filter(None, (stopped, failures))):
            raise DeliveryError(
                problems, done="every attempt is kept with its capture", hint="see `hookscope captures show ID`"
            )


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


async def _pause(seconds: float, stopping: asyncio.Event) -> None:
    """Wait, unless the sending is stopped; other tasks and signals have their turn in any case."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


def _read_delivery(value: dict[str, Any]) -> Delivery:
    failure = value["failure"]
    return Delivery(
        capture_id=value["capture_id"],
        cause=Cause(value["cause"]),
        method=value["method"],
        target=value["target"],
        sent_at=now(),
        status=value["status"],
        elapsed_ms=value["elapsed_ms"],
        failure=Failure(failure) if failure else None,
        error=value["error"],
    )


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
