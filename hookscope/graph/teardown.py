"""Putting back by hand what runs left registered: after a crash, a power cut, or `--keep`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.graph.edge import Edge, Wait, look
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import Entry
from hookscope.graph.restore import Outcome, put_back
from hookscope.graph.restore_steps import foresee, next_step
from hookscope.model.run_events import Ending

ClientFor = Callable[[Entry], AbstractAsyncContextManager[Edge]]
"""A client of the entry's app; may raise HookscopeError when the app's secret is not at hand."""


async def teardown(
    ledger: Ledger,
    entries: Iterable[Entry],
    client_for: ClientFor,
    *,
    include_live: bool = False,
    is_live: Callable[[str], bool] = run_registry.is_live,
    wait: Wait = asyncio.sleep,
) -> AsyncIterator[tuple[Entry, Outcome]]:
    """Put entries back, and tell of each as soon as it is done; one that fails does not hold up the next.

    An entry of a run that goes on is kept, unless `include_live`: the run puts it back itself.
    """
    for entry in entries:
        if not include_live and (kept := _kept(entry, is_live)):
            yield entry, kept
            continue
        try:
            async with client_for(entry) as client:
                outcome = await put_back(entry, client, ledger, wait=wait)
        except HookscopeError as error:
            reason = error.message + (f" ({error.hint})" if error.hint else "")
            outcome = Outcome(
                object=entry.object, ending=None, callback_url=None, reason=reason, hint=entry.teardown_command
            )
        yield entry, outcome


async def preview(
    entries: Iterable[Entry], client_for: ClientFor, *, is_live: Callable[[str], bool] = run_registry.is_live
) -> AsyncIterator[tuple[Entry, str]]:
    """Say what `teardown` would do to each entry, in words; nothing is changed. Raises HookscopeError."""
    for entry in entries:
        if kept := _kept(entry, is_live):
            yield entry, f"kept: {kept.reason}"
            continue
        async with client_for(entry) as client:
            yield entry, await _foretell(entry, client)


async def _foretell(entry: Entry, client: Edge) -> str:
    current = await look(client, entry.object)
    shown = current.callback_url if current else "nothing"
    if next_step(entry, current) is None:
        return f"nothing to do: {shown} is registered, which is not this entry's"
    after = foresee(entry, current)
    if after is None:
        return f"{shown} would be removed"
    return (
        f"{after.callback_url} would be registered with {', '.join(after.fields) or 'no fields'}, in place of {shown}"
    )


def forget(ledger: Ledger, entry: Entry) -> Entry:
    """Close an entry without a word to the app; what it displaced stays displaced. Raises HookscopeError."""
    return ledger.close(entry, "forgotten", "closed by hand, without a look at the app")


def _kept(entry: Entry, is_live: Callable[[str], bool]) -> Outcome | None:
    """Return the outcome for an entry that is left to the run that holds it; None where no run does."""
    if not is_live(entry.holder):
        return None
    return Outcome(
        object=entry.object,
        ending=Ending.KEPT,
        callback_url=entry.callback_urls[-1],
        reason="the run that holds it goes on, and puts it back when it ends",
    )
