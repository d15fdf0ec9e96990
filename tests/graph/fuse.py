"""A fuse that blows at a chosen step: the process is gone before, or right after, a write or a call."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hookscope.graph.edge import Edge
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_file import LedgerFile
from hookscope.meta.subscription import Subscription
from hookscope.settings import App


class Crash(BaseException):
    """The end of a process that nothing catches."""


def is_crash(error: BaseException) -> bool:
    """Return whether it is a crash, or a group of them."""
    return isinstance(error, Crash) or (isinstance(error, BaseExceptionGroup) and all(map(is_crash, error.exceptions)))


class Fuse:
    """Blows at the step of that number, and at every one after it: a process that is gone does nothing more."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.at is not None and self.steps >= self.at:
            raise Crash


class FusedEdge:
    """A client on a fuse."""

    def __init__(self, edge: Edge, fuse: Fuse) -> None:
        self._edge = edge
        self._fuse = fuse

    @property
    def app(self) -> App:
        return self._edge.app

    async def subscriptions(self) -> tuple[Subscription, ...]:
        self._fuse.step()
        found = await self._edge.subscriptions()
        self._fuse.step()
        return found

    async def subscribe(self, **options: Any) -> None:
        self._fuse.step()
        await self._edge.subscribe(**options)
        self._fuse.step()

    async def unsubscribe(self, *, object: str, fields: Iterable[str] | None = None) -> None:  # noqa: A002
        self._fuse.step()
        await self._edge.unsubscribe(object=object, fields=fields)
        self._fuse.step()


class _QuickFile(LedgerFile):
    def _connect(self) -> sqlite3.Connection:
        db = super()._connect()
        db.execute("PRAGMA synchronous = OFF")
        return db


class QuickLedger(Ledger):
    """A ledger that outlives a process, as played here thousands of times, and need not outlive a power cut."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._file = _QuickFile(path)


class FusedLedger(QuickLedger):
    """A ledger on a fuse."""

    fuse = Fuse()

    def begin(self, entry: LedgerEntry) -> LedgerEntry:
        self.fuse.step()
        written = super().begin(entry)
        self.fuse.step()
        return written

    def _update(self, entry: LedgerEntry, *, holder: str | None = None) -> LedgerEntry:
        self.fuse.step()
        written = super()._update(entry, holder=holder)
        self.fuse.step()
        return written


def fused(ledger: Ledger, fuse: Fuse) -> FusedLedger:
    """Return the same ledger, on a fuse."""
    other = FusedLedger(ledger.path)
    other.fuse = fuse
    return other
