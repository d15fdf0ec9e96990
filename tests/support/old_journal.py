"""Journals as earlier versions have left them."""

import sqlite3
from contextlib import closing
from pathlib import Path

_UNDONE = {
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
        for step in range(max(_UNDONE), version, -1):
            for statement in _UNDONE[step]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
