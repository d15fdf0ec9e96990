"""`hookscope teardown` for the changes that runs left on Pages, WhatsApp accounts, and phone numbers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.graph.edge import Wait
from hookscope.graph.holders import left_to_holder
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.restore import describe, restore
from hookscope.graph.restore_result import RestoreResult, failure_by

EdgeFor = Callable[[InstallationEntry], AbstractAsyncContextManager[InstallationEdge]]
"""An edge of the entry's app; may raise HookscopeError when a secret or a token is missing."""

IsLive = Callable[[str], bool]


async def teardown(
    ledger: InstallationLedger,
    entries: Iterable[InstallationEntry],
    edge_for: EdgeFor,
    *,
    include_live: bool = False,
    doubt: str | None = None,
    is_live: IsLive = run_registry.is_live,
    wait: Wait = asyncio.sleep,
) -> AsyncIterator[tuple[InstallationEntry, RestoreResult]]:
    """Put entries back, and report each as soon as it is done; a failure does not hold up the next.

    An entry of a live run or relay is kept, unless `include_live`. `doubt` is as for `restore`.
    """
    for entry in entries:
        if not include_live and (kept := left_to_holder(entry, is_live)):
            yield entry, kept
            continue
        try:
            async with edge_for(entry) as edge:
                outcome = await restore(entry, edge, ledger, doubt=doubt, wait=wait)
        except HookscopeError as error:
            outcome = failure_by(entry, error)
        yield entry, outcome


async def preview(
    entries: Iterable[InstallationEntry], edge_for: EdgeFor, *, is_live: IsLive = run_registry.is_live
) -> AsyncIterator[tuple[InstallationEntry, str]]:
    """Describe what `teardown` would do to each entry, and change nothing. Raises HookscopeError."""
    for entry in entries:
        if kept := left_to_holder(entry, is_live):
            yield entry, f"kept: {kept.reason}"
            continue
        async with edge_for(entry) as edge:
            current = await edge.look(entry.scope)
        wanted = entry.put_back(current)
        if wanted == current:
            yield entry, "nothing to do: nothing there is ours anymore"
        elif wanted is None:
            yield entry, "the app would be removed from it"
        else:
            yield entry, f"it would have {describe(entry.scope, wanted)} instead of {describe(entry.scope, current)}"
