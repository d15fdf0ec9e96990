"""Putting back by hand what runs left on an app or an account: after a crash, a power cut, or `--keep`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias, TypeVar

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.graph.edge import Wait
from hookscope.graph.holders import left_to_holder
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import Doubt, RestoreResult, doubt_of_relays, failure_by

_Entry = TypeVar("_Entry", bound=LedgerRecord)
_AnyEntry = TypeVar("_AnyEntry", bound=LedgerRecord, contravariant=True)
_Edge = TypeVar("_Edge")
_AnyEdge = TypeVar("_AnyEdge", contravariant=True)

EdgeFor: TypeAlias = Callable[[_Entry], AbstractAsyncContextManager[_Edge]]
"""An edge of the entry's app; may raise HookscopeError when a secret or a token is missing."""


class Restore(Protocol[_Entry, _AnyEdge]):
    """A function that puts one entry back, and raises no ordinary error; see `hookscope.graph.restore`."""

    async def __call__(
        self, entry: _Entry, edge: _AnyEdge, ledger: LedgerTable[_Entry], /, *, doubt: str | None, wait: Wait
    ) -> RestoreResult:
        """Return the outcome."""


class Foretell(Protocol[_AnyEntry, _AnyEdge]):
    """A function that says in words what `Restore` would do, and raises HookscopeError."""

    async def __call__(self, entry: _AnyEntry, edge: _AnyEdge, /, *, doubt: str | None) -> str:
        """Return the words."""


async def teardown(
    ledger: LedgerTable[_Entry],
    entries: Iterable[_Entry],
    edge_for: EdgeFor[_Entry, _Edge],
    restore: Restore[_Entry, _Edge],
    *,
    include_live: bool = False,
    doubt: Doubt = doubt_of_relays,
    is_live: Callable[[str], bool] = run_registry.is_live,
    wait: Wait = asyncio.sleep,
) -> AsyncIterator[tuple[_Entry, RestoreResult]]:
    """Put entries back, and report each as soon as it is done; a failure does not hold up the next.

    An entry of a live run or relay is kept, unless `include_live`. `doubt` is that of each entry.
    """
    for entry in entries:
        if not include_live and (kept := left_to_holder(entry, is_live)):
            yield entry, kept
            continue
        try:
            async with edge_for(entry) as edge:
                outcome = await restore(entry, edge, ledger, doubt=doubt(entry), wait=wait)
        except HookscopeError as error:
            outcome = failure_by(entry, error)
        yield entry, outcome


async def preview(
    entries: Iterable[_Entry],
    edge_for: EdgeFor[_Entry, _Edge],
    foretell: Foretell[_Entry, _Edge],
    *,
    doubt: Doubt = doubt_of_relays,
    is_live: Callable[[str], bool] = run_registry.is_live,
) -> AsyncIterator[tuple[_Entry, str]]:
    """Return what `teardown` would do to each entry, in words, and change nothing. Raises HookscopeError."""
    for entry in entries:
        if kept := left_to_holder(entry, is_live):
            yield entry, f"kept: {kept.reason}"
            continue
        async with edge_for(entry) as edge:
            yield entry, await foretell(entry, edge, doubt=doubt(entry))
