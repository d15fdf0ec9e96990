"""Appends the captures of a relay to the shared log: all waiting ones at once, and none twice."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

from hookscope.errors import StoreError
from hookscope.model.append import Append, Waiter
from hookscope.model.record import Capture, Shared
from hookscope.team.entry import encode
from hookscope.team.log import Entry, SharedLog

_BATCH_ENTRIES = 256
_BATCH_BYTES = 16 << 20


class _Waiting(NamedTuple):
    """A capture with its response time, its entry, and its waiter."""

    capture: Capture
    entry: Entry
    waiter: Waiter


class LogWriter:
    """Appends to a shared log for a receiver: an Appender, and an async context manager. Use it from one event loop.

    One append is in flight at a time; captures that come meanwhile go with the next one. When one fails, all
    that wait get the error, and nothing is retried: the outcome may be unknown, and the sender repeats the request.
    `relay` is the name of this receiver.
    """

    def __init__(self, log: SharedLog, *, relay: str) -> None:
        self._log = log
        self._relay = relay
        self._waiting: deque[_Waiting] = deque()
        self._came = asyncio.Event()
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        self._working = asyncio.create_task(self._work(), name="append to the shared log")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        self._came.set()
        await self._working

    def begin_append(self, append: Append, waiter: Waiter) -> None:
        """Begin to append a capture, and return at once; `waiter` gets it with its place in the log.

        Raises StoreError when the writer is closed.
        """
        if not self._open:
            raise StoreError("the shared log is not open for captures")
        capture = _timed(append)
        identities = append.identify(capture) if append.identify else ()
        self._waiting.append(_Waiting(capture, encode(capture, identities, self._relay), waiter))
        self._came.set()

    async def _work(self) -> None:
        """Append captures until the writer is closed and nothing waits."""
        while self._open or self._waiting:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                await self._append(self._take())

    def _take(self) -> list[_Waiting]:
        """Take the captures for the next append: at least one, however large it is."""
        batch = [self._waiting.popleft()]
        room = _BATCH_BYTES - len(batch[0].entry.body)
        while self._waiting and len(batch) < _BATCH_ENTRIES and (room := room - len(self._waiting[0].entry.body)) >= 0:
            batch.append(self._waiting.popleft())
        return batch

    async def _append(self, batch: list[_Waiting]) -> None:
        try:
            first = await self._log.append([one.entry for one in batch])
        except Exception as error:
            # Captures that came meanwhile have waited as long; they must not wait for a second deadline.
            for one in (*batch, *self._waiting):
                _tell(one.waiter, one.waiter.set_exception, _as_store_error(error))
            self._waiting.clear()
        else:
            log = str(self._log.about.id)
            for seq, one in enumerate(batch, first):
                _tell(one.waiter, one.waiter.set_result, one.capture.logged(Shared(log=log, seq=seq)))


def _tell(waiter: Waiter, tell: Callable[[Any], None], outcome: Capture | StoreError) -> None:
    if waiter.done():
        return
    try:
        tell(outcome)
    except Exception as error:  # The others must get their result all the same.
        context = {"message": "reporting an append", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)


def _as_store_error(error: Exception) -> StoreError:
    return error if isinstance(error, StoreError) else StoreError(f"the shared log cannot be written: {error!r}")


def _timed(append: Append) -> Capture:
    """Return a capture with its response time up to the commit."""
    if append.since is None:
        return append.capture
    return append.capture.kept(0, round((time.perf_counter() - append.since) * 1000, 3), ())
