"""The journal: what was received, in a SQLite file that one writer thread of this process adds to.

Every write waits for its commit. Writes that wait at the same time share one transaction and one flush to disk, so
that a busy receiver pays a fraction of a flush for each request. Other processes may write to the same file.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from hookscope.errors import JournalError
from hookscope.journal import codec
from hookscope.journal.adoption import adopt_pending
from hookscope.journal.connection import WAY_OUT, is_locked, open_for_writing
from hookscope.journal.inserts import insert, insert_deliveries, insert_replays
from hookscope.model.append import Append, Identify, Waiter
from hookscope.model.record import Capture, Delivery, Kind, Reply, Run

if TYPE_CHECKING:
    from hookscope.journal.mirroring import Mirrored

_T = TypeVar("_T")
_Operation = Callable[[sqlite3.Connection], Any]
_What = Append | tuple[Delivery, ...] | _Operation

_CLOSING_SECONDS = 10.0
_ROWS_A_STATEMENT = 64
_IDLE_SECONDS = 0.02
"""So long nothing must have come before the index is filled; and so long the receiver has between two slices."""

_STRAYS_A_CHECK = 32
"""After so many, those are counted that are kept."""

_INSERT_RUN = codec.insert("runs", codec.RUN_COLUMNS)


class _Waiting(Struct):
    """A pending write, and who waits for it."""

    what: _What
    done: Waiter


class JournalWriter:
    """The journal, open for writing; an async context manager. Use it from one event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._coming: list[_Waiting] = []
        self._queue: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unindexed = True
        self._strays = _STRAYS_A_CHECK

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        connection = open_for_writing(self.path)
        self._file = _identify(self.path)
        self._thread = threading.Thread(target=self._work, args=(connection,), name="journal", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hand_over(len(self._coming))
        self._queue.put(None)
        if self._thread:
            await asyncio.to_thread(self._thread.join, _CLOSING_SECONDS)
            self._thread = None

    async def append(
        self, capture: Capture, *, identify: Identify | None = None, since: float | None = None
    ) -> Capture:
        """Commit a capture and return it with its number, and with the captures that had its events before.

        Those are found by what `identify` tells, which the writer's thread calls; without it they are not looked for.

        `since` is the `time.perf_counter()` from which the reply's `elapsed_ms` counts. Raises JournalError.
        """
        stored: Capture = await self._wait(Append(capture, identify, since))
        return stored

    def begin_append(self, append: Append, waiter: Waiter) -> None:
        """Begin to commit a capture, and return at once; `waiter` is told what `append` would return or raise.

        For the receiver: to await each of many captures takes longer than to commit it. Raises JournalError.
        """
        self._begin(append, waiter)

    async def add_deliveries(self, *deliveries: Delivery) -> None:
        """Commit what became of deliveries. Raises JournalError."""
        await self._wait(deliveries)

    async def add_replays(self, replays: Sequence[tuple[Capture, Delivery]]) -> list[tuple[Capture, Delivery]]:
        """Commit replays, each with its delivery, and return them with their numbers. Raises JournalError."""
        return await self._write(lambda db: insert_replays(db, replays))

    async def add_mirrored(
        self, log: str, name: str, entries: Sequence["Mirrored"], *, told_after: int = 0
    ) -> list[Capture]:
        """Commit entries of the shared log with that UUID and name, in ascending order.

        Return the new ones with a number over `told_after` as captures. An entry that was added before is left out,
        even if its capture has been deleted. Raises JournalError.
        """
        from hookscope.journal.mirroring import insert_mirrored

        return await self._write(lambda db: insert_mirrored(db, log, name, entries, told_after=told_after))

    async def add_answer(self, delivery: Delivery, reply: Reply) -> None:
        """Commit a delivery together with the answer that its capture's sender gets for it. Raises JournalError."""
        answered = (reply.status, reply.body, reply.elapsed_ms, delivery.capture_id)

        def write(db: sqlite3.Connection) -> None:
            db.execute("UPDATE captures SET reply_status = ?, reply_body = ?, reply_ms = ? WHERE id = ?", answered)
            insert_deliveries(db, [delivery])

        await self._write(write)

    async def begin_run(self, run: Run) -> Run:
        """Commit that a run has begun and return it with its number. Raises JournalError."""
        values = codec.run_values(run)
        return replace(run, id=await self._write(lambda db: db.execute(_INSERT_RUN, values).lastrowid or 0))

    async def end_run(self, run: Run) -> None:
        """Commit a run's `ended_at`. Raises JournalError."""
        values = (codec.run_values(run)[-1], run.id)
        await self._write(lambda db: db.execute("UPDATE runs SET ended_at = ? WHERE id = ?", values))

    async def inherit(self, run: Run, target: str, since: datetime) -> list[int]:
        """Take over what runs that are gone have left for `target`; the numbers of those runs. Raises JournalError."""
        return await self._write(lambda db: adopt_pending(db, run, target, since))

    async def catch_up(self) -> None:
        """Wait until all captures are indexed, for a search to be quick; without it that comes by and by."""
        while await self._write(_fill):
            pass

    async def _write(self, operation: Callable[[sqlite3.Connection], _T]) -> _T:
        result: _T = await self._wait(operation)
        return result

    async def _wait(self, what: _What) -> Any:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._begin(what, done)
        return await done

    def _begin(self, what: _What, done: Waiter) -> None:
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            raise JournalError(f"the journal {self.path} is not open")
        self._coming.append(_Waiting(what, done))
        if len(self._coming) == 1:
            self._loop.call_soon(self._hand_over, 1)

    def _hand_over(self, known: int) -> None:
        """Give the writer what has come, unless this turn of the loop has brought more and the next one may, too.

        The writer and the loop share the interpreter's lock: each batch costs both of them more than a capture does.
        """
        if self._loop and known < len(self._coming) < _ROWS_A_STATEMENT:
            self._loop.call_soon(self._hand_over, len(self._coming))
        elif self._coming:
            self._queue.put(self._coming)
            self._coming = []

    def _work(self, connection: sqlite3.Connection) -> None:
        """Take all pending writes, commit them, and wake their callers. Runs in the writer thread."""
        open_ = True
        while open_:
            taken = [self._take(connection)]
            with suppress(queue.Empty):
                while taken[-1] is not None:
                    taken.append(self._queue.get_nowait())
            open_ = taken[-1] is not None
            waiting = [one for several in taken if several for one in several]
            appends = [one for one in waiting if isinstance(one.what, Append)]
            for first in range(0, len(appends), _ROWS_A_STATEMENT):
                self._commit(connection, appends[first : first + _ROWS_A_STATEMENT], insert)
            for one in waiting:
                if isinstance(one.what, tuple):
                    self._commit(connection, [one], _insert_deliveries)
            self._commit(connection, [one for one in waiting if callable(one.what)], _transact)
            self._unindexed = self._unindexed or bool(waiting)
            self._strays += sum(map(_is_stray, waiting))
            if self._strays >= _STRAYS_A_CHECK:
                self._strays = 0
                _in_passing(connection, _make_room)
        connection.close()

    def _take(self, connection: sqlite3.Connection) -> list[_Waiting] | None:
        """Return the next pending writes; as long as there are none, fill the index."""
        while self._unindexed:
            try:
                return self._queue.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                self._unindexed = _in_passing(connection, _fill)
        return self._queue.get()

    def _commit(
        self,
        connection: sqlite3.Connection,
        waiting: list[_Waiting],
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
        """SQLite would go on with a file that has no name any more, and nobody would ever find what is in it."""
        if _identify(self.path) != self._file:
            raise FileNotFoundError("it was deleted, or another file put in its place")

    def _explain(self, error: Exception) -> JournalError:
        hint = "free some disk space, or name another file with --journal"
        if isinstance(error, FileNotFoundError):
            hint = "end this and start it again"
        elif is_locked(error):
            hint = WAY_OUT
        return JournalError(
            f"the journal {self.path} cannot be written: {error}", done="what was to be written is not kept", hint=hint
        )

    def _settle(self, waiting: list[_Waiting], results: Sequence[Any]) -> None:
        if self._loop:
            with suppress(RuntimeError):  # The loop has ended; nobody is waiting.
                self._loop.call_soon_threadsafe(_wake, waiting, results)


def _identify(path: Path) -> tuple[int, int] | None:
    """Return the identity of the file with that name."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _fill(connection: sqlite3.Connection) -> bool:
    # Loaded when it is first needed: a run is not to wait for it before it receives.
    from hookscope.journal import search_index

    return search_index.fill(connection)


def _is_stray(one: _Waiting) -> bool:
    return isinstance(one.what, Append) and one.what.capture.kind is Kind.STRAY


def _make_room(connection: sqlite3.Connection) -> int:
    from hookscope.journal import stray_quota

    return stray_quota.make_room(connection)


def _in_passing(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], int]) -> bool:
    """Do some upkeep, and tell whether there was any to do. What fails is tried again after the next captures."""
    try:
        # Without a flush to disk of its own: what a power cut has set back is done again.
        connection.execute("PRAGMA synchronous = NORMAL")
        (found,) = _transact(connection, [work])
    except sqlite3.Error:
        return False
    else:
        return bool(found)
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def _insert_deliveries(connection: sqlite3.Connection, several: list[tuple[Delivery, ...]]) -> list[None]:
    for deliveries in several:
        insert_deliveries(connection, deliveries)
    return [None] * len(several)


def _transact(connection: sqlite3.Connection, operations: list[_Operation]) -> list[Any]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [operation(connection) for operation in operations]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


def _wake(waiting: list[_Waiting], results: Sequence[Any]) -> None:
    for one, result in zip(waiting, results, strict=True):
        if one.done.done():
            continue
        try:
            if isinstance(result, JournalError):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)
        except Exception as error:  # The others must be told all the same.
            asyncio.get_running_loop().call_exception_handler({"message": "telling of a write", "exception": error})
