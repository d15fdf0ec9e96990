"""The thread that writes to the journal.

All writes that wait when it is free share one transaction and one flush to disk. While there are none, it fills the
index and moves sightings. Where they come without a pause, it indexes a little between two of them now and then.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from hookscope.errors import JournalError
from hookscope.journal.connection import WAY_OUT, is_locked, open_for_writing
from hookscope.journal.inserts import insert, insert_deliveries
from hookscope.journal.sightings import Sightings
from hookscope.journal.sql import transaction
from hookscope.model.append import Append, Waiter
from hookscope.model.record import Capture, Delivery, Kind

ROWS_A_STATEMENT = 64

Operation = Callable[[sqlite3.Connection], Any]
What = Append | tuple[Delivery, ...] | Operation

_CLOSING_SECONDS = 10.0
_IDLE_SECONDS = 0.02
"""The pause after the last write before the index is filled, and between two slices of that."""
_BETWEEN_SECONDS = 0.05
"""The time between two slices while writes keep coming."""
_CALM_RATE = 1000
"""The most writes a second between which captures are indexed: with more, indexing would slow them down."""

_STRAYS_A_CHECK = 32
"""The number of strays after which their quota is applied."""
_ROOM_SECONDS = 0.005
"""The time after which captures that wait go before making room."""


class Write(Struct):
    """A pending write, and the waiter for its result."""

    what: What
    done: Waiter


class WriterThread:
    """Writes to a journal until its end, and wakes its callers in `loop`. Opening the journal raises JournalError."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._path = path
        self._loop = loop
        self._queue: queue.SimpleQueue[list[Write] | None] = queue.SimpleQueue()
        self._unindexed = self._unmoved = True
        self._indexed_at, self._written = time.monotonic(), 0
        self._strays = _STRAYS_A_CHECK
        self._room: Iterator[int] | None = None
        connection = open_for_writing(path)
        self.sightings = Sightings(connection)
        self._file = _identify(path)
        self._thread = threading.Thread(target=self._work, args=(connection,), name="journal", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """True as long as the thread accepts writes."""
        return self._thread.is_alive()

    def put(self, writes: list[Write]) -> None:
        """Queue writes to be committed."""
        self._queue.put(writes)

    def end(self) -> None:
        """End the thread when everything is written; block for some seconds at most."""
        self._queue.put(None)
        self._thread.join(_CLOSING_SECONDS)

    def _work(self, connection: sqlite3.Connection) -> None:
        """Take all pending writes, commit them, and wake their callers. Runs in the writer thread."""
        open_ = True
        while open_:
            taken = [self._take(connection)]
            while taken[-1] is not None and not self._queue.empty():
                taken.append(self._queue.get_nowait())
            open_ = taken[-1] is not None
            waiting = [one for several in taken if several for one in several]
            appends = [one for one in waiting if isinstance(one.what, Append)]
            for first in range(0, len(appends), ROWS_A_STATEMENT):
                self._commit(connection, appends[first : first + ROWS_A_STATEMENT], self._insert)
            for one in waiting:
                if isinstance(one.what, tuple):
                    self._commit(connection, [one], _insert_deliveries)
            self._commit(connection, [one for one in waiting if callable(one.what)], _transact)
            self._unindexed, self._unmoved = self._unindexed or bool(waiting), self._unmoved or bool(waiting)
            self._strays += sum(map(_is_stray, waiting))
            self._make_room(connection)
            while self.sightings.too_many and _in_passing(connection, self.sightings.move):
                pass
            if open_:
                self._index_between(connection, len(waiting))
        connection.close()

    def _take(self, connection: sqlite3.Connection) -> list[Write] | None:
        """Return the next pending writes; as long as there are none, fill the index and move sightings."""
        while self._unindexed or self._unmoved or self._room:
            try:
                return self._queue.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                if self._room:
                    self._make_room(connection)
                else:
                    self._unindexed = self._unindexed and self._index(connection, fill_index)
                    self._unmoved = self._unmoved and _in_passing(connection, self.sightings.move)
        return self._queue.get()

    def _index_between(self, connection: sqlite3.Connection, written: int) -> None:
        """Fill the index a little if it has fallen behind, nothing waits, and not too much is written."""
        self._written += written
        seconds = time.monotonic() - self._indexed_at
        if seconds >= _BETWEEN_SECONDS and self._queue.empty():
            if self._written <= seconds * _CALM_RATE:
                self._index(connection, _fill_if_behind)
            self._indexed_at, self._written = time.monotonic(), 0

    def _index(self, connection: sqlite3.Connection, fill: Callable[..., bool]) -> bool:
        """Fill the index until a write waits; return whether there was anything to do."""
        return _in_passing(connection, partial(fill, interrupted=lambda: not self._queue.empty()))

    def _insert(self, connection: sqlite3.Connection, appends: Sequence[Append]) -> Sequence[Capture]:
        return insert(connection, appends, self.sightings)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Apply the quota of strays, for as long as captures may wait for it; go on the next time."""
        if self._strays >= _STRAYS_A_CHECK and not self._room:
            self._strays, self._room = 0, _steps_of_room(connection)
        until = time.perf_counter() + _ROOM_SECONDS
        while self._room and time.perf_counter() < until:
            if not _in_passing(connection, partial(_goes_on, self._room)):
                self._room = None

    def _commit(
        self,
        connection: sqlite3.Connection,
        waiting: list[Write],
        write: Callable[[sqlite3.Connection, list[Any]], Sequence[Any]],
    ) -> None:
        if not waiting:
            return
        try:
            self._look()
            results = write(connection, [one.what for one in waiting])
        except Exception as error:
            if len(waiting) == 1 or is_locked(error):  # Each would be tried for as long as all of them together.
                self._settle(waiting, [self._explain(error) for _ in waiting])
                return
            for one in waiting:  # One bad write must not take the others with it.
                self._commit(connection, [one], write)
        else:
            self._settle(waiting, results)

    def _look(self) -> None:
        """Raise FileNotFoundError when the file was deleted: SQLite would go on writing to it, for nobody to find."""
        if _identify(self._path) != self._file:
            raise FileNotFoundError("it was deleted, or another file put in its place")

    def _explain(self, error: Exception) -> JournalError:
        hint = "free some disk space, or name another file with --journal"
        if isinstance(error, FileNotFoundError):
            hint = "end this and start it again"
        elif is_locked(error):
            hint = WAY_OUT
        return JournalError(
            f"the journal {self._path} cannot be written: {error}", done="what was to be written is not kept", hint=hint
        )

    def _settle(self, waiting: list[Write], results: Sequence[Any]) -> None:
        with suppress(RuntimeError):  # The loop has ended; nobody is waiting.
            self._loop.call_soon_threadsafe(_wake, waiting, results)


def _identify(path: Path) -> tuple[int, int] | None:
    """Return the identity of the file with that name."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def fill_index(connection: sqlite3.Connection, *, interrupted: Callable[[], bool] = lambda: False) -> bool:
    """Index some captures for the search, or merge some of the index; return whether there was anything to do."""
    # Loaded on first use: a run must not wait for it before it receives.
    from hookscope.journal import search_index

    return search_index.fill(connection, interrupted=interrupted)


def _fill_if_behind(connection: sqlite3.Connection, *, interrupted: Callable[[], bool]) -> bool:
    from hookscope.journal import search_index

    return search_index.is_behind(connection) and search_index.fill(connection, interrupted=interrupted)


def _is_stray(one: Write) -> bool:
    return isinstance(one.what, Append) and one.what.capture.kind is Kind.STRAY


def _steps_of_room(connection: sqlite3.Connection) -> Iterator[int]:
    from hookscope.journal import removal  # With the first step, which may fail.

    yield from removal.make_room(connection)


def _goes_on(steps: Iterator[int], _: sqlite3.Connection) -> bool:
    """Take one step; return whether there was one."""
    return next(steps, None) is not None


def _in_passing(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], int]) -> bool:
    """Do some upkeep; return whether there was any to do. A failure is tried again after the next captures.

    That may be an OSError: with no descriptor left, what the upkeep needs cannot be loaded.
    """
    try:
        # Without its own flush to disk: upkeep that a power cut undoes is done again.
        connection.execute("PRAGMA synchronous = NORMAL")
        (found,) = _transact(connection, [work])
    except (sqlite3.Error, OSError):
        return False
    else:
        return bool(found)
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def _insert_deliveries(connection: sqlite3.Connection, several: list[tuple[Delivery, ...]]) -> list[None]:
    for deliveries in several:
        insert_deliveries(connection, deliveries)
    return [None] * len(several)


def _transact(connection: sqlite3.Connection, operations: list[Operation]) -> list[Any]:
    with transaction(connection):
        return [operation(connection) for operation in operations]


def _wake(waiting: list[Write], results: Sequence[Any]) -> None:
    for one, result in zip(waiting, results, strict=True):
        if one.done.done():
            continue
        try:
            if isinstance(result, JournalError):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)
        except Exception as error:  # The others must be woken all the same.
            asyncio.get_running_loop().call_exception_handler({"message": "waking a writer", "exception": error})
