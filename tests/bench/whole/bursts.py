"""Measure how fast a burst of notifications reaches the user's application."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from tests.bench.bursts import Send, measure_burst, post
from tests.bench.floors import bare_relay
from tests.bench.measure import Build, Figures, Measure
from tests.bench.peers.registry import installed
from tests.bench.whole.running import registered


def measures() -> Iterator[Measure]:
    """Yield the measures of forwarding. The peers get all events at once, whatever is in flight to us."""
    peers = {
        peer.command: partial(measure_burst, partial(peer.forward, path)) for peer, path in installed() if peer.forward
    }
    for connections in (32, 64, 256):
        bare = partial(measure_burst, partial(bare_relay, connections))
        run = partial(_forwarded, connections=connections)
        yield Measure(f"burst to the app, {connections} in flight", run, {"bare aiohttp": bare, **peers})


async def _forwarded(build: Build, connections: int) -> Figures:
    return await measure_burst(partial(forwarding, build, connections))


@asynccontextmanager
async def forwarding(build: Build, connections: int, target: str) -> AsyncIterator[Send]:
    """Start a run that forwards; its notifications come over so many connections."""
    async with registered(build, "--forward-to", target, output="plain") as run:

        async def send(bodies: Sequence[bytes]) -> float:
            return await post(run.url, bodies, run.secret, connections)

        yield send
