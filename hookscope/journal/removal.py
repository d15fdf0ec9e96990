"""The removal of captures, with everything that refers to them; inside a transaction.

Strays have a quota: whoever knows the host can send them, and must not fill the disk with them.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from hookscope.journal import search_index
from hookscope.journal.capture_reader import read_by_id
from hookscope.journal.sql import placeholders

MOST_STRAYS = 2000
MOST_BYTES = 32 << 20
"""The headers and bodies of all of them."""

_LOOKED_AT = 128
_SLICE = 32

_COUNTED = "kind = 'stray' AND source IN ('live', 'sandbox') AND marked = 0 AND note IS NULL"
_NEWER = f"""
SELECT id, length(target) + length(headers) + length(body) FROM captures
WHERE {_COUNTED} AND id < ? ORDER BY id DESC LIMIT {_LOOKED_AT}
"""  # noqa: S608
_OLDEST = f"SELECT id FROM captures WHERE {_COUNTED} AND id <= ? ORDER BY id LIMIT {_SLICE}"  # noqa: S608


def remove(db: sqlite3.Connection, capture_ids: Sequence[int]) -> int:
    """Delete captures, with all their deliveries; return how many there were.

    A replay outlives its original, and keeps its delivery.
    """
    search_index.remove(db, read_by_id(db, capture_ids))
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


def make_room(db: sqlite3.Connection, *, most: int = MOST_STRAYS, most_bytes: int = MOST_BYTES) -> Iterator[int]:
    """Delete the oldest strays over the quota, and yield after each step of some milliseconds how many it deleted.

    Take each step in a transaction. Marked, noted and imported strays stay, and are not counted.
    """
    last = 1 << 62
    count = size = 0
    while rows := db.execute(_NEWER, (last,)).fetchall():
        for last, length in rows:
            count, size = count + 1, size + length
            if count > most or size > most_bytes:
                yield from _remove_up_to(db, last)
                return
        yield 0


def _remove_up_to(db: sqlite3.Connection, last: int) -> Iterator[int]:
    while doomed := [number for (number,) in db.execute(_OLDEST, (last,))]:
        yield remove(db, doomed)
