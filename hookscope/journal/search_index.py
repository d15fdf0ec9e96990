"""The full-text index of the journal, for the journal's writer: filled little by little, after the captures.

Readers evaluate the captures after `up_to` without it, as well as those with large bodies, which are never in it. All
functions belong inside a transaction.
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import NamedTuple

from hookscope.journal import capture_reader
from hookscope.model.record import Capture
from hookscope.model.search_tokens import VERSION, tokens

LARGE = 64 << 10
"""Bodies of more bytes are not indexed: taking one of many megabytes apart would hold up the writer."""


class Slice(NamedTuple):
    """As much as is indexed in one transaction, and as many of the index's pages as are merged in one."""

    rows: int
    size: int
    pages: int


_BUSY, _IDLE = 4, 2
"""The number of segments of a size that are merged while there is more to index, and when there is not."""

_BACKLOG = 64
"""The captures that a search can evaluate without the index in no time."""

SHORT = Slice(rows=16, size=128 << 10, pages=16)
"""For beside a run: its writer waits for some milliseconds at most."""

LONG = Slice(rows=512, size=4 << 20, pages=256)
"""For a journal of one's own: most of a short transaction is its beginning and its end."""


def up_to(connection: sqlite3.Connection) -> int:
    """Return the id of the last capture considered for the index; 0 when an index is of no use."""
    return extent(connection)[0]


def extent(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the id of the last capture considered for the index, 0 when an index is of no use, and of the last one."""
    version, number, newest = connection.execute(
        "SELECT index_version, indexed_up_to, (SELECT max(id) FROM captures) FROM upkeep"
    ).fetchone()
    return int(number) if version == VERSION else 0, newest or 0


def is_behind(connection: sqlite3.Connection) -> bool:
    """Return whether more captures wait to be indexed than a writer leaves for its next pause."""
    done, newest = extent(connection)
    return newest - done >= _BACKLOG


def fill(
    connection: sqlite3.Connection, most: Slice = SHORT, *, interrupted: Callable[[], bool] = lambda: False
) -> bool:
    """Index the next few captures, and merge some of the index; return whether there was anything to do.

    Stop after one capture, or after any other, when `interrupted` says that somebody waits.
    """
    done = up_to(connection)
    if not done:
        reset(connection)
    last = size = 0
    for number, length in connection.execute(
        "SELECT id, length(body) FROM captures WHERE id > ? ORDER BY id LIMIT ?", (done, most.rows)
    ):
        size += length if length <= LARGE else 0
        if last and size > most.size:
            break
        last = number
    if last:
        last = _add_until(connection, _small(connection, done, last), last, interrupted)
        connection.execute("UPDATE upkeep SET indexed_up_to = ?", (last,))
        if interrupted():
            return True
    return merge(connection, most.pages, least=_BUSY if last else _IDLE) or bool(last)


def add(connection: sqlite3.Connection, captures: Iterable[Capture]) -> None:
    """Add captures to the index."""
    for capture in captures:  # Each by itself: between two, other threads get the interpreter's lock.
        connection.execute("INSERT INTO search (rowid, words) VALUES (?, ?)", (capture.id, _joined(capture)))


def remove(connection: sqlite3.Connection, captures: Iterable[Capture]) -> None:
    """Remove captures from the index, skipping those that are not in it. They must be as they were when added."""
    done = up_to(connection)
    rows = [(capture.id, _joined(capture)) for capture in captures if capture.id <= done and is_small(capture)]
    connection.executemany("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", rows)


def reset(connection: sqlite3.Connection) -> None:
    """Empty the index: it will be filled from the beginning."""
    connection.execute("INSERT INTO search (search) VALUES ('delete-all')")
    connection.execute("UPDATE upkeep SET index_version = ?, indexed_up_to = 0", (VERSION,))


def is_small(capture: Capture) -> bool:
    """Return whether a capture belongs in the index."""
    return len(capture.request.body) <= LARGE


def merge(connection: sqlite3.Connection, pages: int = SHORT.pages, *, least: int = _BUSY) -> bool:
    """Merge segments of the index, if there are at least `least` of a size; return whether there were.

    A search reads each segment. SQLite would merge them by itself, and hold up the writer for 30 ms now and then.

    The source of the comparison: https://sqlite.org/fts5.html, "The 'merge' Command", read 2026-11-29.
    """
    if connection.execute("SELECT v FROM search_config WHERE k = 'usermerge'").fetchone()[0] != least:
        connection.execute("INSERT INTO search (search, rank) VALUES ('usermerge', ?)", (least,))
    before = connection.total_changes
    connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before >= 2


def _add_until(
    connection: sqlite3.Connection, captures: list[Capture], last: int, interrupted: Callable[[], bool]
) -> int:
    """Add captures to the index until interrupted; return the id of the last that was considered, at most `last`."""
    for number, capture in enumerate(captures, 1):
        add(connection, [capture])
        if number < len(captures) and interrupted():
            return capture.id
    return last


def _small(connection: sqlite3.Connection, after: int, last: int) -> list[Capture]:
    return capture_reader.read(connection, f"id > ? AND id <= ? AND length(body) <= {LARGE}", (after, last))


def _joined(capture: Capture) -> str:
    return " ".join(sorted(tokens(capture)))
