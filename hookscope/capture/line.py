"""Captures as lists show them, read from the journal without their bytes."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from hookscope.capture.clock import moment
from hookscope.capture.record import Kind, Source, Unpacked, unpack
from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summary import EventLine

_UNPACKED_BYTES = 64 << 10
"""Larger bodies are not taken apart for a line of a list: unpacking one takes some 30 ms a megabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a delivery went: `status` is None without an answer, and `held` tells that it waits for its application."""

    status: int | None
    elapsed_ms: float
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A capture without its bytes, for lists: the first of its events, and how the last delivery of it went.

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
    replay_of: int | None
    size: int
    marked: bool
    note: str | None
    outcome: Outcome | None


SELECT = f"""
SELECT c.id, c.run_id, c.kind, c.source, c.received_at, c.method, c.target, c.signature,
    c.signature_reason, c.handshake, c.handshake_reason, c.flaw, c.reply_status, c.reply_ms,
    c.duplicate_of, c.replay_of, c.marked, c.note, length(c.body) AS size,
    CASE WHEN length(c.body) <= {_UNPACKED_BYTES} THEN c.body END AS body,
    d.id AS delivery, d.status AS delivery_status, d.elapsed_ms AS delivery_ms,
    d.cause = 'forward' AND d.failure IS 'unreachable' AS held
FROM captures AS c LEFT JOIN deliveries AS d
    ON d.id = (SELECT max(id) FROM deliveries WHERE capture_id = c.id)
"""  # noqa: S608
"""The columns that `read_line` wants, of all captures `c`."""


def read_line(found: sqlite3.Row) -> Line:
    """A line from a row of SELECT."""
    kind = Kind(found["kind"])
    unpacked = _unpack(kind, found["body"], found["size"])
    return Line(
        id=found["id"],
        run_id=found["run_id"],
        kind=kind,
        source=Source(found["source"]),
        received_at=moment(found["received_at"]),
        method=found["method"],
        target=found["target"],
        event=unpacked.events[0] if unpacked.events else None,
        event_count=len(unpacked.events),
        signature=SignatureVerdict(found["signature"]),
        signature_reason=found["signature_reason"],
        handshake_accepted=None if found["handshake"] is None else bool(found["handshake"]),
        handshake_reason=found["handshake_reason"],
        problem=found["flaw"] or unpacked.problem,
        reply_status=found["reply_status"],
        reply_ms=found["reply_ms"],
        duplicate_of=found["duplicate_of"],
        replay_of=found["replay_of"],
        size=found["size"],
        marked=bool(found["marked"]),
        note=found["note"],
        outcome=_outcome(found) if found["delivery"] else None,
    )


def _outcome(found: sqlite3.Row) -> Outcome:
    return Outcome(status=found["delivery_status"], elapsed_ms=found["delivery_ms"], held=bool(found["held"]))


def _unpack(kind: Kind, body: bytes | None, size: int) -> Unpacked:
    if body is None:
        return Unpacked(problem=f"{size / (1 << 20):.1f} MiB, too large for a list: open it")
    return unpack(kind, body)
