"""The figures of `python -m tests.bench`: what is measured, and beside what."""

import asyncio
import multiprocessing
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench import whole_program
from tests.bench.capture import bare as bare_receiver
from tests.bench.capture import serve
from tests.bench.forward import Application, bare_relay, stripe
from tests.bench.whole_program import Build
from tests.support.captures import feed_body

_BURST = 3000


@dataclass(frozen=True, slots=True)
class Figure:
    """Something to measure of each build. `beside` are the same of others, by name, once in each round."""

    name: str
    unit: str
    measure: Callable[[Build], Awaitable[float]]
    beside: Mapping[str, Callable[[], Awaitable[float]]]

    @property
    def is_rate(self) -> bool:
        """True if more is better."""
        return self.unit == "/s"


def figures() -> list[Figure]:
    """Return all figures, beside the peers that are installed here."""
    return [*_starts(), *_captures(), *_forwards(), *_replays(), *_histories()]


def missing() -> list[str]:
    """Return the peers that are not installed here."""
    return [name for name in ("mitmdump", "stripe", "hookdeck", "smee", "fasthook") if not shutil.which(name)]


def _starts() -> list[Figure]:
    python = {"python -c pass": _interpreter}
    return [
        Figure("start: --version", "ms", whole_program.version, python),
        Figure("start: listening", "ms", whole_program.listening, {}),
        Figure("start: registered", "ms", whole_program.registered, {}),
    ]


def _captures() -> list[Figure]:
    found = []
    for connections in (1, 32, 128):
        rate, p99 = partial(_rate, connections=connections), partial(_p99, connections=connections)
        beside: dict[str, Callable[[], Awaitable[float]]] = {"bare aiohttp": partial(_bare_rate, connections)}
        if mitmdump := shutil.which("mitmdump"):
            beside["mitmdump -w"] = partial(_mitmdump_rate, mitmdump, connections)
        found += [
            Figure(f"capture: {connections} connections", "/s", rate, beside),
            Figure(f"capture: {connections} connections, p99", "ms", p99, {}),
        ]
    return [*found, Figure("capture: 32 connections, plain", "/s", partial(_rate, connections=32, output="plain"), {})]


def _forwards() -> list[Figure]:
    beside: dict[str, Callable[[], Awaitable[float]]] = {"bare aiohttp": _bare_relayed}
    if found := shutil.which("stripe"):
        beside["stripe listen"] = partial(_stripe, found)
    return [
        Figure(f"burst to the app: {many} in flight", "/s", partial(whole_program.forward, connections=many), beside)
        for many in (32, 64, 256)
    ]


def _replays() -> list[Figure]:
    return [
        Figure(f"replay: {many} at once", "/s", partial(whole_program.replay, concurrency=many), {}) for many in (1, 32)
    ]


def _histories() -> list[Figure]:
    return [
        Figure("import of NDJSON", "/s", whole_program.import_, {}),
        Figure("export as NDJSON", "/s", whole_program.export, {}),
        Figure("memory of a loaded engine", "MiB", whole_program.memory, {}),
    ]


async def _rate(build: Build, connections: int, output: str = "json") -> float:
    return (await whole_program.capture(build, connections, output)).rate


async def _p99(build: Build, connections: int) -> float:
    return (await whole_program.capture(build, connections)).p99


async def _interpreter() -> float:
    loop = asyncio.get_running_loop()
    started = loop.time()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await process.wait()
    return (loop.time() - started) * 1000


async def _bare_rate(connections: int) -> float:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(bare_receiver, theirs), daemon=True)
    process.start()
    port = await asyncio.to_thread(ours.recv)
    found = await whole_program.load(f"http://127.0.0.1:{port}/hook", "secret", connections)
    ours.send("done")
    await asyncio.to_thread(process.join)
    return found.rate


async def _mitmdump_rate(executable: str, connections: int) -> float:
    """Measure mitmdump as a reverse proxy before a bare handler, writing its flows to a file."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(bare_receiver, theirs), daemon=True)
    process.start()
    behind = await asyncio.to_thread(ours.recv)
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        options = ("--set", f"confdir={folder}", "-q", "--listen-host", "127.0.0.1", "-p", str(port))
        proxy = await asyncio.create_subprocess_exec(
            executable, *options, "--mode", f"reverse:http://127.0.0.1:{behind}", "-w", os.fspath(Path(folder, "flows"))
        )
        try:
            await _answers(port)
            return (await whole_program.load(f"http://127.0.0.1:{port}/hook", "secret", connections)).rate
        finally:
            proxy.terminate()
            await proxy.wait()
            ours.send("done")
            await asyncio.to_thread(process.join)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def _answers(port: int) -> None:
    """Wait until something listens on a port."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def _bare_relayed() -> float:
    return await _burst(bare_relay)


async def _stripe(executable: str) -> float:
    return await _burst(stripe(executable))


async def _burst(runner: Callable[[Application, list[bytes]], Awaitable[float]]) -> float:
    bodies = [feed_body(f"number {number} " + "x" * 600) for number in range(_BURST)]
    return _BURST / await runner(Application(_BURST), bodies)
