"""Measure how long a user waits for the program's start."""

import signal
import time
from collections.abc import Iterator
from functools import partial

from tests.bench import floors
from tests.bench.measure import Build, Figures, Measure
from tests.bench.peers.registry import Server, installed
from tests.bench.whole.running import home_of, seconds_of, stop
from tests.support.program import COMMAND, start
from tests.support.terminal import on_terminal


def measures() -> Iterator[Measure]:
    """Yield the measures of a start."""
    peers = installed()
    versions = {peer.command: partial(_peer_version, executable) for peer, executable in peers}
    yield Measure("start, --version", _version, {"python -c pass": floors.interpreter, **versions})
    servers = {peer.command: partial(_peer_listening, peer.serve, path) for peer, path in peers if peer.serve}
    yield Measure("start, until it listens", partial(_event, "receiver.listening"), servers)
    yield Measure("start, until it is registered", partial(_event, "subscription.active"))
    yield Measure("start, until the first paint", _painted)


async def _version(build: Build) -> Figures:
    async with home_of(build) as home:
        return {"ms": await seconds_of(home, "--version") * 1000}


async def _peer_version(executable: str) -> Figures:
    return {"ms": await floors.ended(executable, "--version")}


async def _peer_listening(serve: Server, executable: str) -> Figures:
    began = time.perf_counter()
    async with serve(executable):
        return {"ms": (time.perf_counter() - began) * 1000}


async def _event(kind: str, build: Build) -> Figures:
    async with home_of(build) as home:
        began = time.perf_counter()
        async with start(home, "run", "--sandbox", "--json", command=COMMAND) as run:
            await run.next(kind)
            elapsed = (time.perf_counter() - began) * 1000
            run.send(signal.SIGTERM)
            await run.end()
    return {"ms": elapsed}


async def _painted(build: Build) -> Figures:
    async with home_of(build) as home:
        began = time.perf_counter()
        async with on_terminal(home, "run", "--sandbox") as terminal:
            await terminal.shows("hookscope")
            elapsed = (time.perf_counter() - began) * 1000
            await stop(terminal)
    return {"ms": elapsed}
