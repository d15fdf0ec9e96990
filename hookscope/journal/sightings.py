"""The captures in which each event was seen, for the journal's writer: a duplicate's original is found by its identity.

Identities come in no order, so that in a long table each changes a page of its own. The newest are in a table of this
connection alone, in memory, and nothing is written for them. They are moved into the journal's table when the writer is
idle, or when they are too many: in the order of that table, round and round, so that those of a page come together.

`upkeep` says up to which capture all are in the journal's table. Those of later ones are read from `captures` when the
journal is opened, and when another process has written to it.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain

from hookscope.journal import codec
from hookscope.model.append import Identities

FIND_ORIGINALS = """
SELECT data_version AS value, (SELECT max(id) FROM captures) AS original FROM pragma_data_version
UNION ALL
SELECT value, original FROM (
    SELECT value, (
        SELECT min(number) FROM (
            SELECT (SELECT id FROM captures WHERE identity = value ORDER BY id LIMIT 1) AS number
            UNION ALL SELECT (SELECT capture_id FROM sightings WHERE identity = value ORDER BY capture_id LIMIT 1)
            UNION ALL SELECT (
                SELECT capture_id FROM recent
                WHERE identity = value AND EXISTS (SELECT 1 FROM captures WHERE id = capture_id)
                ORDER BY capture_id LIMIT 1
            )
        )
    ) AS original
    FROM json_each(?)
)
WHERE original IS NOT NULL
"""
"""Of those that are not found no row comes: the interpreter's lock is let go for each row.

The first row has what changes when another process writes to the journal, and the newest capture.
"""

_CREATE = """
CREATE TEMP TABLE recent (
    identity TEXT NOT NULL, capture_id INTEGER NOT NULL, PRIMARY KEY (identity, capture_id)
) STRICT, WITHOUT ROWID
"""
_READ = """
INSERT OR IGNORE INTO recent SELECT i.value, c.id FROM captures AS c, json_each(c.identities) AS i
WHERE c.id > max(?, (SELECT sighted_up_to FROM upkeep))
"""
_ADD = "INSERT OR IGNORE INTO recent SELECT i.value, ? + c.key FROM json_each(?) AS c, json_each(c.value) AS i"
_END_OF_SLICE = """
SELECT identity, capture_id FROM (
    SELECT identity, capture_id FROM recent WHERE (identity, capture_id) > (?, ?)
    ORDER BY identity, capture_id LIMIT ?
) ORDER BY identity DESC, capture_id DESC LIMIT 1
"""
_SLICE = "(identity, capture_id) > (?, ?) AND (identity, capture_id) <= (?, ?)"
_MOVE = f"""
INSERT OR IGNORE INTO sightings SELECT identity, capture_id FROM recent
WHERE {_SLICE} AND EXISTS (SELECT 1 FROM captures WHERE id = capture_id)
"""  # noqa: S608
_DROP = f"DELETE FROM recent WHERE {_SLICE}"  # noqa: S608

_MOST = 1 << 16
"""The most in memory, in some 3 MiB; the more there are, the more of them belong to one page."""
_ROWS_A_MOVE = 64
_START = ("", 0)


class Sightings:
    """The sightings of a journal that is open for writing. Use them from one thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._version = 0
        self._read_up_to = 0
        self._count = 0
        self._place = _START
        db.execute("PRAGMA temp_store = MEMORY")  # A full disk elsewhere must not keep captures out.
        db.execute(_CREATE)

    @property
    def too_many(self) -> bool:
        """True when some must be moved, however busy the writer is."""
        return self._count > _MOST

    def find(self, identities: Sequence[Identities]) -> dict[str | None, int]:
        """Return the first capture of each identity that is in the journal already."""
        sought = codec.pack_identities(set(chain.from_iterable(identities)))
        return self._find(sought) if sought else {}

    def add(self, packed: Sequence[str | None], first: int) -> None:
        """Add the packed identities of captures that are in the journal, whose numbers begin with `first`."""
        try:
            identities = f"[{','.join([several or '[]' for several in packed])}]"
            self._count += self._db.execute(_ADD, (first, identities)).rowcount
        except sqlite3.Error:  # The captures are there, and are not to be tried again.
            self._version = 0

    def move(self, _: sqlite3.Connection) -> bool:
        """Move some into the journal's table, in a transaction; return whether there are more."""
        self._find("[]")
        end = self._db.execute(_END_OF_SLICE, (*self._place, _ROWS_A_MOVE)).fetchone()
        if end:
            self._db.execute(_MOVE, (*self._place, *end))
            self._count -= self._db.execute(_DROP, (*self._place, *end)).rowcount
            self._place = end
            return True
        self._place = _START
        self._count, oldest = self._db.execute("SELECT count(*), min(capture_id) FROM recent").fetchone()
        done = oldest - 1 if oldest else self._read_up_to
        self._db.execute("UPDATE upkeep SET sighted_up_to = ? WHERE sighted_up_to < ?", (done, done))
        return bool(self._count)

    def _find(self, sought: str) -> dict[str | None, int]:
        (version, newest), *found = self._db.execute(FIND_ORIGINALS, (sought,)).fetchall()
        if version != self._version:
            self._count += self._db.execute(_READ, (self._read_up_to,)).rowcount
            self._version = version
            found = self._db.execute(FIND_ORIGINALS, (sought,)).fetchall()[1:]
        self._read_up_to = max(self._read_up_to, newest or 0)
        return dict(found)
