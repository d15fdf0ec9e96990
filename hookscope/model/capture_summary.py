"""A capture as lists show it, without its bytes."""

from dataclasses import dataclass
from datetime import datetime

from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.summary import EventLine
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Kind, Originals, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSummary:
    """A capture without its bytes, for lists: the lead of its events, and its delivery status.

    `event` is None, and `problem` says so, when the body is too large to be parsed for a list. `shared_seq` is the
    number of the entry of a shared log that it was mirrored from.
    """

    id: int
    run_id: int | None
    kind: Kind
    source: Source
    received_at: datetime
    method: str
    target: str
    event: EventLine | None
    event_count: int
    signature: SignatureVerdict
    signature_reason: str | None
    handshake_accepted: bool | None
    handshake_reason: str | None
    problem: str | None
    reply_status: int | None
    reply_ms: float | None
    duplicate_of: int | None
    originals: Originals
    replay_of: int | None
    size: int
    marked: bool
    note: str | None
    outcome: DeliveryStatus | None
    shared_seq: int | None = None
