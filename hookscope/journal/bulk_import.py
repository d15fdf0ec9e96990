"""Adds many captures from elsewhere to the journal at once: all of them or none.

They go to a table of this connection alone first, so that a run that writes to the same journal waits for the copying
only, however slowly they arrive.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from hookscope.errors import JournalError
from hookscope.journal import codec, packed_headers
from hookscope.journal.connection import open_for_writing
from hookscope.model.record import Capture
from hookscope.model.timestamps import milliseconds

_LINKS = ("duplicate_of", "originals", "replay_of")
_STAGED = f"{codec.CAPTURE_COLUMNS}, events"
_CARRIED = ", ".join(name for name in _STAGED.split(", ") if name not in _LINKS)
_REQUEST = "received_at, method, target, headers, body"

_LINKED = "(SELECT number FROM staged WHERE old = {0} AND place < s.place ORDER BY place DESC LIMIT 1)"
"""A link within the file: to the nearest earlier capture with that id. Others are dropped."""

_ORIGINALS = f"(SELECT json_group_array({_LINKED.format('value')}) FROM json_each(s.originals))"  # noqa: S608


class Added(Struct, frozen=True, kw_only=True):
    """The number of captures added, and of those already present: same request, same time."""

    added: int
    known: int


def add_all(path: Path, captures: Iterable[Capture]) -> Added:
    """Add captures in order, with new ids. Links between them stay, and none gets an identity.

    Errors of the iterable, and JournalError, leave the journal unchanged.
    """
    with closing(open_for_writing(path)) as db:
        try:
            _stage(db, captures)
            _find_known(db)
            return _copy(db)
        except sqlite3.Error as error:
            raise JournalError(
                f"the journal {path} cannot be written: {error}",
                done="nothing was imported",
                hint="free some disk space, or name another file with --journal",
            ) from error


def _stage(db: sqlite3.Connection, captures: Iterable[Capture]) -> None:
    db.execute(f"CREATE TEMP TABLE staged (place INTEGER PRIMARY KEY, old, number, digest, marked_events, {_STAGED})")
    db.execute("BEGIN")
    db.executemany(codec.insert("staged", f"old, digest, marked_events, {_STAGED}"), _values(captures))
    db.execute("CREATE INDEX temp.staged_by_digest ON staged (digest) WHERE number IS NULL")
    db.execute("CREATE INDEX temp.staged_by_old ON staged (old, place)")
    db.execute("COMMIT")


def _values(captures: Iterable[Capture]) -> Iterator[tuple[Any, ...]]:
    for capture in captures:
        values = codec.capture_values(capture, capture.reply.elapsed_ms, capture.duplicate_of, capture.originals)
        request = capture.request
        digest = _digest(
            milliseconds(capture.received_at),
            request.method,
            request.target,
            packed_headers.pack(request.headers),
            request.body,
        )
        yield (capture.id or None, digest, json.dumps(capture.marked_events), *values, capture.count_events() or None)


def _find_known(db: sqlite3.Connection) -> None:
    """Give captures that are already in the journal their existing ids."""
    first, last = db.execute("SELECT min(received_at), max(received_at) FROM staged").fetchone()
    there = db.execute(f"SELECT id, {_REQUEST} FROM captures WHERE received_at BETWEEN ? AND ?", (first, last))  # noqa: S608
    db.execute("BEGIN")
    db.executemany(
        "UPDATE staged SET number = ? WHERE digest = ? AND number IS NULL",
        (
            (number, _digest(when, method, target, packed_headers.pack(packed_headers.unpack(headers)), body))
            for number, when, method, target, headers, body in there  # Not all versions have stored headers alike.
        ),
    )
    db.execute("COMMIT")


def _copy(db: sqlite3.Connection) -> Added:
    (known,) = db.execute("SELECT count(*) FROM staged WHERE number IS NOT NULL").fetchone()
    db.execute("BEGIN IMMEDIATE")
    try:
        (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'captures'").fetchone()
        added = db.execute(
            "UPDATE staged SET number = ? + fresh.rank "
            "FROM (SELECT place, row_number() OVER (ORDER BY place) AS rank FROM staged WHERE number IS NULL) AS fresh "
            "WHERE staged.place = fresh.place",
            (last,),
        ).rowcount
        db.execute(
            f"INSERT INTO captures (id, {_CARRIED}, duplicate_of, originals, replay_of) "  # noqa: S608
            f"SELECT number, {_CARRIED}, {_LINKED.format('s.duplicate_of')}, "
            f"CASE WHEN s.originals IS NOT NULL THEN {_ORIGINALS} END, {_LINKED.format('s.replay_of')} "
            "FROM staged AS s WHERE number > ? ORDER BY place",
            (last,),
        )
        db.execute(
            "INSERT INTO marked_events (capture_id, position) "
            "SELECT DISTINCT number, value FROM staged JOIN json_each(staged.marked_events) WHERE number > ?",
            (last,),
        )
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    return Added(added=added, known=known)


def _digest(received_at: int, method: str, target: str, headers: bytes, body: bytes) -> bytes:
    head = f"{received_at} {method} {target}\n".encode()
    return hashlib.blake2b(b"%d %d %b%b%b" % (len(head), len(headers), head, headers, body), digest_size=16).digest()
