"""Relaying: each notification is sent to the application at once, and its answer is passed back to Meta."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Cause, Delivery, Failure, Reply
from hookscope.model.run_events import Delivered, Level, Notice, RunEvent
from hookscope.model.timestamps import now
from hookscope.outbound.forward.health import Health
from hookscope.outbound.http.sender import TIMEOUT_SECONDS, Sender
from hookscope.outbound.routing import Routing

_NEAR_SECONDS = 5.0
"""By its Messenger documentation Meta wants an answer within 5 s; by its FAQ it waits for 20."""

_GIVEN_UP = {Failure.UNREACHABLE: 502, Failure.BROKEN: 502, Failure.TIMEOUT: 504}
_BODILESS = (204, 304)


class AckRelay:
    """Asks the application of the first route that wants a notification, and answers as it does.

    `health` is that of each application, by its address.
    """

    def __init__(
        self,
        *,
        routing: Routing,
        health: Mapping[str, Health],
        journal: JournalWriter,
        sender: Sender,
        publish: Callable[[RunEvent], None],
    ) -> None:
        self._routing = routing
        self._health = health
        self._journal = journal
        self._sender = sender
        self._publish = publish
        self._asking: set[asyncio.Task[Delivery]] = set()

    def wants(self, capture: Capture) -> bool:
        """Return whether an application is to answer this notification."""
        return bool(self._routing.targets(capture))

    async def answer(self, capture: Capture) -> tuple[Capture, RunEvent]:
        """Have a committed notification answered; return the capture with its reply, committed too, and its events.

        An application that does not answer counts as 502 or 504, so that Meta sends the notification again. Raises
        JournalError.
        """
        target = self._routing.targets(capture)[0]
        delivery = await self._ask(capture, target)
        self._health[target].judge(delivery)
        reply = _reply(delivery)
        await self._journal.add_answer(delivery, reply)
        return replace(capture, reply=reply), Delivered(delivery=delivery)

    async def answered(self) -> None:
        """Wait until all applications asked so far have answered, or have been given up."""
        if self._asking:
            await asyncio.wait(set(self._asking))

    def close(self) -> None:
        """Stop waiting for answers: a missing one counts as 502."""
        for sending in self._asking:
            sending.cancel()

    async def _ask(self, capture: Capture, target: str) -> Delivery:
        request = self._sender.prepare(capture.request, target)
        began = now()
        sending = asyncio.create_task(self._sender.send(request, target, capture_id=capture.id, cause=Cause.FORWARD))
        self._asking.add(sending)
        try:
            await asyncio.wait([sending], timeout=_NEAR_SECONDS)
            if not sending.done():
                message = f"{target} has not answered #{capture.id} for {_NEAR_SECONDS:.0f} s"
                hint = f"Meta expects an answer within 5 s and waits {TIMEOUT_SECONDS:.0f} s: answer first, then work"
                self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
                await asyncio.wait([sending])
            return _cut_off(capture, target, began) if sending.cancelled() else sending.result()
        finally:
            sending.cancel()
            self._asking.discard(sending)


def _cut_off(capture: Capture, target: str, began: datetime) -> Delivery:
    return Delivery(
        capture_id=capture.id,
        cause=Cause.FORWARD,
        target=target,
        sent_at=began,
        status=None,
        elapsed_ms=round((now() - began).total_seconds() * 1000, 3),
        failure=Failure.BROKEN,
        error="the run ended before it answered",
    )


def _reply(delivery: Delivery) -> Reply:
    if delivery.status is None:
        status = _GIVEN_UP[delivery.failure or Failure.BROKEN]
        return Reply(status=status, body=b"the application did not answer", elapsed_ms=delivery.elapsed_ms)
    body = b"" if delivery.status in _BODILESS else delivery.answer
    kind = delivery.answer_type.replace("\t", " ")
    if not kind.isprintable():  # aiohttp would close Meta's connection in place of an answer.
        kind = ""
    return Reply(status=delivery.status, body=body, elapsed_ms=delivery.elapsed_ms, content_type=kind)
