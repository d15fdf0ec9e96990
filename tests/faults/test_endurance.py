"""Many minutes at 200 notifications a second, with a screen, an app, and two attached views: nothing grows."""

import asyncio
import os
import signal
import statistics
from collections.abc import Sequence

import pytest

from tests.bench.whole.processes import descriptors, processor_seconds, resident
from tests.e2e.conftest import Graph
from tests.faults.load import Load
from tests.support.application import Application
from tests.support.processes import family, needs_proc
from tests.support.program import Home, start
from tests.support.terminal import on_terminal
from tests.support.until import until

_RATE = 200
_SAMPLES = 10
_MIB_AN_HOUR = 30
_CONNECTIONS = 100
"""Of the load: as many as its client opens on a busy machine. A leak would add one for each of thousands."""


@pytest.mark.faults
@pytest.mark.slow
@needs_proc
@pytest.mark.timeout(0)
async def test_memory_descriptors_and_latency_stay_flat(home: Home, graph: Graph, pytestconfig: pytest.Config) -> None:
    minutes: float = pytestconfig.getoption("--fault-minutes")
    load = Load(lambda: graph.registered["page"][0], graph.secret)
    async with Application() as app, on_terminal(home, "run", "-f", app.url, environment=graph.environment) as run:
        await until(lambda: graph.registered)
        async with (
            start(home, "attach", "--output", "json") as one,
            start(home, "attach", "--output", "plain") as other,
            load.running(_RATE),
        ):
            await until(lambda: one.of("capture") and other.lines)
            await asyncio.sleep(minutes * 60 / _SAMPLES)  # All is loaded, and caches are filled.
            samples = []
            for _ in range(_SAMPLES):
                run.screen = b""
                for printed in (one.objects, one.lines, other.lines):
                    printed.clear()  # In an hour they would take 5 GB.
                pids = [*family(run.pid), one.process.pid, other.process.pid]
                before, number = processor_seconds(pids), len(load.taken)
                await asyncio.sleep(minutes * 60 / _SAMPLES)
                taken = sorted(seconds for _, seconds in load.taken[number:])
                samples.append((resident(pids), descriptors(pids), taken[len(taken) * 99 // 100] * 1000))
                print(
                    f"{resident([run.pid]):6.1f} MiB of the engine {samples[-1][0]:6.1f} MiB of all "
                    f"{samples[-1][1]:4} descriptors   p99 {samples[-1][2]:6.1f} ms   "
                    f"{processor_seconds(pids) - before:5.1f} s of processor time"
                )
        await until(lambda: len(app.received) >= len(load.acknowledged), seconds=120)
        os.kill(run.pid, signal.SIGTERM)
        assert await run.end() == 0
    assert load.acknowledged <= {sent.body for sent in app.received}
    assert graph.registered == {}
    memory, files, _ = zip(*samples, strict=True)
    assert _growth(files) <= _CONNECTIONS, samples
    assert _growth(memory) <= max(15, _MIB_AN_HOUR * minutes / 120), samples


def _growth(values: Sequence[float]) -> float:
    """Return by how much the second half lies above the first."""
    half = len(values) // 2
    return statistics.median(values[half:]) - statistics.median(values[:half])
