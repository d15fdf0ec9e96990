"""One client for every entry."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from hookscope.graph.edge import Edge
from hookscope.graph.ledger_entry import LedgerEntry


def lending(edge: Edge) -> Callable[[LedgerEntry], AbstractAsyncContextManager[Edge]]:
    @asynccontextmanager
    async def lend(_: LedgerEntry) -> AsyncIterator[Edge]:
        yield edge

    return lend
