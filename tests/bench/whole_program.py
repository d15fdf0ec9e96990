"""What the whole program does, seen from outside: any revision with the same command line can be measured.

Each function measures a build once, and returns the figure.
"""

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import DEVNULL

from hookscope.sandbox.server import SandboxServer
from tests.bench.asking import ask
from tests.bench.forward import Application, burst, environment, until_last
from tests.support.captures import SECRET, feed_body, signed
from tests.support.program import COMMAND, Home, Program, start
from tests.support.until import until

_WARM_SECONDS = 0.5
_SECONDS = 3.0
_BURST = 3000
_REPLAYED = 5000
_STORED = 50_000


@dataclass(frozen=True, slots=True)
class Build:
    """A revision of hookscope: its name, and the folder that holds it."""

    name: str
    folder: Path


@asynccontextmanager
async def home_of(build: Build) -> AsyncIterator[Home]:
    """Make a home in which a build is run, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.environment["PYTHONPATH"] = os.fspath(build.folder)
        home.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # As installed: compiled.
        yield home


async def version(build: Build) -> float:
    """Measure the milliseconds of `hookscope --version`."""
    async with home_of(build) as home:
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "--version", env=home.environment, cwd=home.work, stdout=DEVNULL
        )
        assert await process.wait() == 0
        return (time.perf_counter() - started) * 1000


async def listening(build: Build) -> float:
    """Measure the milliseconds until the receiver listens."""
    return await _until(build, "receiver.listening")


async def registered(build: Build) -> float:
    """Measure the milliseconds until a run is registered at its sandbox."""
    return await _until(build, "subscription.active")


async def _until(build: Build, kind: str) -> float:
    async with home_of(build) as home:
        started = time.perf_counter()
        async with start(home, "run", "--sandbox", "--json", command=COMMAND) as run:
            await run.next(kind)
            elapsed = (time.perf_counter() - started) * 1000
            run.send(signal.SIGTERM)
            await run.end()
            return elapsed


@asynccontextmanager
async def _registered(
    build: Build, *arguments: str, output: str = "json"
) -> AsyncIterator[tuple[Program, str, str, Home]]:
    """Start a run; yield it, its callback URL, the app's secret, and its home."""
    async with home_of(build) as home, SandboxServer(scenario=False) as sandbox:
        command = ("run", "--output", output, *arguments)
        async with start(home, *command, environment=environment(sandbox), stdout=DEVNULL, command=COMMAND) as run:
            await until(lambda: bool(sandbox.world.subscriptions(sandbox.address.app_id)), seconds=30)
            (subscription,) = sandbox.world.subscriptions(sandbox.address.app_id)
            yield run, subscription.callback_url, sandbox.address.app_secret.reveal(), home


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: requests answered a second, and the median and 99th percentile in milliseconds."""

    rate: float
    p50: float
    p99: float


async def capture(build: Build, connections: int, output: str = "json") -> Load:
    """Load a run with signed notifications of 1 KiB, from so many connections."""
    async with _registered(build, output=output) as (_, url, secret, _):
        return await load(url, secret, connections)


async def load(url: str, secret: str, connections: int) -> Load:
    """Load any server that answers 200."""
    host, _, path = url.removeprefix("http://").partition("/")
    body = feed_body("x" * 640)
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, secret).items())
    head = f"POST /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    request, port = head.encode() + body, int(host.rpartition(":")[2])
    taken: list[float] = []
    for seconds in (_WARM_SECONDS, _SECONDS):
        until = time.perf_counter() + seconds
        _, taken = await ask(port, connections, lambda: request if time.perf_counter() < until else None)  # noqa: B023
    taken.sort()
    return Load(len(taken) / _SECONDS, taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.99)] * 1000)


async def forward(build: Build, connections: int) -> float:
    """Send a burst to a run that forwards; return the notifications a second until the last one has arrived."""
    bodies = [feed_body(f"number {number} " + "x" * 600) for number in range(_BURST)]
    application = Application(_BURST)
    async with _registered(build, "--forward-to", application.url, output="plain") as (_, url, secret, _):
        began = await burst(url, bodies, secret, connections)
        return _BURST / await until_last(application, bodies, began)


async def replay(build: Build, concurrency: int) -> float:
    """Replay captures to an application; return the replays a second, the start included."""
    async with home_of(build) as home:
        await _import(home, _replayed())
        application = Application(_REPLAYED)
        options = ("--to", application.url, "--concurrency", str(concurrency), "--json")
        return _REPLAYED / await _timed(home, "replay", f"1..{_REPLAYED}", *options)


async def import_(build: Build) -> float:
    """Import an NDJSON file; return the captures a second, the start included."""
    async with home_of(build) as home:
        return _STORED / await _import(home, _stored())


async def export(build: Build) -> float:
    """Export a journal as NDJSON; return the captures a second, the start included."""
    async with home_of(build) as home:
        await _import(home, _stored())
        return _STORED / await _timed(home, "captures", "export", f"1..{_STORED}", "--format", "ndjson")


async def memory(build: Build) -> float:
    """Load a run from 32 connections; return the engine's resident memory in MiB."""
    async with _registered(build) as (run, url, secret, _):
        await load(url, secret, 32)
        status = Path(f"/proc/{run.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _import(home: Home, content: bytes) -> float:
    file = home.folder / "captures.ndjson"
    file.write_bytes(content)
    return await _timed(home, "captures", "import", os.fspath(file))


async def _timed(home: Home, *arguments: str) -> float:
    """Run a command to its end; return its seconds."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--quiet", *arguments, env=home.environment, cwd=home.work, stdout=DEVNULL, stderr=DEVNULL
    )
    code = await process.wait()
    assert code == 0, f"hookscope {' '.join(arguments)} ended with {code}"
    return time.perf_counter() - started


@cache
def _replayed() -> bytes:
    return _ndjson(_REPLAYED)


@cache
def _stored() -> bytes:
    return _ndjson(_STORED)


def _ndjson(count: int) -> bytes:
    """Return a history as `captures export` writes it."""
    return b"".join(_line(number) for number in range(1, count + 1))


def _line(number: int) -> bytes:
    body = feed_body(f"{number} {'x' * 640}")
    request = {"method": "POST", "target": "/hook", "headers": [*signed(body, SECRET).items()], "body": body.decode()}
    received = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_795_000_000 + number))
    value = {
        "id": number,
        "kind": "notification",
        "received_at": f"{received}.000Z",
        "request": {**request, "body_base64": None, "remote": "127.0.0.1"},
        "reply": {"status": 200, "body": "", "body_base64": None, "elapsed_ms": 0.5},
        "signature": {"verdict": "valid", "algorithm": "sha256", "reason": None},
        "handshake": None,
        "source": "live",
    }
    return json.dumps(value).encode() + b"\n"
