"""A build of hookscope at work, seen from outside: any revision with the same command line can be measured."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL

from msgspec import Struct

from hookscope.sandbox.server import SandboxServer
from tests.bench.measure import Build
from tests.support.program import COMMAND, Home, start
from tests.support.terminal import Terminal, on_terminal
from tests.support.until import until


@asynccontextmanager
async def home_of(build: Build) -> AsyncIterator[Home]:
    """Make a home in which a build is run, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.environment["PYTHONPATH"] = os.fspath(build.folder)
        home.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # As installed: compiled.
        yield home


class Running(Struct, frozen=True):
    """A run that is registered: its engine's process, its callback URL, the app's secret, and the home it is in."""

    pid: int
    url: str
    secret: str
    home: Home


@asynccontextmanager
async def registered(
    build: Build, *arguments: str, output: str = "json", journal: Path | None = None
) -> AsyncIterator[Running]:
    """Start a run at a sandbox, and wait for its registration. `output` is `json`, `plain`, or `tui`."""
    command = (*(("--journal", os.fspath(journal)) if journal else ()), "run", *arguments, "--output", output)
    async with home_of(build) as home, SandboxServer(scenario=False) as sandbox:
        app_id, secret = sandbox.address.app_id, sandbox.address.app_secret.reveal()
        environment = sandbox_environment(sandbox)
        shown = _on_terminal if output == "tui" else _silent
        async with shown(home, command, environment) as pid:
            await until(lambda: bool(sandbox.world.subscriptions(app_id)), seconds=60)
            (subscription,) = sandbox.world.subscriptions(app_id)
            yield Running(pid, subscription.callback_url, secret, home)


def sandbox_environment(sandbox: SandboxServer) -> dict[str, str]:
    """Return the environment that leads the program to a sandbox."""
    return {
        "HOOKSCOPE_GRAPH_URL": sandbox.url,
        "HOOKSCOPE_APP_ID": sandbox.address.app_id,
        "HOOKSCOPE_APP_SECRET": sandbox.address.app_secret.reveal(),
        "HOOKSCOPE_TUNNEL": "none",
    }


@asynccontextmanager
async def _silent(home: Home, command: tuple[str, ...], environment: dict[str, str]) -> AsyncIterator[int]:
    async with start(home, *command, environment=environment, stdout=DEVNULL, command=COMMAND) as run:
        yield run.process.pid
        run.send(signal.SIGTERM)
        await run.end()


@asynccontextmanager
async def _on_terminal(home: Home, command: tuple[str, ...], environment: dict[str, str]) -> AsyncIterator[int]:
    async with on_terminal(home, *command, environment=environment) as terminal:
        await terminal.shows("page")
        yield terminal.pid
        await stop(terminal)


async def stop(terminal: Terminal) -> None:
    """End a run on a terminal in order."""
    os.kill(terminal.pid, signal.SIGTERM)
    await terminal.end()


async def seconds_of(home: Home, *arguments: str) -> float:
    """Run a command to its end; return its seconds. Raises AssertionError unless it ends with 0."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--quiet", *arguments, env=home.environment, cwd=home.work, stdout=DEVNULL, stderr=DEVNULL
    )
    code = await process.wait()
    assert code == 0, f"hookscope {' '.join(arguments)} ended with {code}"
    return time.perf_counter() - started
