"""Journals as earlier versions have left them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from hookscope.journal import packed_headers

_UNDONE: dict[int, tuple[str, ...]] = {
    9: (
        "DELETE FROM sightings",
        "INSERT INTO sightings SELECT DISTINCT value, c.id FROM captures AS c, json_each(identities) WHERE events > 1",
        "UPDATE captures SET identity = identities ->> 0, identities = NULL WHERE events = 1 AND identity IS NULL",
        "UPDATE captures SET identities = NULL WHERE identity IS NOT NULL",
        "ALTER TABLE upkeep DROP COLUMN sighted_up_to",
    ),
    8: (
        "UPDATE captures SET headers = plain_headers(headers)",
        "DROP INDEX deliveries_by_capture",
        "CREATE INDEX deliveries_by_capture ON deliveries (capture_id)",
        "INSERT INTO search (search, rank) VALUES ('automerge', 4)",
        "DROP INDEX bad_deliveries",
        "CREATE INDEX bad_deliveries ON deliveries (capture_id) WHERE status IS NULL OR status >= 300",
    ),
    7: (),
    6: ("DROP TRIGGER marks_gone", "DROP TABLE marked_events"),
    5: (
        "DROP INDEX captures_by_run",
        "DROP INDEX batches",
        "DROP INDEX followers",
        "DROP INDEX leaders",
        "ALTER TABLE captures DROP COLUMN events",
        "ALTER TABLE captures DROP COLUMN follows",
    ),
    4: ("DROP TABLE mirrored", "DROP TABLE logs"),
    3: ("DROP TABLE fetched",),
}
"""By version, the statements that undo its migration."""


def downgrade(path: Path, version: int) -> None:
    """Make a journal what it was under an earlier version of the schema."""
    with closing(sqlite3.connect(path)) as db:
        db.create_function("plain_headers", 1, _plain)
        for step in range(max(_UNDONE), version, -1):
            for statement in _UNDONE[step]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()


def _plain(packed: bytes) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in packed_headers.unpack(packed))
