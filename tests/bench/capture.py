"""Measure how many signed notifications a second are captured, durably, before their answer.

A bare aiohttp handler is measured beside it.

    python -m tests.bench.capture [CONNECTIONS [SECONDS]]

Server and generator share the machine, in processes of their own. The body is 1 KiB, its signature is checked, the
journal's disk flush is real. The ratio to the bare handler, measured in the same run, is the figure to compare.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from hookscope.journal.writer import JournalWriter
from hookscope.model.append import Appender
from hookscope.model.feed import Feed
from hookscope.model.record import Source
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from tests.bench.asking import ask
from tests.support.captures import SECRET, feed_body, signed

KIBIBYTE = feed_body("x" * 640)

Server: TypeAlias = Callable[[Callable[[int], Awaitable[None]]], Awaitable[None]]
"""Serves until the function that it tells its port to returns."""


async def _load(port: int, body: bytes, connections: int, seconds: float) -> list[float]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
    head = f"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    until = time.perf_counter() + seconds
    _, taken = await ask(port, connections, lambda: request if time.perf_counter() < until else None)
    return taken


async def bare(tell: Callable[[int], Awaitable[None]]) -> None:
    """Serve a handler that does nothing; `tell` is called with its port, and returns when it is to end."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_post("/hook", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await tell(runner.addresses[0][1])
    await runner.cleanup()


async def serve_journal(tell: Callable[[int], Awaitable[None]]) -> None:
    """Serve a receiver with a journal."""
    with tempfile.TemporaryDirectory() as folder:
        async with JournalWriter(Path(folder) / "journal.db") as journal:
            await serve_receiver(journal, tell)


async def serve_receiver(journal: Appender, tell: Callable[[int], Awaitable[None]]) -> None:
    """Serve a receiver that stores what it gets in `journal`."""
    policy = Policy(paths=frozenset(("/hook",)), verify_token="t", secrets=(SECRET,))
    async with Receiver(
        policy=policy, journal=journal, publish=Feed().publish, run_id=None, source=Source.LIVE
    ) as receiver:
        await tell(int(receiver.url.rpartition(":")[2]))


def serve(server: Server, pipe: Connection) -> None:
    """Serve in a process of its own, and send the port."""

    async def tell(port: int) -> None:
        pipe.send(port)
        await asyncio.to_thread(pipe.recv)

    async def run() -> None:
        await server(tell)

    asyncio.run(run())


def measure(server: Server, body: bytes, connections: int, seconds: float) -> tuple[float, float, float]:
    """Return how many requests with that body a second are answered 200, and p50 and p99 of the time, in milliseconds.

    The server has a process of its own.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(server, theirs))
    process.start()
    port = ours.recv()
    asyncio.run(_load(port, body, connections, 0.5))
    taken = sorted(asyncio.run(_load(port, body, connections, seconds)))
    ours.send("done")
    process.join()
    return len(taken) / seconds, statistics.median(taken) * 1000, taken[int(len(taken) * 0.99)] * 1000


def main() -> None:
    """Measure and print a table; bare, ours, bare, ours, so that a machine that drifts shows."""
    connections = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    print(f"{connections} connections, {len(KIBIBYTE)} bytes, {seconds:g} s each")
    ratios = []
    for _ in range(3):
        rates = []
        for name, server in (("bare aiohttp", bare), ("hookscope", serve_journal)):
            rate, p50, p99 = measure(server, KIBIBYTE, connections, seconds)
            rates.append(rate)
            print(f"{name:<14} {rate:8,.0f}/s   p50 {p50:5.2f} ms   p99 {p99:5.2f} ms")
        ratios.append(rates[1] / rates[0])
    print(f"ratio          {statistics.median(ratios):.2f}   (min {min(ratios):.2f}, max {max(ratios):.2f})")


if __name__ == "__main__":
    main()
