"""Classify imported requests, whose files do not record a kind."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from hookscope.meta import handshake, notification, packing, signature, wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source

_NOT_SIGNED = Signature(verdict=SignatureVerdict.UNCHECKED)


def classify_request(
    request: Request, reply: Reply, *, received_at: datetime, secrets: Sequence[str], flaw: str | None = None
) -> Capture:
    """Return a capture of the request; its signature is checked against the secrets, if there are any."""
    query = _query(request.target)
    verdict, signed = None, _NOT_SIGNED
    kind = Kind.STRAY
    if request.method == "GET" and handshake.is_handshake(query):
        kind, verdict = Kind.HANDSHAKE, _handshake(dict(query).get("hub.challenge", ""), reply)
    elif request.method == "POST" and _is_notification(request):
        kind, signed = Kind.NOTIFICATION, signature.judge(request.headers, request.body, secrets)
    return Capture(
        run_id=None,
        kind=kind,
        source=Source.IMPORT,
        received_at=received_at,
        request=request,
        reply=reply,
        signature=signed,
        handshake=verdict,
        flaw=flaw or (packing.explain(request.headers) if kind is Kind.NOTIFICATION else None),
    )


def _query(target: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(target.partition("?")[2], keep_blank_values=True, max_num_fields=64)
    except ValueError:
        return []


def _handshake(challenge: str, reply: Reply) -> Handshake:
    if reply.status is None:
        return Handshake(accepted=False, reason="the file does not contain its answer")
    reason = handshake.explain_answer(reply.status, "", reply.body, challenge)
    return Handshake(accepted=reason is None, reason=reason)


def _is_notification(request: Request) -> bool:
    """Return whether it is signed as Meta signs, or holds what a notification holds."""
    signatures = (signature.SHA256_HEADER.lower().encode(), signature.SHA1_HEADER.lower().encode())
    if any(name.lower() in signatures for name, _ in request.headers):
        return True
    try:
        value = wire.decode(request.body)
    except ValueError:
        return False
    return notification.is_notification(value)
