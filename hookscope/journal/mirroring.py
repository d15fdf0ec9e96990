"""Mirroring: the entries of a shared log as captures of this journal, each exactly once despite crashes."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from hookscope.journal import codec
from hookscope.journal.inserts import have_twins, insert_rows, mark_twins
from hookscope.journal.reader import JournalReader
from hookscope.journal.sightings import Sightings
from hookscope.model.append import Identities
from hookscope.model.plain_capture import PlainCapture
from hookscope.model.record import Capture, Originals, Shared, duplicate_of, of_batch

_IDENTITIES = codec.APPEND_COLUMNS.split(", ").index("identities")
_FIND_LOG = "SELECT id FROM logs WHERE uuid = ? AND name = ?"
_ADD_LOG = "INSERT INTO logs (uuid, name) VALUES (?, ?) ON CONFLICT (uuid) DO UPDATE SET name = excluded.name"
_ADD_ENTRIES = "INSERT INTO mirrored (log_id, seq, capture_id) SELECT ?, value, ? + key FROM json_each(?)"
"""In one statement: `executemany` would let go of the interpreter's lock for each row."""


class Mirrored(Struct):
    """An entry of a shared log: its number there, its capture, the run that took it, and its events' identities."""

    seq: int
    plain: PlainCapture
    run_id: int | None
    identities: Identities


def insert_mirrored(
    db: sqlite3.Connection,
    sightings: Sightings,
    log: str,
    name: str,
    entries: Sequence[Mirrored],
    *,
    told_after: int = 0,
) -> list[Capture]:
    """Add entries of the log with that UUID and name, in ascending order.

    Return the new ones with a number over `told_after` as captures; making captures of a long history takes longer than
    adding it. Call it in a transaction: a capture and the record that its entry is mirrored must be committed together.
    """
    if not entries:
        return []
    log_id = _log_id(db, log, name)
    there = _there(db, log_id, entries[0].seq, entries[-1].seq)
    fresh = [one for one in entries if one.seq not in there] if there else entries
    first, rows = _insert(db, sightings, fresh)
    db.execute(_ADD_ENTRIES, (log_id, first, json.dumps([one.seq for one in fresh])))
    return [
        codec.mirrored_capture(number, row, Shared(log=log, seq=one.seq))
        for number, (one, row) in enumerate(zip(fresh, rows, strict=True), first)
        if one.seq > told_after
    ]


def _insert(
    db: sqlite3.Connection, sightings: Sightings, entries: Sequence[Mirrored]
) -> tuple[int, list[tuple[Any, ...]]]:
    """Add the captures; return the number of the first, and the row of each."""
    identities = [one.identities for one in entries]
    known = sightings.find(identities)
    originals = [tuple(map(known.get, several)) for several in identities]
    rows = list(map(_values, entries, originals))
    first = insert_rows(db, rows) - len(entries) + 1
    sightings.add([row[_IDENTITIES] for row in rows], first)
    if have_twins(identities, originals):
        mark_twins(db, identities, originals, first)
    return first, rows


def _values(one: Mirrored, found: Originals) -> tuple[Any, ...]:
    return codec.mirrored_values(one.plain, one.run_id, duplicate_of(found), of_batch(found), one.identities)


def _log_id(db: sqlite3.Connection, uuid: str, name: str) -> int:
    found = db.execute(_FIND_LOG, (uuid, name)).fetchone()
    if found is None:  # Not each time, which would write one more page to the disk.
        db.execute(_ADD_LOG, (uuid, name))
        found = db.execute(_FIND_LOG, (uuid, name)).fetchone()
    return int(found[0])


def _there(db: sqlite3.Connection, log_id: int, first: int, last: int) -> set[int]:
    statement = "SELECT seq FROM mirrored WHERE log_id = ? AND seq BETWEEN ? AND ?"
    return {seq for (seq,) in db.execute(statement, (log_id, first, last))}


class MirrorReader(JournalReader):
    """A journal as the mirror of shared logs, which are identified by UUIDs."""

    def mirrored_up_to(self, log: str) -> int | None:
        """Return the number of the last entry that was mirrored, or None when none ever was."""
        statement = "SELECT max(seq) FROM mirrored JOIN logs ON logs.id = log_id WHERE uuid = ?"
        ((last,),) = self._rows(statement, (log,))
        return None if last is None else int(last)

    def last_mirrored(self, log: str) -> Capture | None:
        """Return the last mirrored capture that has not been deleted here."""
        last = (
            "SELECT capture_id FROM mirrored JOIN logs ON logs.id = log_id JOIN captures AS c ON c.id = capture_id "
            "WHERE uuid = ? ORDER BY seq DESC LIMIT 1"
        )
        return next(iter(self._captures(f"id = ({last})", (log,))), None)
