"""Forwarded handshakes: try an application's own verification code, and judge its answer."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

from msgspec.structs import replace

from hookscope.errors import JournalError
from hookscope.formats.redaction import redact_text
from hookscope.journal.writer import JournalWriter
from hookscope.meta.handshake import explain_answer
from hookscope.meta.verify_token import is_verify_token
from hookscope.model.record import Capture, Cause, Delivery, Kind
from hookscope.model.run_events import Delivered, Level, Notice, RunEvent
from hookscope.outbound.http.sender import Sender
from hookscope.views.sanitize import sanitize

_READ, _SHOWN = 4096, 60
"""The bytes of an answer that are looked at, and the characters of it that are shown."""


def handshake_url(capture: Capture, target: str) -> str:
    """Return the address that a capture is sent to at `target`: that of a handshake includes its query."""
    query = _query(capture)
    return f"{target}{'&' if '?' in target else '?'}{query}" if query else target


def check_handshake_answer(capture: Capture, delivery: Delivery) -> Delivery:
    """Return the delivery, with an error if a handshake was not answered as Meta requires."""
    if capture.kind is not Kind.HANDSHAKE or delivery.status is None:
        return delivery
    asked_for = parse_qs(_query(capture))
    challenge = asked_for.get("hub.challenge", [""])[0]
    error = delivery.error or explain_answer(delivery.status, delivery.answer_type, delivery.answer, challenge)
    tokens = [value for name, values in asked_for.items() if is_verify_token(name) for value in values]
    if error and (beginning := _beginning(delivery.answer, tokens)):
        error += f"; the answer begins with: {beginning}"
    return replace(delivery, error=error)


def _beginning(answer: bytes, secrets: Sequence[str]) -> str:
    """Return the first characters of an answer, fit for a terminal, without the verify token that it may echo."""
    text = " ".join(
        sanitize(redact_text(answer[:_READ].decode("utf-8", "replace"), secrets), keep_newlines=True).split()
    )
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _query(capture: Capture) -> str:
    return capture.request.target.partition("?")[2] if capture.kind is Kind.HANDSHAKE else ""


_ANSWER_RIGHT = "answer GET with the bare hub.challenge; --verify-token sets the token that your app knows"


class HandshakeForwarder:
    """Sends accepted handshakes to applications; Meta has its answer by then."""

    def __init__(
        self, *, targets: Sequence[str], journal: JournalWriter, sender: Sender, publish: Callable[[RunEvent], None]
    ) -> None:
        self._targets = targets
        self._journal = journal
        self._sender = sender
        self._publish = publish

    @staticmethod
    def concerns(capture: Capture) -> bool:
        """Return whether a capture is a handshake worth sending on."""
        return capture.kind is Kind.HANDSHAKE and capture.handshake is not None and capture.handshake.accepted

    async def perform(self, capture: Capture) -> None:
        """Send a handshake to every application and report what is wrong with its answer."""
        for target in self._targets:
            await self._ask(capture, target)

    async def _ask(self, capture: Capture, target: str) -> None:
        request = self._sender.prepare(capture.request, handshake_url(capture, target))
        delivery = await self._sender.send(request, target, capture_id=capture.id, cause=Cause.FORWARD)
        delivery = check_handshake_answer(capture, delivery)
        try:
            await self._journal.add_deliveries(delivery)
        except JournalError as error:
            self._publish(Notice(level=Level.ERROR, message=error.message, hint=error.hint))
        self._publish(Delivered(delivery=delivery))
        if delivery.error:
            message = f"Meta would refuse the handshake of {target}: {delivery.error}"
            next_step = "start it" if delivery.status is None else _ANSWER_RIGHT
            hint = f"{next_step}; then try again: hookscope replay {capture.id}"
            self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
