"""The least that a measured thing costs on this machine: a bare handler, a bare relay, a flush of the disk."""

import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web
from multidict import CIMultiDictProxy

from tests.bench.bursts import Send, post
from tests.bench.capture import bare, serve
from tests.bench.generator import load
from tests.bench.measure import Figures
from tests.bench.serving import served
from tests.support.captures import signed

CLIENT = """
import asyncio, json, sys
import aiohttp

async def main(url, file, concurrency):
    with open(file, "rb") as stream:
        requests = iter(json.load(stream))
    async with aiohttp.ClientSession() as session:
        async def work():
            for headers, body in requests:
                async with session.post(url, data=body.encode(), headers=headers) as response:
                    await response.read()
        await asyncio.gather(*(work() for _ in range(concurrency)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""
"""A program that posts the requests of a file with aiohttp, so many at once, and keeps nothing."""

_PAGE = b"x" * 4096
_FLUSHES = 200


@asynccontextmanager
async def bare_handler() -> AsyncIterator[str]:
    """Serve an aiohttp handler that does nothing, in a process of its own; yield its URL."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(bare, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{await asyncio.to_thread(ours.recv)}/hook"
    finally:
        ours.send("done")
        await asyncio.to_thread(process.join)


async def bare_capture(connections: int) -> Figures:
    """Load the bare handler."""
    async with bare_handler() as url:
        return (await load(url, "secret", connections)).figures


@asynccontextmanager
async def bare_relay(connections: int, target: str) -> AsyncIterator[Send]:
    """Run a relay that answers at once, passes on with aiohttp's client, and keeps nothing, in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve_relay, args=(target, theirs), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{await asyncio.to_thread(ours.recv)}/hook"

    async def send(bodies: Sequence[bytes]) -> float:
        return await post(url, bodies, "secret", connections)

    yield send
    ours.send("done")
    await asyncio.to_thread(process.join)


def _serve_relay(target: str, pipe: Connection) -> None:
    async def serve() -> None:
        tasks: set[asyncio.Task[None]] = set()
        async with ClientSession(connector=TCPConnector(limit=50)) as session:

            async def send(body: bytes, headers: CIMultiDictProxy[str]) -> None:
                async with session.post(target, data=body, headers=headers) as answer:
                    await answer.read()

            async def handle(request: web.Request) -> web.Response:
                task = asyncio.create_task(send(await request.read(), request.headers))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                return web.Response(text="OK")

            async with served(web.post("/hook", handle)) as url:
                pipe.send(int(url.rpartition(":")[2]))
                await asyncio.to_thread(pipe.recv)

    asyncio.run(serve())


async def flush_and_request() -> Figures:
    """Add a bare request to a flush: what a durable answer to a single connection cannot be quicker than."""
    return {"p50 ms": (await flush())["ms"] + (await bare_capture(1))["p50 ms"]}


async def flush() -> Figures:
    """Append a page to a file and fdatasync it, where journals are measured; return the median."""
    with tempfile.TemporaryDirectory() as folder:
        descriptor = os.open(Path(folder) / "wal", os.O_CREAT | os.O_WRONLY)
        try:
            return {"ms": statistics.median(_flush(descriptor) for _ in range(_FLUSHES))}
        finally:
            os.close(descriptor)


def _flush(descriptor: int) -> float:
    began = time.perf_counter()
    os.write(descriptor, _PAGE)
    os.fdatasync(descriptor)
    return (time.perf_counter() - began) * 1000


async def bare_client(url: str, bodies: Sequence[bytes], concurrency: int) -> float:
    """Post bodies with aiohttp's client; return the seconds, with those of the start."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.json"
        file.write_text(json.dumps([(signed(body), body.decode()) for body in bodies]))
        return await ended(sys.executable, "-c", CLIENT, url, os.fspath(file), str(concurrency)) / 1000


async def interpreter() -> Figures:
    """Start and end a Python that does nothing."""
    return {"ms": await ended(sys.executable, "-c", "pass")}


async def ended(*command: str) -> float:
    """Return the milliseconds of a command from its start to its end."""
    began = time.perf_counter()
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    await process.wait()
    return (time.perf_counter() - began) * 1000
