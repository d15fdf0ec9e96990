"""A disk that is full at any write."""

import asyncio
import random
import resource
import signal

import pytest

from hookscope.journal.reader import JournalReader
from tests.e2e.conftest import Graph
from tests.support.captures import feed_body
from tests.support.program import Home, call, start
from tests.support.until import until

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(180)]

_LARGEST = 2_000_000


async def test_nothing_is_acknowledged_that_is_not_kept_and_the_way_back_stays(
    home: Home, graph: Graph, chance: random.Random
) -> None:
    """No file grows beyond a size: from the first one of a start to those of a journal under load."""
    size = int(_LARGEST ** chance.random())

    def little_space() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    kept: set[bytes] = set()
    command = ("run", "--json", "--timeout", "10")
    # Python writes bytecode without a look at how much of it was written; half of a module breaks all later starts.
    environment = {**graph.environment, "PYTHONDONTWRITEBYTECODE": "1"}
    async with start(home, *command, environment=environment, preexec_fn=little_space) as run:
        await until(lambda: run.process.returncode is not None or run.of("subscription.active"), seconds=60)
        if run.of("subscription.active"):
            bodies = [feed_body(f"{number} {'x' * chance.randrange(20_000)}") for number in range(150)]
            statuses = await asyncio.gather(*map(graph.deliver, bodies))
            assert set(statuses) <= {200, 503}
            kept = {body for body, status in zip(bodies, statuses, strict=True) if status == 200}
            run.send(signal.SIGTERM)
        code = await run.end()
    assert code in {0, 1, 2, 4, 5, 7}, (size, run.errors)
    assert "Traceback" not in run.errors, size
    assert "unexpected" not in run.errors, (size, run.errors)
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert graph.registered == {}, size
    if kept:
        with JournalReader(home.journal) as history:
            assert kept <= {capture.request.body for capture in history.captures()}
