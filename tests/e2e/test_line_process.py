"""A run under load has another process make its lines: the stream stays whole, whatever becomes of that."""

import os
import signal
from urllib.parse import urlsplit

import pytest

from tests.bench.asking import ask
from tests.e2e.conftest import Graph
from tests.support.captures import feed_body, signed
from tests.support.processes import child_of, is_running, needs_proc
from tests.support.program import COMMAND, Home, Program, start
from tests.support.until import until

pytestmark = needs_proc


def worker_of(run: Program) -> int | None:
    """Return the pid of the process that makes the lines, once there is one."""
    try:
        return child_of(run.process.pid, "line_worker")
    except StopIteration:
        return None


async def load(run: Program, graph: Graph, *, more: int = 0) -> tuple[int, int]:
    """Send notifications until there is such a process, and so many more; return its pid, and how many were sent."""
    url, body = urlsplit(graph.registered["page"][0]), feed_body()
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, graph.secret).items())
    head = f"POST {url.path} HTTP/1.1\r\nHost: h\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode()
    sent, left = 0, more

    def request() -> bytes | None:
        nonlocal sent, left
        if worker_of(run) is not None:
            left -= 1
        sent += left >= 0
        return head + body if left >= 0 else None

    assert url.port
    await ask(url.port, 64, request)
    pid = worker_of(run)
    assert pid
    return pid, sent


def numbers(run: Program) -> list[int]:
    """Return the numbers of all captures that the stream has shown."""
    return [one["id"] for one in run.of("capture")]


async def test_under_load_the_stream_is_whole_and_the_process_ends_with_the_run(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment, command=COMMAND) as run:
        await run.next("subscription.active")
        pid, sent = await load(run, graph, more=2000)
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert numbers(run) == list(range(1, sent + 2))
    assert run.objects[-1]["type"] == "stopped"
    assert run.errors == ""
    assert not is_running(pid)


@pytest.mark.slow
async def test_when_the_process_is_killed_the_stream_goes_on_in_order(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment, command=COMMAND) as run:
        await run.next("subscription.active")
        pid, sent = await load(run, graph, more=2000)
        os.kill(pid, signal.SIGKILL)
        assert await graph.deliver(feed_body("after that")) == 200
        await run.says("the process that made the lines has ended")
        await run.next("capture", id=sent + 2)
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert numbers(run) == list(range(1, sent + 3))
    assert run.objects[-1]["type"] == "stopped"


@pytest.mark.slow
async def test_a_stalled_process_holds_up_neither_receiver_nor_end(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment, command=COMMAND) as run:
        await run.next("subscription.active")
        pid, _ = await load(run, graph, more=2000)
        os.kill(pid, signal.SIGSTOP)
        assert await graph.deliver(feed_body("meanwhile")) == 200
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered == {}
    assert not is_running(pid)


@pytest.mark.slow
async def test_the_process_ends_with_a_run_that_is_killed(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--output", "plain", environment=graph.environment, command=COMMAND) as run:
        await run.says("registered page")
        pid, _ = await load(run, graph, more=2000)
        await run.kill()
        await until(lambda: not is_running(pid))
