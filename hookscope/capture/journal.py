"""The journal: what was received, in a SQLite file that one writer thread of this process adds to.

Every write waits for its commit. Writes that wait at the same time share one transaction and one flush to disk, so
that a busy receiver pays a fraction of a flush for each request. Other processes may write to the same file.
"""

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from hookscope.capture import row, schema
from hookscope.capture.record import Capture, Delivery, Run
from hookscope.errors import JournalError

_T = TypeVar("_T")

_BUSY_SECONDS = 5.0
_CHECKPOINT_PAGES = 200
_CLOSING_SECONDS = 10.0
_DUPLICATE_WINDOW_MS = 7 * 24 * 3600 * 1000
"""Meta gives up on a delivery after 36 hours, WhatsApp's after 7 days: an equal event later is a new one."""

_INSERT_CAPTURE = row.insert("captures", row.CAPTURE_COLUMNS)
_INSERT_DELIVERY = row.insert("deliveries", row.DELIVERY_COLUMNS)
_INSERT_RUN = row.insert("runs", row.RUN_COLUMNS)
_FIND_ORIGINAL = (
    "SELECT min(id) FROM captures WHERE identity = ? AND received_at >= ? AND signature IN ('valid', 'unchecked')"
)


@dataclass(slots=True)
class _Write:
    """An operation that waits for the writer, and the future that waits for the operation."""

    operation: Callable[[sqlite3.Connection], Any]
    done: asyncio.Future[Any]


class Journal:
    """The journal, open for writing; an async context manager. Use it from one event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        connection = open_for_writing(self.path)
        self._thread = threading.Thread(target=self._work, args=(connection,), name="journal", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.put(None)
        if self._thread:
            await asyncio.to_thread(self._thread.join, _CLOSING_SECONDS)

    async def append(self, capture: Capture, *, identity: bytes | None = None, since: float | None = None) -> Capture:
        """Commit a capture and return it with its number, and with `duplicate_of` where its identity was seen before.

        `since` is the `time.perf_counter()` from which the reply's `elapsed_ms` counts. Raises JournalError.
        """

        def operation(connection: sqlite3.Connection) -> Capture:
            stored = capture
            if identity is not None:
                oldest = row.milliseconds(capture.received_at) - _DUPLICATE_WINDOW_MS
                original = connection.execute(_FIND_ORIGINAL, (identity, oldest)).fetchone()[0]
                if original is not None:
                    stored = replace(stored, duplicate_of=original)
            if since is not None:
                elapsed = round((time.perf_counter() - since) * 1000, 3)
                stored = replace(stored, reply=replace(stored.reply, elapsed_ms=elapsed))
            number = connection.execute(_INSERT_CAPTURE, row.capture_values(stored, identity)).lastrowid
            return replace(stored, id=number or 0)

        return await self._write(operation)

    async def add_delivery(self, delivery: Delivery) -> Delivery:
        """Commit what became of a delivery and return it with its number. Raises JournalError."""

        def operation(connection: sqlite3.Connection) -> Delivery:
            number = connection.execute(_INSERT_DELIVERY, row.delivery_values(delivery)).lastrowid
            return replace(delivery, id=number or 0)

        return await self._write(operation)

    async def begin_run(self, run: Run) -> Run:
        """Commit that a run has begun and return it with its number. Raises JournalError."""

        def operation(connection: sqlite3.Connection) -> Run:
            return replace(run, id=connection.execute(_INSERT_RUN, row.run_values(run)).lastrowid or 0)

        return await self._write(operation)

    async def end_run(self, run: Run) -> None:
        """Commit a run's `ended_at`. Raises JournalError."""
        values = (row.run_values(run)[-1], run.id)
        await self._write(lambda connection: connection.execute("UPDATE runs SET ended_at = ? WHERE id = ?", values))

    async def _write(self, operation: Callable[[sqlite3.Connection], _T]) -> _T:
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            raise JournalError(f"the journal {self.path} is not open")
        done: asyncio.Future[_T] = self._loop.create_future()
        self._waiting.put(_Write(operation, done))
        return await done

    def _work(self, connection: sqlite3.Connection) -> None:
        """The writer thread: take all that waits, write it in one transaction, wake those who wait."""
        open_ = True
        while open_:
            batch = [self._waiting.get()]
            with suppress(queue.Empty):
                while True:
                    batch.append(self._waiting.get_nowait())
            open_ = None not in batch
            self._settle(self._commit(connection, [write for write in batch if write is not None]))
        connection.close()

    def _commit(self, connection: sqlite3.Connection, writes: list[_Write]) -> list[tuple[_Write, Any]]:
        try:
            return list(zip(writes, _transact(connection, [write.operation for write in writes]), strict=True))
        except Exception:
            # One bad write must take neither the others nor this thread with it: each has its own transaction now.
            return [(write, self._commit_alone(connection, write)) for write in writes]

    def _commit_alone(self, connection: sqlite3.Connection, write: _Write) -> Any:
        try:
            return _transact(connection, [write.operation])[0]
        except Exception as error:
            return JournalError(
                f"the journal {self.path} cannot be written: {error}",
                done="what was to be written is not kept",
                hint="free some disk space, or name another file with --journal",
            )

    def _settle(self, outcomes: list[tuple[_Write, Any]]) -> None:
        if outcomes and self._loop:
            with suppress(RuntimeError):  # The loop has ended; nobody waits any more.
                self._loop.call_soon_threadsafe(_wake, outcomes)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open a journal, create it where there is none, and bring it to the newest version. Raises JournalError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        schema.migrate(connection)
    except (sqlite3.Error, OSError) as error:
        raise JournalError(
            f"the journal {path} cannot be opened: {error}",
            done="it was left as it is",
            hint="name another file with --journal, or move this one away",
        ) from error
    return connection


def _transact(connection: sqlite3.Connection, operations: list[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
    if not operations:
        return []
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [operation(connection) for operation in operations]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


def _wake(outcomes: list[tuple[_Write, Any]]) -> None:
    for write, result in outcomes:
        if write.done.done():
            continue
        if isinstance(result, JournalError):
            write.done.set_exception(result)
        else:
            write.done.set_result(result)
