"""Mirroring: the entries of a shared log as captures of this journal, each exactly once despite crashes."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from hookscope.journal.inserts import insert_within
from hookscope.model.append import Append, Identities
from hookscope.model.record import Capture, Shared

_ROWS_A_STATEMENT = 64


@dataclass(frozen=True, slots=True)
class Mirrored:
    """An entry of a shared log: a capture with `shared`, and the identity of each of its events."""

    capture: Capture
    identities: Identities

    @property
    def entry(self) -> Shared:
        """The entry's place. Raises ValueError for a capture that has none."""
        if self.capture.shared is None:
            raise ValueError("the capture belongs to no shared log")
        return self.capture.shared


def insert_mirrored(db: sqlite3.Connection, name: str, entries: Sequence[Mirrored]) -> list[Capture]:
    """Add entries of the log called `name`, in ascending order, and return the new ones as captures.

    Call it in a transaction: a capture and the record that its entry is mirrored must be committed together.
    """
    if not entries:
        return []
    log_id = _log_id(db, entries[0].entry.log, name)
    there = _there(db, log_id, entries[0].entry.seq, entries[-1].entry.seq)
    fresh = [one for one in entries if one.entry.seq not in there]
    captures: list[Capture] = []
    for start in range(0, len(fresh), _ROWS_A_STATEMENT):
        part = fresh[start : start + _ROWS_A_STATEMENT]
        captures += insert_within(db, [Append(one.capture) for one in part], [one.identities for one in part])
    rows = [(log_id, one.entry.seq, capture.id) for one, capture in zip(fresh, captures, strict=True)]
    db.executemany("INSERT INTO mirrored (log_id, seq, capture_id) VALUES (?, ?, ?)", rows)
    return captures


def _log_id(db: sqlite3.Connection, uuid: str, name: str) -> int:
    db.execute("INSERT INTO logs (uuid, name) VALUES (?, ?) ON CONFLICT (uuid) DO UPDATE SET name = ?2", (uuid, name))
    return int(db.execute("SELECT id FROM logs WHERE uuid = ?", (uuid,)).fetchone()[0])


def _there(db: sqlite3.Connection, log_id: int, first: int, last: int) -> set[int]:
    statement = "SELECT seq FROM mirrored WHERE log_id = ? AND seq BETWEEN ? AND ?"
    return {seq for (seq,) in db.execute(statement, (log_id, first, last))}
