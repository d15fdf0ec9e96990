"""The captures that were in the journal before an import: a request with the same content and time is one of them."""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

from hookscope.journal import codec, packed_headers

_REQUEST = ("received_at", "method", "target", "headers", "body")
_PLACES = [codec.APPEND_COLUMNS.split(", ").index(name) for name in _REQUEST]


class KnownCaptures:
    """Knows captures by digests, in a table of this connection alone: those of a span in milliseconds since 1970."""

    def __init__(self, db: sqlite3.Connection, earliest: int, latest: int) -> None:
        self._db = db
        db.execute("CREATE TEMP TABLE known (digest BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID")
        there = db.execute(
            f"SELECT id, {', '.join(_REQUEST)} FROM captures WHERE received_at BETWEEN ? AND ?",  # noqa: S608
            (earliest, latest),
        )
        db.execute("BEGIN")
        self._is_empty = not db.executemany(
            "INSERT OR IGNORE INTO known (digest, number) VALUES (?, ?)",
            (
                (_digest(when, method, target, packed_headers.pack(packed_headers.unpack(headers)), body), number)
                for number, when, method, target, headers, body in there  # Not all versions have stored headers alike.
            ),
        ).rowcount
        db.execute("COMMIT")

    def numbers(self, rows: Sequence[tuple[Any, ...]]) -> list[int | None]:
        """Return the number of each row with APPEND_COLUMNS; None for those that are new."""
        if self._is_empty:
            return [None] * len(rows)
        digests = [_digest(*[row[place] for place in _PLACES]) for row in rows]
        statement = "SELECT number FROM known WHERE digest = ?"
        found = [self._db.execute(statement, (digest,)).fetchone() for digest in digests]
        return [one[0] if one else None for one in found]


def _digest(received_at: int, method: str, target: str, headers: bytes, body: bytes) -> bytes:
    head = f"{received_at} {method} {target}\n".encode()
    return hashlib.blake2b(b"%d %d %b%b%b" % (len(head), len(headers), head, headers, body), digest_size=16).digest()
