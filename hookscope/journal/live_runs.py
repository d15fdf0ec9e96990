"""The runs that use a journal at the moment."""

import sqlite3

from hookscope import run_registry


def live_runs(db: sqlite3.Connection) -> tuple[int, ...]:
    """Return the numbers of the live runs that write to a journal."""
    found = db.execute("SELECT id, key FROM runs WHERE ended_at IS NULL")
    return tuple(run_id for run_id, key in found if run_registry.is_live(key))
