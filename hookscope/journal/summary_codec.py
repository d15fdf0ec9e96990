"""Captures as lists show them, read from the journal without their bytes."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from hookscope.journal.codec import read_originals
from hookscope.journal.delivery_status_sql import DeliveryStatus
from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.summary import EventLine
from hookscope.model.record import Kind, Originals, Source, Unpacked, unpack
from hookscope.model.timestamps import from_milliseconds

_UNPACKED_BYTES = 64 << 10
"""Larger bodies are not taken apart for a line of a list: unpacking one takes some 30 ms a megabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSummary:
    """A capture without its bytes, for lists: the lead of its events, and what came of handing it on.

    `event` is None, and `problem` says so, where the body is too large to be taken apart for a list.
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


SELECT = f"""
SELECT c.id, c.run_id, c.kind, c.source, c.received_at, c.method, c.target, c.signature,
    c.signature_reason, c.handshake, c.handshake_reason, c.flaw, c.reply_status, c.reply_ms,
    c.duplicate_of, c.originals, c.replay_of, c.marked, c.note, length(c.body) AS size,
    CASE WHEN length(c.body) <= {_UNPACKED_BYTES} THEN c.body END AS body
FROM captures AS c
"""  # noqa: S608
"""The columns that `read_line` wants, of all captures `c`."""


def read_line(found: sqlite3.Row, outcome: DeliveryStatus | None) -> CaptureSummary:
    """A line from a row of SELECT, with its outcome."""
    kind = Kind(found["kind"])
    unpacked = _unpack(kind, found["body"], found["size"])
    return CaptureSummary(
        id=found["id"],
        run_id=found["run_id"],
        kind=kind,
        source=Source(found["source"]),
        received_at=from_milliseconds(found["received_at"]),
        method=found["method"],
        target=found["target"],
        event=unpacked.lead,
        event_count=len(unpacked.events),
        signature=SignatureVerdict(found["signature"]),
        signature_reason=found["signature_reason"],
        handshake_accepted=None if found["handshake"] is None else bool(found["handshake"]),
        handshake_reason=found["handshake_reason"],
        problem=found["flaw"] or unpacked.problem,
        reply_status=found["reply_status"],
        reply_ms=found["reply_ms"],
        duplicate_of=found["duplicate_of"],
        originals=read_originals(found["originals"]),
        replay_of=found["replay_of"],
        size=found["size"],
        marked=bool(found["marked"]),
        note=found["note"],
        outcome=outcome,
    )


def _unpack(kind: Kind, body: bytes | None, size: int) -> Unpacked:
    if body is None:
        return Unpacked(problem=f"{size / (1 << 20):.1f} MiB, too large for a list: open it")
    return unpack(kind, body)
