"""Hand a dead run's undelivered captures to exactly one live run.

Several runs may forward to one application. Without this each of them would deliver all captures.
"""

import sqlite3
from datetime import datetime

from hookscope import run_registry
from hookscope.model.record import Run
from hookscope.model.timestamps import milliseconds

_EARLIER = """
SELECT r.id, r.key, r.ended_at, h.id AS heir_id, h.key AS heir_key, h.ended_at AS heir_ended_at
FROM runs AS r
LEFT JOIN inheritances AS i ON i.run_id = r.id AND i.target = ?
LEFT JOIN runs AS h ON h.id = i.heir_id
WHERE r.app_id = ? AND r.id < ? AND (r.ended_at IS NULL OR r.ended_at >= ?)
    AND EXISTS (SELECT 1 FROM json_each(r.targets) WHERE value = ?)
ORDER BY r.id
"""


def adopt_pending(db: sqlite3.Connection, run: Run, target: str, since: datetime) -> list[int]:
    """Make a run the heir, for an application, of all dead runs of its app that have no live heir.

    A run that ended before `since` has left nothing. Returns the numbers of the runs; call it in a transaction.
    """
    earlier = db.execute(_EARLIER, (target, run.app_id, run.id, milliseconds(since), target)).fetchall()
    gone = [
        number
        for number, key, ended_at, heir, heir_key, heir_ended_at in earlier
        if not _goes_on(key, ended_at) and (heir in (None, run.id) or not _goes_on(heir_key, heir_ended_at))
    ]
    values = [(number, target, run.id) for number in gone]
    db.executemany("INSERT OR REPLACE INTO inheritances (run_id, target, heir_id) VALUES (?, ?, ?)", values)
    return gone


def _goes_on(key: str, ended_at: int | None) -> bool:
    return ended_at is None and run_registry.is_live(key)
