"""Parts of statements, and transactions, that all readers of the journal need."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager


def placeholders(values: Collection[object]) -> str:
    """Return the placeholders for these values in a statement: `?,?,?` for three."""
    return ",".join("?" * len(values))


@contextmanager
def snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """Let several statements read the journal as it is at one moment."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.in_transaction:  # Some failures end the transaction.
            db.execute("COMMIT")
