"""Measure what a run with its screen takes from the machine."""

import asyncio
from collections.abc import Iterator

from tests.bench.generator import load
from tests.bench.measure import Build, Figures, Measure
from tests.bench.whole.processes import processor_seconds, resident
from tests.bench.whole.running import registered
from tests.support.processes import family

_SETTLE_SECONDS = 3.0
_IDLE_SECONDS = 10.0


def measures() -> Iterator[Measure]:
    """Yield the measures of memory and of processor time."""
    yield Measure("memory after a load", _memory)
    yield Measure("idle, with the screen", _idle)


async def _memory(build: Build) -> Figures:
    async with registered(build, output="tui") as run:
        await load(run.url, run.secret, 32)
        return {"MiB of the engine": resident([run.pid]), "MiB of all processes": resident(family(run.pid))}


async def _idle(build: Build) -> Figures:
    async with registered(build, output="tui") as run:
        await asyncio.sleep(_SETTLE_SECONDS)
        pids = family(run.pid)
        before = processor_seconds(pids)
        await asyncio.sleep(_IDLE_SECONDS)
        return {"% of a core": (processor_seconds(pids) - before) / _IDLE_SECONDS * 100}
