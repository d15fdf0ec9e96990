"""The ledger: what hookscope changed on which app, on disk before it is changed, and kept until it is put back.

A SQLite file of its own. Every write is flushed to the disk before the call returns, and each call opens its own
connection: there are few calls, and a run holds nothing that a crash could leave half done.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hookscope import paths
from hookscope.errors import ForeignCallbackError, HookscopeError
from hookscope.graph.file_lock import file_lock
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.subscription import Subscription
from hookscope.model.timestamps import from_milliseconds, milliseconds, now
from hookscope.secret_sources import Secret

_VERSION = 1
_BUSY_SECONDS = 5.0
_SCHEMA = (
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
_COLUMNS = (
    "graph_url",
    "graph_version",
    "app_id",
    "object",
    "callback_urls",
    "fields",
    "displaced",
    "restore_verify_token",
    "restore_include_values",
    "holder",
    "kept",
    "opened_at",
    "updated_at",
    "closed_at",
    "outcome",
    "reason",
)
_INSERT = f"INSERT INTO entries ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_UPDATE = f"UPDATE entries SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE id = ? AND closed_at IS NULL"  # noqa: S608


class Ledger:
    """The ledger in the file at `path`, created on the first write. Every method raises HookscopeError."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = now) -> None:
        self.path = path
        self._clock = clock

    def begin(self, entry: LedgerEntry) -> LedgerEntry:
        """Write a new entry and return it with its number.

        Raises ForeignCallbackError when the object of that app already has an open entry.
        """
        try:
            with self._writing() as db:
                number = db.execute(_INSERT, _values(entry)).lastrowid
        except sqlite3.IntegrityError as error:
            raise ForeignCallbackError(
                f"another run of hookscope has taken {entry.object} of app {entry.app_id} at the same moment",
                done="this run changed nothing for it",
                hint="watch that run with `hookscope attach`, or stop it first",
            ) from error
        return replace(entry, id=number or 0)

    def add_url(self, entry: LedgerEntry, callback_url: str) -> LedgerEntry:
        """Note another callback URL of ours, the newest."""
        known = tuple(url for url in entry.callback_urls if url != callback_url)
        return self._update(replace(entry, callback_urls=(*known, callback_url), updated_at=self._clock()))

    def keep(self, entry: LedgerEntry) -> LedgerEntry:
        """Note that the subscription stays although its run ends."""
        return self._update(replace(entry, kept=True, updated_at=self._clock()))

    def close(self, entry: LedgerEntry, outcome: str, reason: str) -> LedgerEntry:
        """Note that there is nothing left to put back, and wipe the verify token."""
        at = self._clock()
        return self._update(
            replace(entry, restore_verify_token=None, updated_at=at, closed_at=at, outcome=outcome, reason=reason)
        )

    def find(self, number: int) -> LedgerEntry | None:
        """Return the entry with that number."""
        return next(iter(self._select("WHERE id = ?", (number,))), None)

    def open_entries(
        self,
        *,
        graph_url: str | None = None,
        app_id: str | None = None,
        object: str | None = None,  # noqa: A002
    ) -> list[LedgerEntry]:
        """Return the open entries, oldest first: all of them, or those of one Graph API, app or object."""
        found = self._select("WHERE closed_at IS NULL ORDER BY id", ())
        return [
            entry
            for entry in found
            if graph_url in (None, entry.graph_url)
            and app_id in (None, entry.app_id)
            and object in (None, entry.object)
        ]

    def history(self, limit: int = 100) -> list[LedgerEntry]:
        """Return the last entries, open and closed, newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", (limit,))

    def alone(self, entry: LedgerEntry, patience: float) -> AbstractAsyncContextManager[None]:
        """Be the only one of this user's processes that puts an entry back; raises TimeoutError and OSError."""
        return file_lock(self.path.with_name(f"{self.path.name}.{entry.id}.lock"), patience)

    def _update(self, entry: LedgerEntry) -> LedgerEntry:
        with self._writing() as db:
            changed = db.execute(_UPDATE, (*_values(entry), entry.id)).rowcount
        if not changed:
            raise HookscopeError(
                f"the ledger {self.path} has no open entry {entry.id} for {entry.object} anymore",
                done="nothing was changed in it",
                hint=f"check what app {entry.app_id} has registered: hookscope subscriptions list",
            )
        return entry

    def _select(self, condition: str, values: tuple[object, ...]) -> list[LedgerEntry]:
        if not self.path.exists():
            return []
        with self._translated(), closing(self._connect()) as db:
            rows = db.execute(f"SELECT id, {', '.join(_COLUMNS)} FROM entries {condition}", values)  # noqa: S608
            return [_read(row) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside a transaction that is on the disk when the context ends."""
        with self._translated():
            if not self.path.exists():
                self._create()
            with closing(self._connect()) as db:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")

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
            if _version(db) == 0:  # No other process may come in between.
                for statement in _SCHEMA:
                    db.execute(statement)
            db.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
            raise HookscopeError(
                f"the ledger {self.path} cannot be used: {error}",
                done="it was left unchanged",
                hint="if it is broken, move it away; then nothing that runs left behind is put back by itself: "
                "compare the app's callbacks with `hookscope subscriptions list`",
            ) from error


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _values(entry: LedgerEntry) -> tuple[object, ...]:
    token = entry.restore_verify_token
    return (
        entry.graph_url,
        entry.graph_version,
        entry.app_id,
        entry.object,
        json.dumps(entry.callback_urls),
        json.dumps(entry.fields),
        json.dumps(entry.displaced.to_json()) if entry.displaced else None,
        token.reveal() if token else None,
        entry.restore_include_values,
        entry.holder,
        entry.kept,
        milliseconds(entry.opened_at),
        milliseconds(entry.updated_at),
        milliseconds(entry.closed_at) if entry.closed_at else None,
        entry.outcome,
        entry.reason,
    )


def _read(row: sqlite3.Row) -> LedgerEntry:
    values: dict[str, Any] = dict(row)
    displaced, token, closed_at = (values[name] for name in ("displaced", "restore_verify_token", "closed_at"))
    values |= {
        "callback_urls": tuple(json.loads(values["callback_urls"])),
        "fields": tuple(json.loads(values["fields"])),
        "displaced": Subscription.from_json({"object": values["object"], **json.loads(displaced)})
        if displaced
        else None,
        "restore_verify_token": Secret(token) if token is not None else None,
        "restore_include_values": bool(values["restore_include_values"]),
        "kept": bool(values["kept"]),
        "opened_at": from_milliseconds(values["opened_at"]),
        "updated_at": from_milliseconds(values["updated_at"]),
        "closed_at": from_milliseconds(closed_at) if closed_at is not None else None,
    }
    return LedgerEntry(**values)
