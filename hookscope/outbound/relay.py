"""Meta's answer from the application itself: each notification is sent on at once, and what it says is passed back."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from hookscope.capture.item import Delivered, Item, Level, Notice, now
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Cause, Delivery, Failure, Reply
from hookscope.outbound.health import Health
from hookscope.outbound.sender import PATIENCE_SECONDS, Sender
from hookscope.settings import Route
from hookscope.views.filter import Filter, matches, parse

_NEAR_SECONDS = 5.0
"""By its Messenger documentation Meta wants an answer within 5 s; by its FAQ it waits for 20."""

_GIVEN_UP = {Failure.UNREACHABLE: 502, Failure.BROKEN: 502, Failure.TIMEOUT: 504}
_BODILESS = (204, 304)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A route, ready for use."""

    target: str
    wanted: Filter | None
    health: Health


class Relay:
    """Asks the application of the first route that wants a notification, and answers as it does."""

    def __init__(
        self,
        *,
        routes: Sequence[tuple[Route, Health]],
        journal: Journal,
        sender: Sender,
        publish: Callable[[Item], None],
    ) -> None:
        self._lines = [
            _Line(target=route.target, wanted=parse(route.filter) if route.filter else None, health=health)
            for route, health in routes
        ]
        self._journal = journal
        self._sender = sender
        self._publish = publish

    def wants(self, capture: Capture) -> bool:
        """Whether an application is to answer this notification."""
        return next(self._wanting(capture), None) is not None

    async def answer(self, capture: Capture) -> Capture:
        """Have a committed notification answered; the capture with its reply, which is committed too.

        An application that does not answer counts as 502 or 504, so that Meta sends the notification again.
        Raises JournalError.
        """
        line = next(self._wanting(capture))
        delivery = await self._ask(capture, line)
        line.health.judge(delivery)
        reply = _reply(delivery)
        delivery = await self._journal.add_answer(delivery, reply)
        self._publish(Delivered(delivery=delivery))
        return replace(capture, reply=reply)

    def _wanting(self, capture: Capture) -> Iterator[_Line]:
        return (line for line in self._lines if line.wanted is None or matches(line.wanted, capture, now()))

    async def _ask(self, capture: Capture, line: _Line) -> Delivery:
        request = self._sender.prepare(capture.request, line.target)
        sending = asyncio.create_task(
            self._sender.send(request, line.target, capture_id=capture.id, cause=Cause.FORWARD)
        )
        try:
            await asyncio.wait([sending], timeout=_NEAR_SECONDS)
            if not sending.done():
                message = f"{line.target} has not answered #{capture.id} for {_NEAR_SECONDS:.0f} s"
                hint = f"Meta wants an answer within 5 s and waits {PATIENCE_SECONDS:.0f}: answer first, then work"
                self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
            return await sending
        finally:
            sending.cancel()


def _reply(delivery: Delivery) -> Reply:
    if delivery.status is None:
        status = _GIVEN_UP[delivery.failure or Failure.BROKEN]
        return Reply(status=status, body=b"the application did not answer", elapsed_ms=delivery.elapsed_ms)
    body = b"" if delivery.status in _BODILESS else delivery.answer
    return Reply(status=delivery.status, body=body, elapsed_ms=delivery.elapsed_ms)
