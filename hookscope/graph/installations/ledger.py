"""The ledger's part for Pages, WhatsApp accounts, and phone numbers, in the same file as the subscriptions."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hookscope.errors import ForeignCallbackError, HookscopeError
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.ledger_file import LedgerFile
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.timestamps import from_milliseconds, milliseconds, now
from hookscope.secret_sources import Secret
from hookscope.settings import Scope, ScopeKind

_COLUMNS = (
    "graph_url",
    "graph_version",
    "app_id",
    "scope",
    "callback_urls",
    "fields",
    "displaced",
    "restore_verify_token",
    "holder",
    "kept",
    "opened_at",
    "updated_at",
    "closed_at",
    "outcome",
    "reason",
)
_INSERT = f"INSERT INTO installations ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_UPDATE = (
    f"UPDATE installations SET {', '.join(f'{name} = ?' for name in _COLUMNS)} "  # noqa: S608
    "WHERE id = ? AND closed_at IS NULL"
)

_BY_HAND = "by hand"


class InstallationLedger:
    """The entries in the ledger at `path`, created on the first write. Every method raises HookscopeError."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = now) -> None:
        self._file = LedgerFile(path)
        self._clock = clock

    def begin(self, entry: InstallationEntry) -> InstallationEntry:
        """Write a new entry and return it with its number.

        Raises ForeignCallbackError when that account already has an open entry for the app.
        """
        try:
            with self._file.writing() as db:
                number = db.execute(_INSERT, _values(entry)).lastrowid
        except sqlite3.IntegrityError as error:
            raise ForeignCallbackError(
                f"another hookscope run has already changed {entry.scope} for app {entry.app_id}",
                done="this run changed nothing for it",
                hint=f"stop that run first; if there is none: {entry.teardown_command}",
            ) from error
        return replace(entry, id=number or 0)

    def add_url(self, entry: InstallationEntry, callback_url: str) -> InstallationEntry:
        """Note another callback URL of ours, the newest."""
        known = tuple(url for url in entry.callback_urls if url != callback_url)
        return self._update(replace(entry, callback_urls=(*known, callback_url), updated_at=self._clock()))

    def keep(self, entry: InstallationEntry) -> InstallationEntry:
        """Note that the change stays although its run ends."""
        return self._update(replace(entry, kept=True, updated_at=self._clock()))

    def close(self, entry: InstallationEntry, outcome: str, reason: str) -> InstallationEntry:
        """Note that there is nothing left to put back, and wipe the verify token."""
        at = self._clock()
        return self._update(
            replace(entry, restore_verify_token=None, updated_at=at, closed_at=at, outcome=outcome, reason=reason)
        )

    def hand_over(self, entry: InstallationEntry) -> None:
        """Note that the change was made by hand and stays, until `settle` says that it was undone."""
        self.close(entry, _BY_HAND, "installed by hand")

    def by_hand(self, graph_url: str, app_id: str, scope: Scope) -> list[InstallationEntry]:
        """Return the changes by hand that are still there, newest first."""
        condition = "WHERE outcome = ? AND graph_url = ? AND app_id = ? AND scope = ? ORDER BY id DESC"
        return self._select(condition, (_BY_HAND, graph_url, app_id, str(scope)))

    def settle(self, entry: InstallationEntry) -> None:
        """Note that a change by hand was undone."""
        with self._file.writing() as db:
            db.execute("UPDATE installations SET outcome = 'undone' WHERE id = ?", (entry.id,))

    def find(self, number: int) -> InstallationEntry | None:
        """Return the entry with that number."""
        return next(iter(self._select("WHERE id = ?", (number,))), None)

    def open_entries(
        self, *, graph_url: str | None = None, app_id: str | None = None, scope: Scope | None = None
    ) -> list[InstallationEntry]:
        """Return the open entries, oldest first: all of them, or those of one Graph API, app, or account."""
        return [
            entry
            for entry in self._select("WHERE closed_at IS NULL ORDER BY id", ())
            if graph_url in (None, entry.graph_url) and app_id in (None, entry.app_id) and scope in (None, entry.scope)
        ]

    def alone(self, entry: InstallationEntry, patience: float) -> AbstractAsyncContextManager[None]:
        """Be the only one of this user's processes that puts an entry back; raises TimeoutError and OSError."""
        return self._file.alone(f"installation-{entry.id}", patience)

    def _update(self, entry: InstallationEntry) -> InstallationEntry:
        with self._file.writing() as db:
            changed = db.execute(_UPDATE, (*_values(entry), entry.id)).rowcount
        if not changed:
            raise HookscopeError(
                f"the ledger {self._file.path} has no open entry {entry.id} for {entry.scope} anymore",
                done="nothing was changed in it",
            )
        return entry

    def _select(self, condition: str, values: tuple[object, ...]) -> list[InstallationEntry]:
        query = f"SELECT id, {', '.join(_COLUMNS)} FROM installations {condition}"  # noqa: S608
        with self._file.translated():
            return [_read(row) for row in self._file.select(query, values)]


def _values(entry: InstallationEntry) -> tuple[object, ...]:
    token = entry.restore_verify_token
    return (
        entry.graph_url,
        entry.graph_version,
        entry.app_id,
        str(entry.scope),
        json.dumps(entry.callback_urls),
        json.dumps(entry.fields),
        json.dumps(entry.displaced.to_json()) if entry.displaced else None,
        token.reveal() if token else None,
        entry.holder,
        entry.kept,
        milliseconds(entry.opened_at),
        milliseconds(entry.updated_at),
        milliseconds(entry.closed_at) if entry.closed_at else None,
        entry.outcome,
        entry.reason,
    )


def _read(row: sqlite3.Row) -> InstallationEntry:
    values: dict[str, Any] = dict(row)
    displaced, token, closed_at = (values[name] for name in ("displaced", "restore_verify_token", "closed_at"))
    kind, _, number = values["scope"].partition(":")
    values |= {
        "scope": Scope(ScopeKind(kind), number),
        "callback_urls": tuple(json.loads(values["callback_urls"])),
        "fields": tuple(json.loads(values["fields"])),
        "displaced": _read_displaced(json.loads(displaced)) if displaced else None,
        "restore_verify_token": Secret(token) if token is not None else None,
        "kept": bool(values["kept"]),
        "opened_at": from_milliseconds(values["opened_at"]),
        "updated_at": from_milliseconds(values["updated_at"]),
        "closed_at": from_milliseconds(closed_at) if closed_at is not None else None,
    }
    return InstallationEntry(**values)


def _read_displaced(values: dict[str, Any]) -> SubscribedApp:
    return SubscribedApp(**{**values, "fields": tuple(values["fields"])})
