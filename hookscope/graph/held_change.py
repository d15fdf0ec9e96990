"""A change that a run has made or is making: its entry in the ledger, and the call that makes it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hookscope.errors import HookscopeError
from hookscope.graph.edge import LostAnswerError, Wait, look_until
from hookscope.graph.exclusive_restore import write_off
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import RestoreResult, attempt, failure
from hookscope.model.timestamps import now

if TYPE_CHECKING:
    from datetime import datetime

_Entry = TypeVar("_Entry", bound=LedgerRecord)
_Edge = TypeVar("_Edge")


class HeldChange(ABC, Generic[_Entry, _Edge]):
    """A change that is to be put back in the end. A subclass says how, and what it shows on its edge.

    `inherited` says that an earlier process made it for good. `registered` says that what the entry describes is there,
    or once was; `refused` that it never was, since the last call was refused. `asked_at` and `answered_at` are the
    times of the last call and of its answer, if it had one.
    """

    def __init__(self, entry: _Entry, *, inherited: bool = False) -> None:
        self.entry = entry
        self.inherited = inherited
        self.registered = False
        self.refused = False
        self.asked_at: datetime | None = None
        self.answered_at: datetime | None = None
        self._call: asyncio.Task[None] | None = None
        self._doubt: LostAnswerError | None = None

    @abstractmethod
    async def is_seen(self, edge: _Edge) -> bool:
        """Return whether a look at the edge shows the newest change. Raises HookscopeError."""

    @abstractmethod
    async def restore(self, edge: _Edge, ledger: LedgerTable[_Entry], wait: Wait) -> RestoreResult:
        """Put back what the entry displaced, once no call is under way. Raises no ordinary error."""

    @property
    def doubtful(self) -> bool:
        """True if nothing is known to be there, but something may be soon."""
        return self._doubt is not None and not self.registered

    async def settle(self, edge: _Edge, wait: Wait) -> None:
        """Wait for the call under way, if any; without an answer, look for its effect.

        Being cancelled does not cancel the call: an interrupted one may still take effect after a look that found
        nothing to put back. Raises what the call raised, and LostAnswerError each time as long as its effect does not
        show.
        """
        if self._call:
            await asyncio.wait([self._call])
            call, self._call, self._doubt = self._call, None, None
            try:
                call.result()
                self.registered, self.answered_at = True, now()
            except LostAnswerError as error:
                self._doubt = error
            except HookscopeError:
                self.refused = not self.registered
                raise
        if self._doubt and await self._shows(edge, wait):
            self._doubt, self.registered = None, True
        if self._doubt:
            raise self._doubt

    async def put_back(
        self, edge: _Edge, ledger: LedgerTable[_Entry], wait: Wait, is_gone: Callable[[], bool]
    ) -> RestoreResult:
        """Put back what was displaced, unless a call without an answer may still take effect.

        When `is_gone` says that the Graph API itself has ended, as a sandbox may, the entry is only closed. Raises no
        ordinary error.
        """
        if not is_gone():
            outcome = await attempt(self.entry, self._restore_settled(edge, ledger, wait))
            if outcome.ending is not None or not is_gone():
                return outcome
        return write_off(self.entry, ledger)

    async def _restore_settled(self, edge: _Edge, ledger: LedgerTable[_Entry], wait: Wait) -> RestoreResult:
        with suppress(HookscopeError):  # A look tells the outcome.
            await self.settle(edge, wait)
        if self.doubtful:
            return failure(self.entry, "the call to change it got no answer and may still take effect")
        return await self.restore(edge, ledger, wait)

    async def _make(self, call: Coroutine[Any, Any, None], edge: _Edge, wait: Wait) -> None:
        """Start the call, and wait for its outcome as `settle` does."""
        self.refused, self.asked_at, self.answered_at = False, now(), None
        self._call = asyncio.create_task(call, name=f"change {self.entry.subject}")
        await self.settle(edge, wait)

    async def _shows(self, edge: _Edge, wait: Wait) -> bool:
        """Return whether the change shows within a few looks."""
        try:
            return await look_until(lambda: self.is_seen(edge), bool, wait)
        except HookscopeError:
            return False
