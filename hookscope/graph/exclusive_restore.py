"""The frame of every restore: one process at a time, from an open entry of the ledger to the closed one."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from msgspec.structs import replace

from hookscope.errors import HookscopeError
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import RestoreResult, failure, failure_by
from hookscope.model.run_events import Ending

_TURN_SECONDS = 45.0
"""The time that another process may take to put the same entry back."""

_Record = TypeVar("_Record", bound=LedgerRecord)


async def restore_alone(
    entry: _Record, ledger: LedgerTable[_Record], put_back: Callable[[_Record], Awaitable[RestoreResult]]
) -> RestoreResult:
    """Put an entry back with `put_back`, unless another process has done so or continues it, and close it.

    Raises no ordinary error: a failure is an outcome, and the entry stays open.
    """
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(ledger.alone(entry, _TURN_SECONDS))
        except TimeoutError:
            return failure(entry, "another process of yours has been putting it back for too long")
        except OSError:
            pass  # Without a folder there is no lock; putting the entry back matters more.
        known = _reread(entry, ledger)
        if not known.is_open:
            return _left(entry, f"another process has handled it: {known.reason}")
        if known.holder != entry.holder:
            return _left(entry, "another process continues it")
        try:
            outcome = await put_back(known)
        except HookscopeError as error:
            return failure_by(known, error)
        return outcome if outcome.failed else _close(known, ledger, outcome)


def write_off(entry: _Record, ledger: LedgerTable[_Record]) -> RestoreResult:
    """Close an entry whose Graph API, a sandbox, has ended together with everything registered there."""
    return _close(entry, ledger, _left(entry, "the sandbox has ended, and so have its registrations"))


def _left(entry: LedgerRecord, reason: str) -> RestoreResult:
    return RestoreResult(object=entry.subject, ending=Ending.LEFT, callback_url=None, reason=reason)


def _reread(entry: _Record, ledger: LedgerTable[_Record]) -> _Record:
    try:
        return ledger.find(entry.id) or entry
    except HookscopeError:
        return entry  # The next step is known from memory; closing the entry will show that the ledger is broken.


def _close(entry: _Record, ledger: LedgerTable[_Record], outcome: RestoreResult) -> RestoreResult:
    try:
        ledger.close(entry, outcome.ending or "", outcome.reason)
    except HookscopeError as error:
        outcome = replace(outcome, reason=f"{outcome.reason} (but {error.message})")
        if _may_be_open(entry, ledger):
            return replace(outcome, ledger_trouble=error.message, hint=entry.teardown_command)
    return outcome


def _may_be_open(entry: _Record, ledger: LedgerTable[_Record]) -> bool:
    """Return whether the ledger still has the entry open, or cannot be read."""
    try:
        found = ledger.find(entry.id)
    except HookscopeError:
        return True
    return found is not None and found.is_open
