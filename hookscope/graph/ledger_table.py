"""A table of the ledger: entries are written before something is changed, and closed when it is put back."""

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from msgspec.structs import replace

from hookscope.errors import HookscopeError
from hookscope.graph.ledger_file import LedgerFile
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.model.timestamps import from_milliseconds, milliseconds, now
from hookscope.secret_sources import Secret

_Record = TypeVar("_Record", bound=LedgerRecord)


class LedgerTable(ABC, Generic[_Record]):
    """The entries of one kind in the ledger at `path`, created on the first write. Every method raises HookscopeError.

    A subclass names its table and the prefix of its locks, and translates the columns of its own.
    """

    TABLE: ClassVar[str]
    LOCK_PREFIX: ClassVar[str] = ""

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = now) -> None:
        self.path = path
        self._file = LedgerFile(path)
        self._clock = clock

    @abstractmethod
    def _own_values(self, entry: _Record) -> Mapping[str, object]:
        """Return the columns that only this kind of entry has."""

    @abstractmethod
    def _entry(self, common: dict[str, Any], row: Mapping[str, Any]) -> _Record:
        """Return an entry from its common values and its row."""

    @abstractmethod
    def _taken(self, entry: _Record) -> HookscopeError:
        """Return the error for an entry beside another open one."""

    @abstractmethod
    def _missing(self, entry: _Record) -> HookscopeError:
        """Return the error for an entry that is not open any more."""

    def begin(self, entry: _Record) -> _Record:
        """Write a new entry and return it with its number. Raises ForeignCallbackError beside another open one."""
        values = self._values(entry)
        query = f"INSERT INTO {self.TABLE} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
        try:
            with self._file.writing() as db:
                number = db.execute(query, tuple(values.values())).lastrowid
        except sqlite3.IntegrityError as error:
            raise self._taken(entry) from error
        return replace(entry, id=number or 0)

    def add_url(self, entry: _Record, callback_url: str) -> _Record:
        """Note another callback URL of ours, the newest."""
        return self._update(replace(entry.pointing_to(callback_url), updated_at=self._clock()))

    def take_over(self, entry: _Record, continued: _Record) -> _Record:
        """Write what another process makes of an entry that it continues, unless a third one has continued it since."""
        return self._update(replace(continued, updated_at=self._clock()), holder=entry.holder)

    def adopt(self, entry: _Record) -> _Record:
        """Write an entry that counts callbacks of other relays as ours; see `LedgerRecord.adopting`."""
        return self._update(replace(entry, updated_at=self._clock()))

    def keep(self, entry: _Record) -> _Record:
        """Note that the change stays although its run ends. What is noted already needs no space on the disk."""
        kept, known = replace(entry, kept=True), self.find(entry.id)
        if known and self._values(known) == self._values(replace(kept, updated_at=known.updated_at)):
            return known
        return self._update(replace(kept, updated_at=self._clock()))

    def close(self, entry: _Record, outcome: str, reason: str) -> _Record:
        """Close the entry: nothing is left to put back, and the verify token is wiped."""
        at = self._clock()
        return self._update(
            replace(entry, restore_verify_token=None, updated_at=at, closed_at=at, outcome=outcome, reason=reason)
        )

    def forget(self, entry: _Record) -> _Record:
        """Close an entry without contacting Meta; what it displaced stays displaced."""
        return self.close(entry, "forgotten", "closed by hand, without a look at what is registered")

    def find(self, number: int) -> _Record | None:
        """Return the entry with that number."""
        return next(iter(self._select("WHERE id = ?", (number,))), None)

    def alone(self, entry: _Record, timeout_seconds: float) -> AbstractAsyncContextManager[None]:
        """Hold the exclusive right among this user's processes to put an entry back.

        Raises TimeoutError and OSError.
        """
        return self._file.alone(f"{self.LOCK_PREFIX}{entry.id}", timeout_seconds)

    def _open(self, graph_url: str | None, app_id: str | None) -> list[_Record]:
        return [
            entry
            for entry in self._select("WHERE closed_at IS NULL ORDER BY id", ())
            if graph_url in (None, entry.graph_url) and app_id in (None, entry.app_id)
        ]

    def _update(self, entry: _Record, *, holder: str | None = None) -> _Record:
        """Write an entry that `holder` still holds, else its own: a suspended process overwrites nobody's."""
        values = self._values(entry)
        columns = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE {self.TABLE} SET {columns} WHERE id = ? AND closed_at IS NULL AND holder = ?"  # noqa: S608
        with self._file.writing() as db:
            changed = db.execute(query, (*values.values(), entry.id, holder or entry.holder)).rowcount
        if not changed:
            raise self._missing(entry)
        return entry

    def _select(self, condition: str, values: tuple[object, ...]) -> list[_Record]:
        with self._file.translated():
            rows = map(dict, self._file.select(f"SELECT * FROM {self.TABLE} {condition}", values))  # noqa: S608
            return [self._entry(_common(row), row) for row in rows]

    def _values(self, entry: _Record) -> dict[str, object]:
        token = entry.restore_verify_token
        return {
            "graph_url": entry.graph_url,
            "graph_version": entry.graph_version,
            "app_id": entry.app_id,
            "callback_urls": json.dumps(entry.callback_urls),
            "fields": json.dumps(entry.fields),
            "restore_verify_token": token.reveal() if token else None,
            "holder": entry.holder,
            "kept": entry.kept,
            "is_relays": entry.is_relays,
            "opened_at": milliseconds(entry.opened_at),
            "updated_at": milliseconds(entry.updated_at),
            "closed_at": milliseconds(entry.closed_at) if entry.closed_at else None,
            "outcome": entry.outcome,
            "reason": entry.reason,
            **self._own_values(entry),
        }


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    token, closed_at = row["restore_verify_token"], row["closed_at"]
    plain = ("id", "graph_url", "graph_version", "app_id", "holder", "outcome", "reason")
    return {name: row[name] for name in plain} | {
        "callback_urls": tuple(json.loads(row["callback_urls"])),
        "fields": tuple(json.loads(row["fields"])),
        "restore_verify_token": Secret(token) if token is not None else None,
        "kept": bool(row["kept"]),
        "is_relays": bool(row.get("is_relays")),  # An older file has no such column before it is written.
        "opened_at": from_milliseconds(row["opened_at"]),
        "updated_at": from_milliseconds(row["updated_at"]),
        "closed_at": from_milliseconds(closed_at) if closed_at is not None else None,
    }
