"""Links between the captures of an imported file, translated to their numbers in the journal."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from hookscope.journal import codec
from hookscope.journal.staging import Row

_COLUMNS = codec.APPEND_COLUMNS.split(", ")
_DUPLICATE_OF, _ORIGINALS, _REPLAY_OF = map(_COLUMNS.index, ("duplicate_of", "originals", "replay_of"))


class FileLinks:
    """Remembers the numbers of captures, in a table of this connection alone.

    A link leads to the nearest earlier capture with that id in the file. Others are dropped.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute("CREATE TEMP TABLE numbers (old INTEGER PRIMARY KEY, number INTEGER NOT NULL)")

    def translated(self, rows: Sequence[Row], numbers: Sequence[int]) -> list[tuple[Any, ...]]:
        """Return the values of the next rows, which have these numbers, with their links translated."""
        wanted = json.dumps([*{old for row in rows for old in _links(row.values)}])
        statement = "SELECT old, number FROM numbers WHERE old IN (SELECT value FROM json_each(?))"
        known: dict[int | None, int] = dict(self._db.execute(statement, (wanted,)).fetchall())
        translated, named = [], dict[int, int]()
        for row, number in zip(rows, numbers, strict=True):
            translated.append(_translated(row.values, known))
            if row.old is not None:
                known[row.old] = named[row.old] = number
        self._db.executemany("INSERT OR REPLACE INTO numbers (old, number) VALUES (?, ?)", named.items())
        return translated


def _links(values: Sequence[Any]) -> Iterator[int]:
    links = (values[_DUPLICATE_OF], values[_REPLAY_OF], *codec.read_originals(values[_ORIGINALS]))
    return (old for old in links if old is not None)


def _translated(values: tuple[Any, ...], known: dict[int | None, int]) -> tuple[Any, ...]:
    if not any(_links(values)):
        return values
    changed = [*values]
    changed[_DUPLICATE_OF] = known.get(values[_DUPLICATE_OF])
    changed[_REPLAY_OF] = known.get(values[_REPLAY_OF])
    changed[_ORIGINALS] = codec.pack_originals(tuple(map(known.get, codec.read_originals(values[_ORIGINALS]))))
    return tuple(changed)
