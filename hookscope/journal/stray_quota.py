"""The quota of strays. Whoever knows the host can send them, and must not fill the disk with them."""

import sqlite3

from hookscope.journal.removal import remove

MOST_STRAYS = 2000
MOST_BYTES = 32 << 20
"""Of all of them, headers and bodies."""

_SLICE = 64

_NEWEST_FIRST = """
SELECT id, length(target) + length(headers) + length(body) FROM captures
WHERE kind = 'stray' AND source IN ('live', 'sandbox') AND marked = 0 AND note IS NULL
ORDER BY id DESC
"""


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
