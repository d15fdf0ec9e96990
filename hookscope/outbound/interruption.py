"""What became of a request that was sent and whose answer was not waited for."""

from datetime import datetime

from hookscope.model.record import Cause, Delivery, Failure, Request
from hookscope.model.timestamps import now


def interruption(request: Request, target: str, sent_at: datetime, *, capture_id: int, cause: Cause) -> Delivery:
    """The delivery of a request that was sent at `sent_at`, when the sending is stopped now."""
    return Delivery(
        capture_id=capture_id,
        cause=cause,
        method=request.method,
        target=target,
        sent_at=sent_at,
        status=None,
        elapsed_ms=(now() - sent_at).total_seconds() * 1000,
        failure=Failure.TIMEOUT,
        error="stopped before it was answered",
    )
