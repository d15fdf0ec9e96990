"""Many captures in one statement.

Each statement lets go of the interpreter's lock and must get it back from a busy event loop. One for each capture, or
for the beginning and the end of a transaction, would spend most of its time waiting for that: a statement that adds
many rows is a transaction of its own.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hookscope.capture import row
from hookscope.capture.clock import milliseconds
from hookscope.capture.record import Capture, Delivery

_DUPLICATE_WINDOW_MS = 7 * 24 * 3600 * 1000
"""Meta gives up on a delivery after 36 hours, WhatsApp's after 7 days: an equal event later is a new one."""


@dataclass(slots=True)
class Append:
    """A capture to be added. `since` is the `time.perf_counter()` from which its reply's `elapsed_ms` counts."""

    capture: Capture
    identity: bytes | None
    since: float | None


def insert(connection: sqlite3.Connection, appends: Sequence[Append]) -> list[Capture]:
    """Add all the captures or none; return them with what only the journal knows: number, original, elapsed time."""
    known = _originals(connection, appends)
    elapsed = [_elapsed_ms(append) for append in appends]
    originals = [known.get(append.identity) if append.identity else None for append in appends]
    values: list[Any] = []
    for append, elapsed_ms, original in zip(appends, elapsed, originals, strict=True):
        values += row.capture_values(append.capture, append.identity, elapsed_ms, original)
    cursor = connection.execute(row.insert("captures", row.CAPTURE_COLUMNS, len(appends)), values)
    first = (cursor.lastrowid or 0) - len(appends) + 1
    _mark_twins(connection, appends, originals, first)
    return [
        append.capture.kept(number, elapsed_ms, original)
        for number, (append, elapsed_ms, original) in enumerate(zip(appends, elapsed, originals, strict=True), first)
    ]


def insert_replays(
    connection: sqlite3.Connection, replays: Sequence[tuple[Capture, Delivery]]
) -> list[tuple[Capture, Delivery]]:
    """Add all the replays with their deliveries; return them with their numbers."""
    captures = insert(connection, [Append(capture, None, None) for capture, _ in replays])
    deliveries = [
        replace(delivery, replay_id=capture.id) for capture, (_, delivery) in zip(captures, replays, strict=True)
    ]
    insert_deliveries(connection, deliveries)
    return list(zip(captures, deliveries, strict=True))


def insert_deliveries(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Add all the deliveries."""
    values = [value for delivery in deliveries for value in row.delivery_values(delivery)]
    connection.execute(row.insert("deliveries", row.DELIVERY_COLUMNS, len(deliveries)), values)


def _elapsed_ms(append: Append) -> float | None:
    if append.since is None:
        return append.capture.reply.elapsed_ms
    return round((time.perf_counter() - append.since) * 1000, 3)


def _originals(connection: sqlite3.Connection, appends: Sequence[Append]) -> dict[bytes, int]:
    """The first capture of each identity that is in the journal already, and young enough to be the original."""
    identities = {append.identity for append in appends if append.identity}
    if not identities:
        return {}
    oldest = milliseconds(appends[0].capture.received_at) - _DUPLICATE_WINDOW_MS
    found = connection.execute(_find_originals(len(identities)), (*identities, oldest)).fetchall()
    return dict(found)


def _mark_twins(
    connection: sqlite3.Connection, appends: Sequence[Append], originals: list[int | None], first: int
) -> None:
    """Mark the duplicates whose original came in the same statement, and so had no number before it."""
    seen: dict[bytes, int] = {}
    for n, append in enumerate(appends):
        if append.identity is None or originals[n] is not None:
            continue
        if (original := seen.setdefault(append.identity, first + n)) != first + n:
            originals[n] = original
            connection.execute("UPDATE captures SET duplicate_of = ? WHERE id = ?", (original, first + n))


@cache
def _find_originals(identities: int) -> str:
    # Of those that are not found no row comes: the interpreter's lock is let go for each row.
    return f"""
        WITH sought (identity) AS (VALUES {", ".join(["(?)"] * identities)})
        SELECT identity, (
            SELECT id FROM captures
            WHERE identity = sought.identity AND received_at >= ? AND replay_of IS NULL
            ORDER BY received_at, id LIMIT 1
        ) AS original
        FROM sought
        WHERE original IS NOT NULL
    """  # noqa: S608
