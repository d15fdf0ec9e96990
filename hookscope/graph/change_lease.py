"""The common part of the leases on an app and on accounts: the end of each change that a run holds.

A change stays, is put back, or is given up to its ledger entry, whatever it was made to.
"""

import asyncio
from abc import ABC
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from hookscope.errors import HandshakeError, HookscopeError
from hookscope.graph.edge import Wait
from hookscope.graph.held_change import HeldChange
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import RestoreResult, not_put_back
from hookscope.model.run_events import Ending, Level, Notice, RunEvent
from hookscope.settings import LeaseSettings

_NOTHING = "nothing was changed"

_Entry = TypeVar("_Entry", bound=LedgerRecord)
_Edge = TypeVar("_Edge")
_Held = TypeVar("_Held", bound=HeldChange[Any, Any])


class ChangeLease(ABC, Generic[_Entry, _Edge, _Held]):
    """The changes that a run holds, each by the subject of its entry.

    A subclass makes them. It adds to `_held` what is about to be changed, once the ledger has it, and to `_active` the
    subjects of confirmed changes.
    """

    def __init__(
        self,
        edge: _Edge,
        ledger: LedgerTable[_Entry],
        settings: LeaseSettings,
        *,
        holder: str,
        publish: Callable[[RunEvent], None],
        is_gone: Callable[[], bool],
        wait: Wait,
    ) -> None:
        self._edge = edge
        self._ledger = ledger
        self._settings = settings
        self._holder = holder
        self._publish = publish
        self._is_gone = is_gone
        self._wait = wait
        self._held: dict[str, _Held] = {}
        self._active: set[str] = set()

    @property
    def open_entries(self) -> tuple[_Entry, ...]:
        """The entries that are not put back yet."""
        return tuple(hold.entry for hold in self._held.values())

    async def give_up(self, error: HookscopeError) -> None:
        """Put back the changes made before `error`, and add that to it; raises RestoreError when that fails.

        What an earlier process has left in place for good stays, and so does the entry of a call that may still take
        effect, for the next look to find out.
        """
        doubtful = [hold for hold in self._held.values() if hold.doubtful]
        inherited = [hold for hold in self._held.values() if hold.inherited and not hold.doubtful]
        for hold in (*doubtful, *inherited):
            del self._held[hold.entry.subject]
        touched = [subject for subject, hold in self._held.items() if hold.registered]
        outcomes = await self._put_all_back()
        if failures := [outcome for outcome in outcomes if outcome.failed]:
            raise not_put_back(failures, because=error.message) from error
        done = [error.done] if error.done and error.done != _NOTHING else []
        done += [f"{one.object} was {one.ending}: {one.reason}" for one in outcomes if one.object in touched]
        if inherited:
            done.append(f"{_subjects(inherited)} stays as an earlier process left it")
        if doubtful:
            done.append(f"the ledger entry of {_subjects(doubtful)} is kept, since the call may still take effect")
            error.hint = "; then ".join(filter(None, (error.hint, doubtful[0].entry.teardown_command)))
        error.done = "; ".join(done) or _NOTHING

    async def release(self) -> None:
        """Put everything back, or with `keep` leave it in place, and publish the end of each change.

        What was never confirmed is put back even with `keep`. Raises RestoreError, with the commands to repeat, when
        something may still be in place; another call retries that.
        """
        try:
            if self._settings.keep:
                for hold in [one for subject, one in self._held.items() if subject in self._active or one.entry.kept]:
                    with suppress(HookscopeError):  # It stays, whatever the outcome of a call under way.
                        await hold.settle(self._edge, self._wait)
                    self._keep(hold)
        finally:  # Without a note that it is kept, it must not lose its way back.
            if failures := [outcome for outcome in await self._put_all_back() if outcome.failed]:
                raise not_put_back(failures)

    async def abandon(self) -> None:
        """Give up everything without further changes at Meta or in the ledger; await calls in flight."""
        for hold in self._held.values():
            with suppress(HookscopeError):
                await hold.settle(self._edge, self._wait)
        self._held.clear()

    def _note_standing(self) -> None:
        """Note that what a relay holds stays: now instead of at the end, which may be a power cut."""
        if self._settings.standing is not None:
            for hold in self._held.values():
                hold.entry = self._ledger.keep(hold.entry)

    def _keep(self, hold: _Held) -> None:
        entry = hold.entry = self._ledger.keep(hold.entry)
        del self._held[entry.subject]
        why = "because of --keep" if self._settings.standing is None else "for the next relay"
        reason = f"it stays registered {why}; to put it back: {entry.teardown_command}"
        self._publish(entry.ended(Ending.KEPT, reason, callback_url=next(reversed(entry.callback_urls), None)))

    async def _put_all_back(self) -> list[RestoreResult]:
        """Put back everything held, concurrently, and return the outcomes; what failed stays held."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._put_one_back(hold), name=f"put back {subject}")
                for subject, hold in self._held.items()
            ]
        return [task.result() for task in tasks]

    async def _put_one_back(self, hold: _Held) -> RestoreResult:
        entry = hold.entry
        outcome = await hold.put_back(self._edge, self._ledger, self._wait, self._is_gone)
        if outcome.ending is None:
            self._publish(outcome.as_notice())
            return outcome
        del self._held[entry.subject]
        if entry.subject in self._active or outcome.ending is not Ending.LEFT:
            self._publish(entry.ended(outcome.ending, outcome.reason, callback_url=outcome.callback_url))
        return outcome

    def _say(self, level: Level, message: str, hint: str | None = None) -> None:
        self._publish(Notice(level=level, message=message, hint=hint))


def raise_worst(errors: Sequence[HookscopeError]) -> None:
    """Raise the first failed handshake of several errors, or else the first of them, if there are any."""
    if errors:
        raise next((error for error in errors if isinstance(error, HandshakeError)), errors[0])


def _subjects(holds: Sequence[HeldChange[Any, Any]]) -> str:
    return ", ".join(hold.entry.subject for hold in holds)
