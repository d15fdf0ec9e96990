"""The ledger's file: SQLite, flushed to the disk before a write returns, and readable by this user alone.

Each call opens its own connection: there are few calls, and a run holds nothing that a crash could leave half done.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from pathlib import Path

from hookscope import paths
from hookscope.errors import HookscopeError, reason_of
from hookscope.graph.file_lock import file_lock

_VERSION = 1
_BUSY_SECONDS = 5.0
_OWNER_HINT = "check who owns it and its folder (ls -ld), and repeat this as that user"
_CORRUPT_HINT = (
    "if it is corrupt, move it away; what runs left behind is then not put back automatically: "
    "compare the app's callbacks with `hookscope subscriptions list`"
)
_SUBSCRIPTIONS = (
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        graph_url TEXT NOT NULL,
        graph_version TEXT NOT NULL,
        app_id TEXT NOT NULL,
        object TEXT NOT NULL,
        callback_urls TEXT NOT NULL,
        fields TEXT NOT NULL,
        displaced TEXT,
        restore_verify_token TEXT,
        restore_include_values INTEGER NOT NULL,
        holder TEXT NOT NULL,
        kept INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        closed_at INTEGER,
        outcome TEXT,
        reason TEXT
    ) STRICT
    """,
    # An object has one callback: two open entries for it could not both be put back.
    "CREATE UNIQUE INDEX one_open ON entries (graph_url, app_id, object) WHERE closed_at IS NULL",
    f"PRAGMA user_version = {_VERSION}",
)
_INSTALLATIONS = (
    """
    CREATE TABLE IF NOT EXISTS installations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        graph_url TEXT NOT NULL,
        graph_version TEXT NOT NULL,
        app_id TEXT NOT NULL,
        scope TEXT NOT NULL,
        callback_urls TEXT NOT NULL,
        fields TEXT NOT NULL,
        displaced TEXT,
        restore_verify_token TEXT,
        holder TEXT NOT NULL,
        kept INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        closed_at INTEGER,
        outcome TEXT,
        reason TEXT
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS one_open_scope ON installations (graph_url, app_id, scope)
    WHERE closed_at IS NULL
    """,
)
"""Added without a new version: a run of an older hookscope beside this one must still find its way back."""


class LedgerFile:
    """The file at `path`, created on the first write. Every method raises HookscopeError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside a transaction that is on the disk when the context ends."""
        with self.translated():
            if not self.path.exists():
                self._create()
            with closing(self._connect()) as db:
                db.execute("BEGIN IMMEDIATE")
                _add_later_column(db)
                yield db
                db.execute("COMMIT")

    def select(self, query: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        """Return the rows of a query; none when there is no file."""
        if not self.path.exists():
            return []
        with self.translated(), closing(self._connect()) as db:
            return db.execute(query, values).fetchall()

    def alone(self, name: str, timeout_seconds: float) -> AbstractAsyncContextManager[None]:
        """Hold a name exclusively among this user's processes; raises TimeoutError and OSError."""
        return file_lock(self.path.with_name(f"{self.path.name}.{name}.lock"), timeout_seconds)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn errors of SQLite, the disk, or an unreadable row in this context into HookscopeError."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
            raise HookscopeError(
                f"the ledger {self.path} cannot be used: {reason_of(error, self.path)}",
                done="it was left unchanged",
                hint=_OWNER_HINT if isinstance(error, PermissionError) else _CORRUPT_HINT,
            ) from error

    def _create(self) -> None:
        paths.private_folder(self.path.parent)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # Otherwise a power cut may lose the new file's name.
        finally:
            os.close(folder)

    def _connect(self) -> sqlite3.Connection:
        self.path.chmod(0o600)
        db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            # With a rollback journal FULL is not enough: a commit is durable when the journal's removal is.
            db.execute("PRAGMA synchronous = EXTRA")
            db.execute("PRAGMA fullfsync = ON")
            db.execute("PRAGMA secure_delete = ON")
            self._migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        version = _version(db)
        if version > _VERSION:
            raise HookscopeError(
                f"the ledger {self.path} has version {version}, but this hookscope supports version {_VERSION}",
                done="nothing was changed, here or on any app",
                hint="upgrade hookscope",
            )
        if version == 0:
            db.execute("BEGIN IMMEDIATE")
            if _version(db) == 0:  # Exclude other processes.
                for statement in (*_SUBSCRIPTIONS, *_INSTALLATIONS):  # One flush of a new file, and not three.
                    db.execute(statement)
            db.execute("COMMIT")
        for statement in _INSTALLATIONS:
            db.execute(statement)


def _add_later_column(db: sqlite3.Connection) -> None:
    """Add the column that an older hookscope does not know, and leaves as it is; its tables may be in the file."""
    for table in ("entries", "installations"):
        if "is_relays" not in [column["name"] for column in db.execute(f"PRAGMA table_info({table})")]:
            db.execute(f"ALTER TABLE {table} ADD COLUMN is_relays INTEGER NOT NULL DEFAULT 0")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
