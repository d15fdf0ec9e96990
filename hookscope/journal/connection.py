"""Opening a journal for writing."""

import errno
import os
import sqlite3
from pathlib import Path

from hookscope.errors import JournalError, reason_of
from hookscope.journal import schema

WAY_OUT = "another program has an unfinished write to it: close it there"
"""The next step for the user."""

FREE_SPACE = "free some disk space, then try again"
"""The same, for a full disk: nothing can be deleted from the journal either, as that is written down first."""


def is_locked(error: Exception) -> bool:
    """Return whether a write failed because another program kept the file locked for longer than the busy timeout."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)  # An error of the module itself has none.
    return code & 0xFF == sqlite3.SQLITE_BUSY


def is_full(error: Exception) -> bool:
    """Return whether the disk had no space left."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or (isinstance(error, OSError) and error.errno == errno.ENOSPC)


_BUSY_SECONDS = 5.0
_PAGE_BYTES = 8192
"""Twice what is usual: a notification with its headers takes some 2 KiB, and few of them fill a page badly."""
_CHECKPOINT_PAGES = 500
"""The pages after which a commit carries them over into the file: rarely enough to be cheap, and soon enough to be
quick."""
_STATEMENTS = 256
"""Some for numbers of rows that are added together, some for everything else."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open a journal, create it if there is none, and migrate it to the newest version. Raises JournalError."""
    is_there = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        is_there = True
        connection = sqlite3.connect(
            path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        try:
            version = schema.check(connection, path)  # Before any change.
            if 0 < version <= schema.PLAIN_HEADERS:
                _refuse_beside_a_run(connection, path)
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # Both only work on a new file, before all else.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            schema.migrate(connection)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        hint = "name another file with --journal" + (", or move this one away" if is_there else "")
        if is_locked(error):
            hint = WAY_OUT
        elif is_full(error):
            hint = FREE_SPACE
        message = f"the journal {path} cannot be opened: {reason_of(error, path)}"
        done = "it was left unchanged" if is_there else "nothing was written"
        raise JournalError(message, done=done, hint=hint) from error
    return connection


def _refuse_beside_a_run(connection: sqlite3.Connection, path: Path) -> None:
    """Raise JournalError while a run that may be of an earlier version uses the journal: it would misread headers."""
    from hookscope.journal.live_runs import live_runs

    if live_runs(connection):
        raise JournalError(
            f"the journal {path} is used by a run of an earlier hookscope, which would misread what this one writes",
            done="it was left unchanged",
            hint="end that run and start it again, or name another file with --journal",
        )
