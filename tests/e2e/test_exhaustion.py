"""Limits on what strangers may use up: descriptors, connections, memory, disk. The way back stays open."""

import asyncio
import json
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import Graph
from tests.support.captures import feed_body
from tests.support.program import Home, Program, start


def descriptors(soft: int, hard: int) -> Callable[[], None]:
    """Lower the limit of open files in the child."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def silent_connections(run: Program, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Open so many connections to the run's receiver that say nothing."""
    address = urlsplit((await run.next("receiver.listening"))["url"])
    opened = [await asyncio.open_connection(address.hostname, address.port) for _ in range(count)]
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.transport.abort()


@pytest.mark.slow
@pytest.mark.parametrize(("soft", "hard"), [(200, 200), (64, 200), (96, 96)])
async def test_many_silent_connections_shut_nobody_out_and_keep_the_way_back(
    home: Home, graph: Graph, soft: int, hard: int
) -> None:
    async with start(home, "run", "--json", environment=graph.environment, preexec_fn=descriptors(soft, hard)) as run:
        await run.next("subscription.active")
        async with silent_connections(run, 300):
            assert await graph.deliver(feed_body()) == 200
            await run.next("capture", kind="notification")
            run.send(signal.SIGTERM)
            assert await run.end() == 0
    assert [one["type"] for one in run.objects if one["type"].startswith("subscription.")][1:] == [
        "subscription.removed"
    ]
    assert graph.registered == {}
    assert "Traceback" not in run.errors


@pytest.mark.parametrize("limit", [20, 42, 95])
async def test_a_run_with_too_few_descriptors_is_refused_before_it_changes_anything(
    home: Home, graph: Graph, limit: int
) -> None:
    few = descriptors(limit, limit)
    async with start(home, "run", "--json", environment=graph.environment, preexec_fn=few) as run:
        assert await run.end() == 2
    assert f"this process may open only {limit} files, and a run needs 96" in run.errors
    assert "ulimit -n" in run.errors
    assert (run.objects, graph.registered) == ([], {})


@pytest.mark.slow
async def test_the_way_back_has_descriptors_of_its_own(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment, preexec_fn=descriptors(150, 150)) as run:
        await run.next("subscription.active")
        (announced,) = (home.state / "runs").glob("*.json")
        address = json.loads(announced.read_text())["address"]
        opened = [await asyncio.open_unix_connection(address) for _ in range(150)]
        run.send(signal.SIGTERM)
        assert await run.end() == 0
        for _, writer in opened:
            writer.transport.abort()
    assert graph.registered == {}


_DYING_LOOP = """
import asyncio, signal
from hookscope.cli import main

signal.signal(signal.SIGUSR1, lambda *_: deaths.append("of the clean-up, too"))
make, deaths = asyncio.events.new_event_loop, []

def watch(loop):
    if not deaths:
        loop.call_later(0.05, watch, loop)
    elif "the loop" not in deaths:
        deaths.append("the loop")
        loop.call_soon(die)
        raise SystemExit(1)

def die():
    raise SystemExit(1)

def new_loop():
    loop = make()
    loop.call_soon(watch, loop)
    return loop

asyncio.events.new_event_loop = new_loop
main(["run", "--json"])
"""


async def test_an_event_loop_that_dies_does_not_take_the_way_back_with_it(home: Home, graph: Graph) -> None:
    command = (sys.executable, "-c", _DYING_LOOP)
    async with start(home, command=command, environment=graph.environment) as run:
        await run.next("subscription.active")
        assert graph.registered
        run.send(signal.SIGUSR1)
        assert await run.end() == 1
    assert graph.registered == {}
