"""mitmdump: a reverse proxy that writes its flows to a file, and sends them again."""

import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.application import Application
from tests.bench.bursts import numbered_bodies, post
from tests.bench.floors import bare_handler
from tests.bench.measure import Figures
from tests.bench.peers.process import listening, running
from tests.support.free_port import free_port


@asynccontextmanager
async def serve(executable: str) -> AsyncIterator[str]:
    """Run it before a bare handler."""
    async with bare_handler() as behind, _proxy(executable, behind.removesuffix("/hook"), Path("flows")) as url:
        yield url


@asynccontextmanager
async def _proxy(executable: str, behind: str, flows: Path) -> AsyncIterator[str]:
    port = free_port()
    options = ("-q", "--listen-host", "127.0.0.1", "-p", str(port), "-w", os.fspath(flows))
    async with running(executable, *options, "--mode", f"reverse:{behind}"):
        await listening(port)
        yield f"http://127.0.0.1:{port}/hook"


async def replay(executable: str, count: int, concurrency: int) -> Figures:
    """Have it write so many flows, then send them again: one at a time, or all at once."""
    bodies = numbered_bodies(count)
    with tempfile.TemporaryDirectory() as folder:
        flows, first = Path(folder) / "flows", Application(count)
        async with _proxy(executable, first.url.removesuffix("/hook"), flows) as url:
            await post(url, bodies, "secret", 32)
            await first.arrived(bodies)
        again = Application(count, first.port)
        began = time.perf_counter()
        at_once = f"client_replay_concurrency={1 if concurrency == 1 else -1}"
        async with running(executable, "-q", "-n", "-C", os.fspath(flows), "--set", at_once) as process:
            ended, identical = await again.arrived(bodies)
            await process.wait()
    return {"/s": count / (ended - began), "% identical": 100 * identical / count}
