"""Restoring an account to its state before hookscope changed it, as `hookscope.graph.restore` does for an app."""

import asyncio

from hookscope.errors import HookscopeError
from hookscope.graph.edge import LostAnswerError, Wait, look_until
from hookscope.graph.exclusive_restore import restore_alone
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import RestoreResult, in_doubt
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Ending
from hookscope.scope import Scope, ScopeKind


async def restore(
    entry: InstallationEntry,
    edge: InstallationEdge,
    ledger: LedgerTable[InstallationEntry],
    *,
    after_refusal: bool = False,
    doubt: str | None = None,
    wait: Wait = asyncio.sleep,
) -> RestoreResult:
    """Put back what an entry changed, and close it.

    Raises no ordinary error: a failure is an outcome, and the entry stays open for the next restore. `after_refusal`
    says that ours has just been refused: if there is no override then, the displaced one went with it. `doubt` is as
    for `hookscope.graph.restore`. `wait` sleeps for the seconds between two looks.
    """
    return await restore_alone(entry, ledger, lambda known: _put_back(known, edge, after_refusal, doubt, wait))


async def foretell(entry: InstallationEntry, edge: InstallationEdge, *, doubt: str | None) -> str:
    """Return in words what a restore would do now. Raises HookscopeError."""
    current = await edge.look(entry.scope)
    wanted = entry.put_back(current)
    if wanted == current:
        if doubtful := _in_doubt(entry, current, doubt):
            return f"it would stay open: {doubtful.reason}"
        return "nothing to do: nothing there is ours anymore"
    if wanted is None:
        return "the app would be removed from it"
    return f"it would have {describe(entry.scope, wanted)} instead of {describe(entry.scope, current)}"


async def _put_back(
    entry: InstallationEntry, edge: InstallationEdge, after_refusal: bool, doubt: str | None, wait: Wait
) -> RestoreResult:
    current = await edge.look(entry.scope)
    wanted = entry.put_back(current)
    if after_refusal and entry.restore_verify_token and (current is None or current.override_url is None):
        wanted = entry.displaced
    if wanted == current:
        lost = f"nothing there is ours anymore{_describe_lost(entry, current)}"
        return _in_doubt(entry, current, doubt) or _outcome(entry, Ending.LEFT, current, lost)
    current = await _change(entry, edge, wanted, wait)
    if wanted is not None and entry.put_back(current) != current and entry.scope.kind is ScopeKind.PAGE:
        # No document says that a POST replaces a Page's fields; a new installation has only its own.
        await edge.set(entry.scope, None)
        current = await _change(entry, edge, wanted, wait)
    if entry.put_back(current) != current:
        raise HookscopeError(
            f"the Graph API answered 'success', but {entry.scope} still has {describe(entry.scope, current)}"
        )
    return _outcome(entry, Ending.RESTORED if wanted else Ending.REMOVED, current, _describe_end(entry, current))


def _in_doubt(entry: InstallationEntry, current: SubscribedApp | None, doubt: str | None) -> RestoreResult | None:
    """Return the outcome for an entry whose way back must be kept although another override is set."""
    if doubt and current and current.override_url and _describe_lost(entry, current):
        return in_doubt(entry, current.override_url, doubt)
    return None


def _describe_lost(entry: InstallationEntry, current: SubscribedApp | None) -> str:
    former = entry.displaced.override_url if entry.displaced else None
    has_former = former is None or (current is not None and current.override_url == former)
    return "" if has_former else f"; its former callback was {former}"


def _describe_end(entry: InstallationEntry, current: SubscribedApp | None) -> str:
    former = entry.displaced.override_url if entry.displaced else None
    if former and (current is None or current.override_url != former):
        return f"its former callback {former} could not be put back without its verify token"
    return f"it has {describe(entry.scope, current)} again" if current else "the app is removed from it"


async def _change(
    entry: InstallationEntry, edge: InstallationEdge, wanted: SubscribedApp | None, wait: Wait
) -> SubscribedApp | None:
    """Set the wanted state, and return the state read afterward."""
    trouble: HookscopeError | None = None
    try:
        await edge.set(entry.scope, wanted, entry.restore_verify_token)
    except LostAnswerError as error:
        trouble = error  # The next looks show the outcome.
    current = await look_until(lambda: edge.look(entry.scope), lambda current: entry.put_back(current) == current, wait)
    if trouble and entry.put_back(current) != current:
        raise trouble
    return current


def describe(scope: Scope, current: SubscribedApp | None) -> str:
    """Describe an account's installation of the app."""
    if current is None:
        return "nothing of the app"
    if scope.kind is ScopeKind.PAGE:
        return f"the fields {list_fields(current.fields)}" if current.fields else "the app without fields"
    return f"the callback {current.override_url}" if current.override_url else "no callback of its own"


def _outcome(entry: InstallationEntry, ending: Ending, current: SubscribedApp | None, reason: str) -> RestoreResult:
    url = current.override_url if current else None
    return RestoreResult(object=entry.subject, ending=ending, callback_url=url, reason=reason)
