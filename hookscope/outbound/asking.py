"""Handshakes that an application is to answer: they ask in the query, and the answer can be wrong though it is 200."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from hookscope.formats.redaction import redact_text
from hookscope.meta.handshake import explain_answer
from hookscope.model.record import Capture, Delivery, Kind
from hookscope.views.sanitize import safe

_READ, _SHOWN = 4096, 60
"""Of an answer so many bytes are looked at, and so many characters shown."""


def asked(capture: Capture, target: str) -> str:
    """The address that a capture is sent to at `target`: that of a handshake has its query."""
    query = _query(capture)
    return f"{target}{'&' if '?' in target else '?'}{query}" if query else target


def judged(capture: Capture, delivery: Delivery) -> Delivery:
    """The delivery, with an error where a handshake was not answered as Meta wants it."""
    if capture.kind is not Kind.HANDSHAKE or delivery.status is None:
        return delivery
    asked_for = parse_qs(_query(capture))
    challenge = asked_for.get("hub.challenge", [""])[0]
    error = explain_answer(delivery.status, delivery.answer_type, delivery.answer, challenge)
    if error and (beginning := _beginning(delivery.answer, asked_for.get("hub.verify_token", []))):
        error += f"; the answer begins with: {beginning}"
    return replace(delivery, error=error)


def _beginning(answer: bytes, secrets: Sequence[str]) -> str:
    """Return the first characters of an answer, fit for a terminal, without the verify token that it may echo."""
    text = " ".join(safe(redact_text(answer[:_READ].decode("utf-8", "replace"), secrets), keep_newlines=True).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _query(capture: Capture) -> str:
    return capture.request.target.partition("?")[2] if capture.kind is Kind.HANDSHAKE else ""
