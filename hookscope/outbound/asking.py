"""Handshakes that an application is to answer: they ask in the query, and the answer can be wrong though it is 200."""

from dataclasses import replace
from urllib.parse import parse_qs

from hookscope.capture.record import Capture, Delivery, Kind
from hookscope.meta.handshake import explain_answer


def asked(capture: Capture, target: str) -> str:
    """The address that a capture is sent to at `target`: that of a handshake has its query."""
    query = _query(capture)
    return f"{target}{'&' if '?' in target else '?'}{query}" if query else target


def judged(capture: Capture, delivery: Delivery) -> Delivery:
    """The delivery, with an error where a handshake was not answered as Meta wants it."""
    if capture.kind is not Kind.HANDSHAKE or delivery.status is None:
        return delivery
    challenge = parse_qs(_query(capture)).get("hub.challenge", [""])[0]
    return replace(delivery, error=explain_answer(delivery.status, delivery.answer_type, delivery.answer, challenge))


def _query(capture: Capture) -> str:
    return capture.request.target.partition("?")[2] if capture.kind is Kind.HANDSHAKE else ""
