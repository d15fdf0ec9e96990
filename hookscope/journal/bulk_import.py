"""Adds many captures from elsewhere to the journal: all of them or none.

They are staged until the last of them is known to be good, and then added some at a time: a run that writes to the same
journal waits for some milliseconds at most. If that fails or is interrupted, those that were added are removed. Only
when the process is killed meanwhile do they stay; importing the file again adds the others.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from hookscope.errors import JournalError
from hookscope.journal.connection import open_for_writing
from hookscope.journal.file_links import FileLinks
from hookscope.journal.inserts import insert_rows
from hookscope.journal.known_captures import KnownCaptures
from hookscope.journal.live_runs import live_runs
from hookscope.journal.removal import remove
from hookscope.journal.staging import Batch, Row, Stage

_PAUSE_SECONDS = 0.005
"""Between two transactions beside a run, which gets in."""


_REMOVED_AT_ONCE = 32


class Added(Struct, kw_only=True):
    """The number of captures added, and of those already present: same request, same time."""

    added: int = 0
    known: int = 0


def add_all(path: Path, batches: Iterable[Batch], *, watch: Callable[[Added], object] = lambda _: None) -> Added:
    """Add captures in order, with new ids. Links between them stay, and none gets an identity.

    Errors of the iterable, and JournalError, leave the journal unchanged. `watch` is called now and then while they are
    added.
    """
    with closing(open_for_writing(path)) as db, _stage(path) as stage:
        for batch in batches:
            try:
                stage.add(batch)
            except OSError as error:
                raise _unwritable(path, error) from error
        addition = _Addition(db)
        try:
            addition.add(stage, watch)
        except BaseException as error:
            is_undone = addition.undo()
            if isinstance(error, sqlite3.Error | OSError):
                raise _unwritable(path, error, is_undone=is_undone) from error
            raise
    return addition.result


def _stage(path: Path) -> Stage:
    try:
        return Stage(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: Exception, *, is_undone: bool = True) -> JournalError:
    again = "" if is_undone else ", and import the file again: what is there already is not added twice"
    return JournalError(
        f"the journal {path} cannot be written: {error}",
        done="nothing was imported" if is_undone else "some of the captures were imported, and could not be removed",
        hint=f"free some disk space, or name another file with --journal{again}",
    )


class _Addition:
    """Adds what is staged, and can remove it again."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.result = Added()
        self._db = db
        self._added: list[range] = []

    def add(self, stage: Stage, watch: Callable[[Added], object]) -> None:
        """Add all batches, each in a transaction of its own, and flush them to the disk together."""
        if stage.is_empty:
            return
        known = KnownCaptures(self._db, stage.earliest, stage.latest)
        links = FileLinks(self._db) if stage.has_links else None
        self._db.execute("PRAGMA synchronous = NORMAL")  # A run must not wait for our flushes.
        for rows in stage.batches():
            self._add(rows, known.numbers([row.values for row in rows]), links)
            watch(self.result)
            self._pause()
        self._db.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            self._db.execute("UPDATE upkeep SET remarks = remarks")

    def undo(self) -> bool:
        """Remove what was added; return whether that was possible."""
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            for numbers in self._added:
                for start in range(0, len(numbers), _REMOVED_AT_ONCE):
                    with self._transaction():
                        remove(self._db, numbers[start : start + _REMOVED_AT_ONCE])
                    self._pause()
        except sqlite3.Error:
            return False
        return True

    def _add(self, rows: Sequence[Row], known: Sequence[int | None], links: FileLinks | None) -> None:
        count = known.count(None)
        with self._transaction():
            fresh = self._next(count)
            waiting = iter(fresh)
            numbers = [next(waiting) if number is None else number for number in known]
            values = links.translated(rows, numbers) if links else [row.values for row in rows]
            if fresh:
                self._added.append(fresh)
                insert_rows(self._db, [one for one, number in zip(values, known, strict=True) if number is None])
                self._mark([(row, number) for row, number in zip(rows, numbers, strict=True) if number in fresh])
        self.result.added += count
        self.result.known += len(rows) - count

    def _next(self, count: int) -> range:
        """Return the next numbers, which nobody else takes in this transaction."""
        (last,) = self._db.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'captures'"
        ).fetchone()
        return range(last + 1, last + 1 + count)

    def _mark(self, rows: Iterable[tuple[Row, int]]) -> None:
        marks = [(number, position) for row, number in rows for position in row.marked_events]
        if marks:
            self._db.executemany("INSERT INTO marked_events (capture_id, position) VALUES (?, ?)", marks)

    def _pause(self) -> None:
        if live_runs(self._db):
            time.sleep(_PAUSE_SECONDS)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        before = len(self._added)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction or isinstance(error, sqlite3.Error):  # Otherwise it is committed.
                del self._added[before:]
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
