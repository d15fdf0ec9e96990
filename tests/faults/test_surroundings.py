"""What is around a run goes wrong: its tunnel moves, its machine sleeps, its descriptors run out."""

import asyncio
import os
import random
import resource
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from hookscope.journal.reader import JournalReader
from tests.e2e.conftest import Graph
from tests.e2e.test_exhaustion import silent_connections
from tests.e2e.test_tunnel import behind_ngrok
from tests.fakes.fake_ngrok import FakeNgrok
from tests.faults.load import Load
from tests.support.captures import feed_body
from tests.support.processes import family, needs_proc
from tests.support.program import COMMAND, Home, call, start
from tests.support.until import until

pytestmark = [pytest.mark.faults, pytest.mark.slow, needs_proc, pytest.mark.timeout(300)]

_TIMEOUT_SECONDS = 120


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNgrok:
    return FakeNgrok(tmp_path / "ngrok.jsonl", monkeypatch)


async def test_wherever_the_tunnel_moves_it_is_registered_and_put_back(
    home: Home, graph: Graph, fake: FakeNgrok, chance: random.Random
) -> None:
    environment = behind_ngrok(graph, fake)
    load = Load(lambda: graph.registered["page"][0] if graph.registered else None, graph.secret)
    async with start(home, "run", "--json", environment=environment, command=COMMAND) as run, load.running(50):
        for moves in range(chance.randrange(1, 4)):
            await until(lambda: len(run.of("subscription.active")) > moves, seconds=_TIMEOUT_SECONDS)  # noqa: B023
            failure = chance.choice(("1", "2", "502", "lost"))
            graph.server.knobs.turn({"failing_calls": chance.randrange(4), "call_failure": failure})
            await asyncio.sleep(chance.random())
            await fake.dies()
        await until(lambda: len(run.of("subscription.active")) > moves + 1, seconds=_TIMEOUT_SECONDS)
        before = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > before, seconds=_TIMEOUT_SECONDS)
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}
    _assert_kept(home, load)


async def test_a_run_that_slept_goes_on_and_is_put_back(home: Home, graph: Graph, chance: random.Random) -> None:
    """All its processes stop at once, and wake in any order, as on a laptop whose lid was closed."""
    load = Load(lambda: graph.registered["page"][0] if graph.registered else None, graph.secret)
    async with start(home, "run", "--json", environment=graph.environment, command=COMMAND) as run, load.running(50):
        if chance.random() < 0.7:
            await until(lambda: len(load.acknowledged) > 5, seconds=_TIMEOUT_SECONDS)
        await asyncio.sleep(chance.random())
        for number in (signal.SIGSTOP, signal.SIGCONT):
            pids = family(run.process.pid)
            for pid in chance.sample(pids, len(pids)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            await asyncio.sleep(chance.random() * 6)
        await until(lambda: run.of("subscription.active"), seconds=_TIMEOUT_SECONDS)
        before = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > before, seconds=_TIMEOUT_SECONDS)
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}
    _assert_kept(home, load)


async def test_with_any_number_of_descriptors_the_way_back_stays(
    home: Home, graph: Graph, chance: random.Random
) -> None:
    """Either it says that there are too few, or it takes notifications beside strangers who use them up."""
    limit = chance.randrange(12, 260)

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    acknowledged = []
    async with start(home, "run", "--json", environment=graph.environment, preexec_fn=few) as run:
        await until(
            lambda: run.process.returncode is not None or run.of("subscription.active"), seconds=_TIMEOUT_SECONDS
        )
        if run.of("subscription.active"):
            async with silent_connections(run, chance.randrange(20, 300)):
                acknowledged = [await graph.deliver(feed_body(f"number {number}")) for number in range(5)]
                run.send(signal.SIGTERM)
                code = await run.end()
        else:
            code = await run.end()
    assert code in {0, 1, 2, 3, 4, 5, 7}, (limit, run.errors)
    assert set(acknowledged) <= {200, 503}, (limit, run.errors)
    assert "Traceback" not in run.errors, (limit, run.errors)
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert graph.registered == {}, limit


def _assert_kept(home: Home, load: Load) -> None:
    with JournalReader(home.journal) as history:
        assert load.acknowledged <= {capture.request.body for capture in history.captures()}
