"""Putting back by hand what runs left registered: after a crash, a power cut, or `--keep`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.graph.edge import Edge, Wait, find_subscription
from hookscope.graph.holders import left_to_holder
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.restore import restore
from hookscope.graph.restore_result import RestoreResult, failure_by
from hookscope.graph.restore_steps import next_step, predict

ClientFor = Callable[[LedgerEntry], AbstractAsyncContextManager[Edge]]
"""A client of the entry's app; may raise HookscopeError when the app's secret is missing."""


async def teardown(
    ledger: Ledger,
    entries: Iterable[LedgerEntry],
    client_for: ClientFor,
    *,
    include_live: bool = False,
    doubt: str | None = None,
    is_live: Callable[[str], bool] = run_registry.is_live,
    wait: Wait = asyncio.sleep,
) -> AsyncIterator[tuple[LedgerEntry, RestoreResult]]:
    """Put entries back, and report each as soon as it is done; a failure does not hold up the next.

    An entry of a live run or relay is kept, unless `include_live`. `doubt` is as for `restore`.
    """
    for entry in entries:
        if not include_live and (kept := left_to_holder(entry, is_live)):
            yield entry, kept
            continue
        try:
            async with client_for(entry) as client:
                outcome = await restore(entry, client, ledger, doubt=doubt, wait=wait)
        except HookscopeError as error:
            outcome = failure_by(entry, error)
        yield entry, outcome


async def preview(
    entries: Iterable[LedgerEntry], client_for: ClientFor, *, is_live: Callable[[str], bool] = run_registry.is_live
) -> AsyncIterator[tuple[LedgerEntry, str]]:
    """Return what `teardown` would do to each entry, in words, and change nothing. Raises HookscopeError."""
    for entry in entries:
        if kept := left_to_holder(entry, is_live):
            yield entry, f"kept: {kept.reason}"
            continue
        async with client_for(entry) as client:
            yield entry, await _foretell(entry, client)


async def _foretell(entry: LedgerEntry, client: Edge) -> str:
    current = await find_subscription(client, entry.object)
    shown = current.callback_url if current else "nothing"
    if next_step(entry, current) is None:
        return f"nothing to do: {shown} is registered, which does not belong to this entry"
    after = predict(entry, current)
    if after is None:
        return f"{shown} would be removed"
    return (
        f"{after.callback_url} would be registered with {', '.join(after.fields) or 'no fields'}, in place of {shown}"
    )


def forget(ledger: Ledger, entry: LedgerEntry) -> LedgerEntry:
    """Close an entry without contacting the app; what it displaced stays displaced. Raises HookscopeError."""
    return ledger.close(entry, "forgotten", "closed by hand, without checking the app")
