"""Measure how many signed notifications a second are captured, durably, before their answer."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from tests.bench import floors
from tests.bench.generator import load
from tests.bench.measure import Build, Figures, Measure
from tests.bench.peers.registry import Server, installed
from tests.bench.whole.running import registered


def measures() -> Iterator[Measure]:
    """Yield the measures of capturing."""
    for connections in (1, 32, 128):
        word = "connection" if connections == 1 else "connections"
        peers = {
            peer.command: partial(_peer, peer.serve, path, connections) for peer, path in installed() if peer.serve
        }
        bare = partial(floors.bare_capture, connections)
        least = {"fdatasync + bare aiohttp": floors.flush_and_request} if connections == 1 else {}
        beside: dict[str, Callable[[], Awaitable[Figures]]] = {"bare aiohttp": bare, **least, **peers}
        yield Measure(f"capture, {connections} {word}", partial(capture, connections=connections), beside)
    for output, name in (("plain", "plain"), ("tui", "with the screen")):
        bare = partial(floors.bare_capture, 32)
        yield Measure(
            f"capture, 32 connections, {name}", partial(capture, connections=32, output=output), {"bare aiohttp": bare}
        )


async def capture(build: Build, connections: int, output: str = "json") -> Figures:
    """Load a run."""
    async with registered(build, output=output) as run:
        return (await load(run.url, run.secret, connections)).figures


async def _peer(serve: Server, executable: str, connections: int) -> Figures:
    async with serve(executable) as url:
        return (await load(url, "secret", connections)).figures
