"""One client for every entry."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from hookscope.graph.edge import Edge
from hookscope.graph.ledger_entry import Entry


def lending(edge: Edge) -> Callable[[Entry], AbstractAsyncContextManager[Edge]]:
    @asynccontextmanager
    async def lend(_: Entry) -> AsyncIterator[Edge]:
        yield edge

    return lend
