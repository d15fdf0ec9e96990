"""Parts of statements, and transactions, that all readers and writers of the journal need."""

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


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done in the context, or undo all of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # A full disk has rolled it back already.
            db.execute("ROLLBACK")
        raise
