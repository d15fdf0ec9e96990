"""Trigger: make notifications from samples, fixtures or captures, and send them to a run or an application."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from hookscope.control.client import ControlClient
from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Cause, Delivery, Kind, Reply, Source
from hookscope.outbound.http.sender import Sender, SenderSettings
from hookscope.outbound.replay.graceful_stop import GRACE_SECONDS, GracefulStop
from hookscope.outbound.replay.trigger import notification_request, trigger
from hookscope.samples import catalog
from hookscope.samples.business import Business, business_of
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.recipe import TriggerStep, make, total, validate
from hookscope.secret_sources import Secret
from hookscope.services.selection import find

if TYPE_CHECKING:
    from hookscope.receiver.server import Receiver

Sent = tuple[Capture, Delivery]
"""The sent notification, as a capture, and its delivery."""

Send = Callable[[bytes], Awaitable[Sent]]


class TriggerRequest(Struct, frozen=True, kw_only=True):
    """The notifications to make: `steps` in order, with the ids of `business`; with a `seed` the same every time."""

    steps: Sequence[TriggerStep]
    business: Business
    seed: int | None = None


class ToRun(Struct, frozen=True, kw_only=True):
    """Sends to the run behind a control socket, which signs and captures."""

    address: str

    @asynccontextmanager
    async def open(self, stopping: GracefulStop) -> AsyncIterator[Send]:
        """Connect; the run captures what is sent. Sending raises TimeoutError when it was stopped."""
        async with ControlClient(self.address) as client:

            async def send(body: bytes) -> Sent:
                async with stopping.limited():
                    delivery = await client.trigger(body)
                return _as_captured(body, delivery), delivery

            yield send


class ToApplication(Struct, frozen=True, kw_only=True):
    """Sends to an application directly, and keeps the requests in the journal. Unsigned without a secret."""

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


class PreparedTrigger:
    """A checked trigger, to be sent once; `planned` is its number of notifications."""

    def __init__(self, request: TriggerRequest) -> None:
        self.planned = total(request.steps)
        self._request = request
        self._stopping = GracefulStop()

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Begin nothing more, and wait at most `grace` seconds for the answer under way."""
        self._stopping.ask(grace)

    async def send(
        self, destination: ToRun | ToApplication, edit: Callable[[bytes], bytes] | None = None
    ) -> AsyncGenerator[Sent, None]:
        """Send one after the other, or until stopped, each body as `edit` leaves it, and yield the attempts.

        Raises HookscopeError. Close the iterator if it is not read to its end, as `aclosing` does.
        """
        builder = PayloadBuilder(self._request.seed, self._request.business)
        async with destination.open(self._stopping) as send:
            for made in make(self._request.steps, builder):
                await self._stopping.sleep(made.pause)
                if self._stopping.is_asked:
                    return
                try:
                    sent = await send(edit(made.body) if edit else made.body)
                except TimeoutError:  # The run has it, and has not reported its capture yet.
                    return
                yield sent


def prepare(request: TriggerRequest) -> PreparedTrigger:
    """Make one of each step and discard it. Raises UsageError for an invalid step."""
    validate(request.steps)
    return PreparedTrigger(request)


def captured_payload(journal: Path, capture_id: int) -> Any:
    """Return the payload of a capture, to be refreshed. Raises UsageError when there is none."""
    with JournalReader(journal) as history:
        capture = find(history, capture_id)
    try:
        return wire.decode(capture.request.body)
    except ValueError as error:
        raise UsageError(
            f"#{capture.id} cannot be sent with new ids: {error}", hint="`hookscope replay` sends it as it is"
        ) from error


def sample_body(name: str, environment: Mapping[str, str]) -> bytes:
    """Return the body of a sample with the ids that the environment gives. Raises UsageError."""
    builder = PayloadBuilder(business=business_of(environment))
    return wire.encode(builder.payload(catalog.find(name), Shape()))


async def deliver_to_self(body: bytes, *, receiver: "Receiver", path: str, secret: Secret) -> Delivery:
    """Sign and send a body to a run's own callback, over HTTP, so that it takes the same path as Meta's.

    The delivery names its capture; it is not stored itself.
    """
    target = receiver.url + path
    with receiver.expect_trigger() as expected:
        request = notification_request(body, target, secret, extra=(expected.header,))
        async with Sender() as sender:
            delivery = await sender.send(request, target, capture_id=0, cause=Cause.TRIGGER)
    return replace(delivery, capture_id=expected.capture.id) if expected.capture else delivery


def _as_captured(body: bytes, delivery: Delivery) -> Capture:
    """Return the run's capture, as far as a line shows it; signed with the run's secret, which stays there."""
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
