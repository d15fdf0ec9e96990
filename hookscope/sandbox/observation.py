"""The sandbox's requests to callbacks, as captures for observers."""

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from hookscope.meta import signature
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source

Observe = Callable[[Capture], None]
"""Gets each verification request and each notification once it is answered or has failed. Must not raise."""


def ignore(_: Capture) -> None:
    """Observe nothing."""


def handshake_capture(
    url: str, headers: Iterable[tuple[str, str]], *, at: datetime, reply: Reply, problem: str | None
) -> Capture:
    """Return the capture of a verification request; `problem` says why its answer is refused."""
    return Capture(
        run_id=None,
        kind=Kind.HANDSHAKE,
        source=Source.SANDBOX,
        received_at=at,
        request=_request("GET", url, headers, b""),
        reply=reply,
        signature=Signature(verdict=SignatureVerdict.UNCHECKED),
        handshake=Handshake(accepted=problem is None, reason=problem),
    )


def notification_capture(
    url: str, headers: Iterable[tuple[str, str]], body: bytes, *, at: datetime, reply: Reply, secret: str
) -> Capture:
    """Return the capture of a notification; `secret` judges its signature."""
    request = _request("POST", url, headers, body)
    return Capture(
        run_id=None,
        kind=Kind.NOTIFICATION,
        source=Source.SANDBOX,
        received_at=at,
        request=request,
        reply=reply,
        signature=signature.judge(request.headers, body, (secret,)),
    )


def _request(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Request:
    parts = urlsplit(url)
    return Request(
        method=method,
        target=urlunsplit(("", "", parts.path or "/", parts.query, "")),
        headers=tuple((name.encode(), value.encode()) for name, value in headers),
        body=body,
        remote="",
    )
