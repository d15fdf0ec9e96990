"""fasthook: a server that keeps what it receives in a JSON file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.peers.process import listening, running
from tests.support.free_port import free_port


@asynccontextmanager
async def serve(executable: str) -> AsyncIterator[str]:
    """Run it."""
    port = free_port()
    async with running(executable, "listen", str(port), "--host", "127.0.0.1", "--quiet", "--save", "events.json"):
        await listening(port)
        yield f"http://127.0.0.1:{port}/hook"
