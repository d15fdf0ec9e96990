"""Reads captures as lists show them, without their bytes."""

import sqlite3

from hookscope.journal.codec import read_originals
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Kind, Source, Unpacked, unpack
from hookscope.model.timestamps import from_milliseconds

_UNPACKED_BYTES = 64 << 10
"""Larger bodies are not taken apart for a line of a list: unpacking one takes some 30 ms a megabyte."""


SELECT = f"""
SELECT c.id, c.run_id, c.kind, c.source, c.received_at, c.method, c.target, c.signature,
    c.signature_reason, c.handshake, c.handshake_reason, c.flaw, c.reply_status, c.reply_ms,
    c.duplicate_of, c.originals, c.replay_of, c.marked, c.note, length(c.body) AS size,
    (SELECT seq FROM mirrored WHERE capture_id = c.id) AS shared_seq,
    CASE WHEN length(c.body) <= {_UNPACKED_BYTES} THEN c.body END AS body
FROM captures AS c
"""  # noqa: S608
"""The columns that `read_line` wants, of all captures `c`."""


def read_line(found: sqlite3.Row, outcome: DeliveryStatus | None) -> CaptureSummary:
    """Return a line from a row of SELECT, with its outcome."""
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
        shared_seq=found["shared_seq"],
        outcome=outcome,
    )


def _unpack(kind: Kind, body: bytes | None, size: int) -> Unpacked:
    if body is None:
        return Unpacked(problem=f"{size / (1 << 20):.1f} MiB, too large for a list: open it")
    return unpack(kind, body)
