"""Requests and captures as Meta would cause them."""

from datetime import UTC, datetime
from typing import Any

from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict, sign_headers
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source

SECRET = "0123456789abcdef0123456789abcdef"
WHEN = datetime(2026, 11, 20, 19, 33, 29, 120000, tzinfo=UTC)


def feed_body(message: str = "and the next one", *, time: int = 1449135003, **value: Any) -> bytes:
    """Return a comment on a page, in Meta's own JSON."""
    comment = {
        "item": "comment",
        "verb": "add",
        "from": {"id": "1234", "name": "Tester"},
        "comment_id": "901_903",
        "created_time": 1449135000,
        "message": message,
        **value,
    }
    entry = {"id": "1234", "time": time, "changes": [{"field": "feed", "value": comment}]}
    return wire.encode({"object": "page", "entry": [entry]})


def batch_body(*messages: str) -> bytes:
    """Return messages to a WhatsApp number in one change; two, unless others are given."""
    items = [
        {"id": f"wamid.{text}", "from": "4670", "timestamp": "1700000000", "type": "text", "text": {"body": text}}
        for text in messages or ("one", "two")
    ]
    value = {"messaging_product": "whatsapp", "contacts": [{"wa_id": "4670"}], "messages": items}
    entry = {"id": "9", "changes": [{"field": "messages", "value": value}]}
    return wire.encode({"object": "whatsapp_business_account", "entry": [entry]})


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers with which Meta sends a body."""
    return {"Content-Type": "application/json", "User-Agent": "facebookexternalua", **dict(sign_headers(body, secret))}


def make_capture(body: bytes | None = None, **changes: Any) -> Capture:
    """Return a valid notification that is not yet in any journal; `changes` replace fields."""
    sent = feed_body() if body is None else body
    headers = tuple((name.encode(), value.encode()) for name, value in signed(sent).items())
    fields: dict[str, Any] = {
        "run_id": None,
        "kind": Kind.NOTIFICATION,
        "source": Source.LIVE,
        "received_at": WHEN,
        "request": Request(method="POST", target="/hook", headers=headers, body=sent, remote="203.0.113.9"),
        "reply": Reply(status=200, body=b"OK"),
        "signature": Signature(verdict=SignatureVerdict.VALID, algorithm="sha256"),
    }
    return Capture(**(fields | changes))


def make_handshake(*, accepted: bool = True, reason: str | None = None, **changes: Any) -> Capture:
    """Return a handshake that is not yet in any journal."""
    target = "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=t"
    fields: dict[str, Any] = {
        "kind": Kind.HANDSHAKE,
        "request": Request(method="GET", target=target, headers=(), body=b"", remote="203.0.113.9"),
        "reply": Reply(status=200 if accepted else 403, body=b"1158201444" if accepted else b"forbidden"),
        "signature": Signature(verdict=SignatureVerdict.UNCHECKED),
        "handshake": Handshake(accepted=accepted, reason=reason),
    }
    return make_capture(b"", **(fields | changes))
