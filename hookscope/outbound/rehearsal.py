"""Handshakes sent on, so that an application's own verification code is tried, and its answer judged."""

from collections.abc import Callable, Sequence

from hookscope.errors import JournalError
from hookscope.journal.writer import Journal
from hookscope.model.record import Capture, Cause, Kind
from hookscope.model.run_events import Delivered, Item, Level, Notice
from hookscope.outbound.asking import asked, judged
from hookscope.outbound.sender import Sender

_MEND = "answer GET with the bare hub.challenge; --verify-token gives hookscope the token that your app knows"


class Rehearsal:
    """Sends accepted handshakes to applications; Meta has had its answer by then."""

    def __init__(
        self, *, targets: Sequence[str], journal: Journal, sender: Sender, publish: Callable[[Item], None]
    ) -> None:
        self._targets = targets
        self._journal = journal
        self._sender = sender
        self._publish = publish

    @staticmethod
    def concerns(capture: Capture) -> bool:
        """Whether a capture is a handshake worth sending on."""
        return capture.kind is Kind.HANDSHAKE and capture.handshake is not None and capture.handshake.accepted

    async def perform(self, capture: Capture) -> None:
        """Send a handshake to every application and say what is wrong with its answer."""
        for target in self._targets:
            await self._ask(capture, target)

    async def _ask(self, capture: Capture, target: str) -> None:
        request = self._sender.prepare(capture.request, asked(capture, target))
        delivery = await self._sender.send(request, target, capture_id=capture.id, cause=Cause.FORWARD)
        delivery = judged(capture, delivery)
        try:
            await self._journal.add_deliveries(delivery)
        except JournalError as error:
            self._publish(Notice(level=Level.ERROR, message=error.message, hint=error.hint))
        self._publish(Delivered(delivery=delivery))
        if delivery.error:
            message = f"Meta would refuse the handshake of {target}: {delivery.error}"
            mend = "start it" if delivery.status is None else _MEND
            hint = f"{mend}; then try again: hookscope replay {capture.id}"
            self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
