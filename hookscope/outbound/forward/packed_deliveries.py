"""Deliveries as bytes, on their way from the process that forwards to the engine, which commits them.

Plain values in the interpreter's own form: both ends run the same one, and a pickle takes five times as long.
"""

import marshal
from collections.abc import Sequence

from hookscope.model.record import Cause, Delivery, Failure
from hookscope.model.timestamps import from_milliseconds, milliseconds


def pack(deliveries: Sequence[Delivery]) -> bytes:
    """Return deliveries as bytes; `unpack` is the reverse."""
    return marshal.dumps([_values(delivery) for delivery in deliveries])


def unpack(packed: bytes) -> list[Delivery]:
    """Return the deliveries that `pack` has packed."""
    return [_delivery(*values) for values in marshal.loads(packed)]  # noqa: S302 - from ourselves


def _values(delivery: Delivery) -> tuple[int | float | str | bytes | None, ...]:
    return (
        delivery.capture_id,
        delivery.replay_id,
        str(delivery.cause),
        delivery.method,
        delivery.target,
        milliseconds(delivery.sent_at),
        delivery.status,
        delivery.elapsed_ms,
        None if delivery.failure is None else str(delivery.failure),
        delivery.error,
        delivery.answer,
        delivery.answer_type,
    )


def _delivery(
    capture_id: int,
    replay_id: int | None,
    cause: str,
    method: str,
    target: str,
    sent_at: int,
    status: int | None,
    elapsed_ms: float,
    failure: str | None,
    error: str | None,
    answer: bytes,
    answer_type: str,
) -> Delivery:
    return Delivery(
        capture_id=capture_id,
        replay_id=replay_id,
        cause=Cause(cause),
        method=method,
        target=target,
        sent_at=from_milliseconds(sent_at),
        status=status,
        elapsed_ms=elapsed_ms,
        failure=None if failure is None else Failure(failure),
        error=error,
        answer=answer,
        answer_type=answer_type,
    )
