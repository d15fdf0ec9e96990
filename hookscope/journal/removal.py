"""The removal of captures, with everything that refers to them; inside a transaction.

Strays have a quota: whoever knows the host can send them, and must not fill the disk with them.
"""

import sqlite3
from collections.abc import Sequence

from hookscope.journal import search_index
from hookscope.journal.capture_reader import read_by_id
from hookscope.journal.sql import placeholders

MOST_STRAYS = 2000
MOST_BYTES = 32 << 20
"""The headers and bodies of all of them."""

_SLICE = 32

_NEWEST_FIRST = """
SELECT id, length(target) + length(headers) + length(body) FROM captures
WHERE kind = 'stray' AND source IN ('live', 'sandbox') AND marked = 0 AND note IS NULL
ORDER BY id DESC
"""


def remove(db: sqlite3.Connection, capture_ids: Sequence[int]) -> int:
    """Delete captures, with all their deliveries; return how many there were.

    A replay outlives its original, and keeps its delivery.
    """
    search_index.forget(db, read_by_id(db, capture_ids))
    marks = placeholders(capture_ids)
    for statement in (
        # A replay's delivery belongs to its original; without that, to the replay.
        f"UPDATE deliveries SET capture_id = replay_id, replay_id = NULL WHERE capture_id IN ({marks}) "  # noqa: S608
        "AND EXISTS (SELECT 1 FROM captures WHERE id = replay_id)",  # With IN, SQLite looks at all captures.
        f"DELETE FROM deliveries WHERE capture_id IN ({marks})",  # noqa: S608
        f"UPDATE deliveries SET replay_id = NULL WHERE replay_id IN ({marks})",  # noqa: S608
        f"DELETE FROM fetched WHERE capture_id IN ({marks})",  # noqa: S608
    ):
        db.execute(statement, tuple(capture_ids))
    db.execute("UPDATE upkeep SET deletions = deletions + 1")
    return db.execute(f"DELETE FROM captures WHERE id IN ({marks})", tuple(capture_ids)).rowcount  # noqa: S608


def make_room(db: sqlite3.Connection, *, most: int = MOST_STRAYS, most_bytes: int = MOST_BYTES) -> int:
    """Delete the oldest strays over the quota, several at once; return how many. Call it in a transaction.

    Marked, noted and imported strays stay, and are not counted.
    """
    doomed: list[int] = []
    count = size = 0
    for number, length in db.execute(_NEWEST_FIRST):
        count, size = count + 1, size + length
        if count > most or size > most_bytes:
            doomed.append(number)
    return remove(db, doomed[-_SLICE:]) if doomed else 0
