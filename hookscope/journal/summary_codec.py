"""Reads captures as lists show them, without their bytes."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from hookscope.journal import schema
from hookscope.journal.codec import read_originals
from hookscope.journal.sql import placeholders
from hookscope.meta import notification
from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.story import Story, tell
from hookscope.model.capture_summary import MOST_ATTEMPTS, CaptureSummary, StatusStep
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Kind, Source
from hookscope.model.timestamps import from_milliseconds

UNPACKED_BYTES = 64 << 10
"""Larger bodies are not unpacked at once for the lines of a list: that takes some 30 ms a megabyte."""

Outcomes = Callable[[Sequence[int]], Mapping[int, DeliveryStatus]]
"""Returns the delivery status of each of these captures that was sent."""

_TWINS = "FROM captures AS o WHERE o.identity = c.identity AND o.id < c.id"
_ORIGINAL = "FROM captures AS o WHERE o.id = c.duplicate_of AND (o.identity IS NULL OR c.identity IS NULL)"
"""The original unless it is among the twins, as in journals of earlier versions."""
_ATTEMPTS = f"""
    SELECT c.id, min({MOST_ATTEMPTS}, 1 + (SELECT count(*) {_ORIGINAL})
            + (SELECT count(*) FROM (SELECT 1 {_TWINS} LIMIT {MOST_ATTEMPTS - 1}))),
        coalesce((SELECT o.received_at {_TWINS} ORDER BY o.id DESC LIMIT 1), (SELECT o.received_at {_ORIGINAL}))
    FROM captures AS c
"""  # noqa: S608
"""The limit of the count: with a load test that repeats one body, a full count would stall the display."""


def read_lines(db: sqlite3.Connection, capture_ids: Sequence[int], outcomes: Outcomes) -> list[CaptureSummary]:
    """Return the captures with these ids, ascending; those with large bodies without their events."""
    rows = db.execute(
        f"{_select(UNPACKED_BYTES)} WHERE c.id IN ({placeholders(capture_ids)}) ORDER BY c.id", capture_ids
    )
    lines, known, steps = rows.fetchall(), outcomes(capture_ids), read_steps(db, capture_ids, outcomes)
    again = _attempts(db, [found["id"] for found in lines if found["duplicate_of"]])
    return [
        _with_attempt(
            replace(_read_line(found), outcome=known.get(found["id"]), steps=steps.get(found["id"], ())),
            again.get(found["id"]),
        )
        for found in lines
    ]


def read_events(db: sqlite3.Connection, capture_id: int) -> tuple[tuple[Story, ...], str | None]:
    """Return the events of a body of any size, and its problem, if any; takes some 30 ms a megabyte."""
    found = db.execute("SELECT kind, flaw, body FROM captures WHERE id = ?", (capture_id,)).fetchone()
    if found is None:
        return (), None
    events, problem = _unpack(Kind(found["kind"]), found["body"])
    return events, found["flaw"] or problem


def read_steps(
    db: sqlite3.Connection, capture_ids: Sequence[int], outcomes: Outcomes
) -> Mapping[int, tuple[StatusStep, ...]]:
    """Return the statuses that follow each of these captures, in order of arrival."""
    if schema.lacks(db, "leaders"):
        return {}
    rows = db.execute(
        f"SELECT id, follows, body FROM captures WHERE follows IN ({placeholders(capture_ids)}) "  # noqa: S608
        f"AND length(body) <= {UNPACKED_BYTES} ORDER BY id",
        capture_ids,
    ).fetchall()
    known = outcomes([found["id"] for found in rows]) if rows else {}
    steps: dict[int, tuple[StatusStep, ...]] = {}
    for found in rows:
        events, _ = _unpack(Kind.NOTIFICATION, found["body"])
        step = StatusStep(
            capture_id=found["id"],
            state=events[0].state if events else "?",
            failed=any(event.failed for event in events),
            outcome=known.get(found["id"]),
        )
        steps[found["follows"]] = (*steps.get(found["follows"], ()), step)
    return steps


def _select(most: int) -> str:
    return f"""
        SELECT c.id, c.run_id, c.kind, c.source, c.received_at, c.method, c.target, c.signature,
            c.signature_reason, c.handshake, c.handshake_reason, c.flaw, c.reply_status, c.reply_ms,
            c.duplicate_of, c.originals, c.replay_of, c.marked, c.note, length(c.body) AS size,
            CASE WHEN c.marked THEN
                (SELECT group_concat(position) FROM marked_events WHERE capture_id = c.id)
            END AS marked_events,
            (SELECT seq FROM mirrored WHERE capture_id = c.id) AS shared_seq,
            CASE WHEN length(c.body) <= {most} THEN c.body END AS body
        FROM captures AS c
    """  # noqa: S608


def _read_line(found: sqlite3.Row) -> CaptureSummary:
    kind, body = Kind(found["kind"]), found["body"]
    events, problem = _unpack(kind, body) if body is not None else ((), _large(found["size"]))
    return CaptureSummary(
        id=found["id"],
        run_id=found["run_id"],
        kind=kind,
        source=Source(found["source"]),
        received_at=from_milliseconds(found["received_at"]),
        method=found["method"],
        target=found["target"],
        events=events,
        signature=SignatureVerdict(found["signature"]),
        signature_reason=found["signature_reason"],
        handshake_accepted=None if found["handshake"] is None else bool(found["handshake"]),
        handshake_reason=found["handshake_reason"],
        problem=found["flaw"] or problem,
        reply_status=found["reply_status"],
        reply_ms=found["reply_ms"],
        duplicate_of=found["duplicate_of"],
        originals=read_originals(found["originals"]),
        replay_of=found["replay_of"],
        size=found["size"],
        marked=bool(found["marked"]),
        note=found["note"],
        shared_seq=found["shared_seq"],
        marked_events=_positions(found["marked_events"]),
        outcome=None,
        is_large=body is None and kind is Kind.NOTIFICATION,
    )


def _unpack(kind: Kind, body: bytes) -> tuple[tuple[Story, ...], str | None]:
    if kind is not Kind.NOTIFICATION:
        return (), None
    parsed = notification.parse(body)
    return tuple(map(tell, parsed.events)), parsed.problem


def _large(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB, too large for a list: open it"


def _attempts(db: sqlite3.Connection, capture_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """Return, for each of these duplicates, the count of its event up to then, and the time of the one before."""
    if not capture_ids:
        return {}
    rows = db.execute(f"{_ATTEMPTS} WHERE c.id IN ({placeholders(capture_ids)})", capture_ids)
    return {capture_id: (attempt, before) for capture_id, attempt, before in rows if before is not None}


def _with_attempt(line: CaptureSummary, again: tuple[int, int] | None) -> CaptureSummary:
    if again is None:
        return line
    attempt, before = again
    gap = max(line.received_at - from_milliseconds(before), timedelta())
    return replace(line, attempt=attempt, gap=gap)


def _positions(text: str | None) -> tuple[int, ...]:
    """Return the positions of the marked events of a capture, ascending."""
    return tuple(sorted(map(int, text.split(",")))) if text else ()
