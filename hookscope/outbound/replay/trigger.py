"""Triggering: a made-up notification, signed as Meta would, sent to an application and kept.

Sources for the header lines and their order: public captures.
"""

from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict, judge, sign_headers
from hookscope.model.record import Capture, Cause, Delivery, Headers, Kind, Reply, Request, Source
from hookscope.model.timestamps import now
from hookscope.outbound.http.sender import Sender, interrupted_delivery
from hookscope.outbound.replay.graceful_stop import GracefulStop
from hookscope.secret_sources import Secret
from hookscope.urls import authority

_USER_AGENT = b"facebookexternalua"
_UNSIGNED = Signature(verdict=SignatureVerdict.MISSING, reason="sent unsigned")


def notification_request(body: bytes, target: str, secret: Secret | None, extra: Headers = ()) -> Request:
    """Return a notification as Meta would send it to `target`; unsigned without a secret. `extra` headers come last."""
    parts = urlsplit(target)
    signatures = sign_headers(body, secret.reveal()) if secret else ()
    return Request(
        method="POST",
        target=urlunsplit(("", "", parts.path or "/", parts.query, "")),
        headers=(
            (b"Host", authority(parts.netloc)),
            (b"User-Agent", _USER_AGENT),
            (b"Accept", b"*/*"),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", b"%d" % len(body)),
            *((name.encode(), value.encode()) for name, value in signatures),
            *extra,
        ),
        body=body,
        remote="",
    )


async def trigger(
    body: bytes, target: str, *, secret: Secret | None, sender: Sender, journal: JournalWriter, stopping: GracefulStop
) -> tuple[Capture, Delivery]:
    """Send a notification to an application; commit it with the answer, and the delivery. Raises JournalError."""
    request, sent_at = notification_request(body, target, secret), now()
    try:
        async with stopping.limited():
            delivery = await sender.send(request, target, capture_id=0, cause=Cause.TRIGGER)
    except TimeoutError:
        delivery = interrupted_delivery(request, target, sent_at, capture_id=0, cause=Cause.TRIGGER)
    capture = await journal.append(
        Capture(
            run_id=None,
            kind=Kind.NOTIFICATION,
            source=Source.TRIGGER,
            received_at=delivery.sent_at,
            request=request,
            reply=Reply(status=delivery.status, body=delivery.answer, elapsed_ms=delivery.elapsed_ms),
            signature=judge(request.headers, body, (secret.reveal(),)) if secret else _UNSIGNED,
        )
    )
    delivery = replace(delivery, capture_id=capture.id)
    await journal.add_deliveries(delivery)
    return capture, delivery
