"""The ledger: what hookscope changed on which app, on disk before it is changed, and kept until it is put back."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hookscope.errors import ForeignCallbackError, HookscopeError
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_file import LedgerFile
from hookscope.meta.subscription import Subscription
from hookscope.model.timestamps import from_milliseconds, milliseconds, now
from hookscope.secret_sources import Secret

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
        self._file = LedgerFile(path)
        self._clock = clock

    def begin(self, entry: LedgerEntry) -> LedgerEntry:
        """Write a new entry and return it with its number.

        Raises ForeignCallbackError when the object of that app already has an open entry.
        """
        try:
            with self._file.writing() as db:
                number = db.execute(_INSERT, _values(entry)).lastrowid
        except sqlite3.IntegrityError as error:
            raise ForeignCallbackError(
                f"another hookscope run claimed {entry.object} of app {entry.app_id} at the same moment",
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
        return self._file.alone(str(entry.id), patience)

    def _update(self, entry: LedgerEntry) -> LedgerEntry:
        with self._file.writing() as db:
            changed = db.execute(_UPDATE, (*_values(entry), entry.id)).rowcount
        if not changed:
            raise HookscopeError(
                f"the ledger {self.path} has no open entry {entry.id} for {entry.object} anymore",
                done="nothing was changed in it",
                hint=f"check what app {entry.app_id} has registered: hookscope subscriptions list",
            )
        return entry

    def _select(self, condition: str, values: tuple[object, ...]) -> list[LedgerEntry]:
        query = f"SELECT id, {', '.join(_COLUMNS)} FROM entries {condition}"  # noqa: S608
        with self._file.translated():
            return [_read(row) for row in self._file.select(query, values)]


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
