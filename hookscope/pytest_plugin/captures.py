"""Captures of the requests that `meta_webhook` has sent."""

from datetime import datetime
from typing import Any

from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.meta.signature import Signature, SignatureVerdict, judge
from hookscope.model.record import Capture, Handshake, Kind, Reply, Source
from hookscope.secret_sources import Secret


def notification(trip: RoundTrip, sent_at: datetime, secret: Secret) -> Capture:
    """Return the capture of a notification; `secret` judges its signature."""
    signed = judge(trip.request.headers, trip.request.body, (secret.reveal(),))
    return _capture(trip, sent_at, kind=Kind.NOTIFICATION, signature=signed)


def handshake(trip: RoundTrip, sent_at: datetime, problem: str | None) -> Capture:
    """Return the capture of a verification request; `problem` says why its answer is refused."""
    verdict = Handshake(accepted=problem is None, reason=problem)
    unchecked = Signature(verdict=SignatureVerdict.UNCHECKED)
    return _capture(trip, sent_at, kind=Kind.HANDSHAKE, signature=unchecked, handshake=verdict)


def _capture(trip: RoundTrip, sent_at: datetime, **verdicts: Any) -> Capture:
    return Capture(
        run_id=None,
        source=Source.TRIGGER,
        received_at=sent_at,
        request=trip.request,
        reply=Reply(status=trip.status, body=trip.body, elapsed_ms=trip.elapsed_ms),
        **verdicts,
    )
