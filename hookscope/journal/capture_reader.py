"""Reading captures from the journal, with what its other tables say about them."""

import sqlite3
from collections.abc import Sequence

from hookscope.journal import codec
from hookscope.journal.sql import placeholders
from hookscope.model.record import Capture, Shared, Source


def read(db: sqlite3.Connection, condition: str, values: Sequence[object] = ()) -> list[Capture]:
    """Return the captures that meet a condition in SQL, which may end with an order and a limit.

    Few at a time: each may hold a body of many megabytes. Call it in a transaction: it takes several statements.
    """
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    rows = cursor.execute(f"SELECT {codec.READ_COLUMNS} FROM captures WHERE {condition}", tuple(values)).fetchall()  # noqa: S608
    entries = _entries(db, [row["id"] for row in rows if row["source"] == Source.SHARED])
    marked_events = _marked_events(db, [row["id"] for row in rows if row["marked"]])
    return [codec.read_capture(row, entries.get(row["id"]), marked_events.get(row["id"], ())) for row in rows]


def read_by_id(db: sqlite3.Connection, capture_ids: Sequence[int]) -> list[Capture]:
    """Return the existing captures among these ids."""
    return read(db, f"id IN ({placeholders(capture_ids)})", capture_ids)


def _entries(db: sqlite3.Connection, capture_ids: Sequence[int]) -> dict[int, Shared]:
    if not capture_ids:
        return {}
    statement = (
        "SELECT capture_id, uuid, seq FROM mirrored JOIN logs ON logs.id = log_id "  # noqa: S608
        f"WHERE capture_id IN ({placeholders(capture_ids)})"
    )
    return {capture_id: Shared(log=log, seq=seq) for capture_id, log, seq in db.execute(statement, capture_ids)}


def _marked_events(db: sqlite3.Connection, capture_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    if capture_ids:
        statement = (
            f"SELECT capture_id, position FROM marked_events WHERE capture_id IN ({placeholders(capture_ids)}) "  # noqa: S608
            "ORDER BY capture_id, position"
        )
        for capture_id, position in db.execute(statement, capture_ids):
            found[capture_id] = (*found.get(capture_id, ()), position)
    return found
