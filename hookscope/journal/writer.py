"""The journal: what was received, in a SQLite file that one writer thread of this process adds to.

Every write waits for its commit. Writes that wait at the same time share one transaction and one flush to disk, so
that a busy receiver pays a fraction of a flush for each request. Other processes may write to the same file.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from msgspec.structs import replace

from hookscope.errors import JournalError
from hookscope.journal import codec
from hookscope.journal.inserts import insert_deliveries, insert_replays
from hookscope.journal.writer_thread import ROWS_A_STATEMENT, What, Write, WriterThread, fill_index
from hookscope.model.append import Append, Identify, Waiter
from hookscope.model.record import Capture, Delivery, Reply, Run

if TYPE_CHECKING:
    from hookscope.journal.mirroring import Mirrored

_T = TypeVar("_T")
_INSERT_RUN = codec.insert("runs", codec.RUN_COLUMNS)


class JournalWriter:
    """The journal, open for writing; an async context manager. Use it from one event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._coming: list[Write] = []
        self._thread: WriterThread | None = None

    async def __aenter__(self) -> Self:
        self._thread = WriterThread(self.path, asyncio.get_running_loop())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hand_over(len(self._coming))
        if self._thread:
            await asyncio.to_thread(self._thread.end)
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
        """Commit deliveries with their outcomes. Raises JournalError."""
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

        sightings = self._open_thread().sightings
        return await self._write(lambda db: insert_mirrored(db, sightings, log, name, entries, told_after=told_after))

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

    async def adopt_pending(self, run: Run, target: str, since: datetime) -> list[int]:
        """Take over what dead runs left undelivered to `target`; return the ids of those runs. Raises JournalError."""
        from hookscope.journal.adoption import adopt_pending

        return await self._write(lambda db: adopt_pending(db, run, target, since))

    async def catch_up(self) -> None:
        """Wait until all captures are indexed, for a search to be quick; without it that comes by and by."""
        while await self._write(fill_index):
            pass

    async def _write(self, operation: Callable[[sqlite3.Connection], _T]) -> _T:
        result: _T = await self._wait(operation)
        return result

    async def _wait(self, what: What) -> Any:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._begin(what, done)
        return await done

    def _begin(self, what: What, done: Waiter) -> None:
        self._open_thread()
        self._coming.append(Write(what, done))
        if len(self._coming) == 1:
            asyncio.get_running_loop().call_soon(self._hand_over, 1)

    def _open_thread(self) -> WriterThread:
        if self._thread is None or not self._thread.is_alive:
            raise JournalError(f"the journal {self.path} is not open")
        return self._thread

    def _hand_over(self, known: int) -> None:
        """Give the writer what has come, unless this turn of the loop has brought more and the next one may, too.

        The writer and the loop share the interpreter's lock: each batch costs both of them more than a capture does.
        """
        if known < len(self._coming) < ROWS_A_STATEMENT:
            asyncio.get_running_loop().call_soon(self._hand_over, len(self._coming))
        elif self._coming and self._thread:
            self._thread.put(self._coming)
            self._coming = []
