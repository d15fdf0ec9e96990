"""Measure the screen from outside: what a user waits for, and what that takes from the machine."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from aiohttp import ClientSession
from msgspec import Struct

from hookscope.meta import wire
from hookscope.sandbox.server import SandboxServer
from tests.bench.measure import Build, Figures, Measure
from tests.bench.steady import steady
from tests.bench.whole.processes import processor_seconds
from tests.bench.whole.running import home_of, sandbox_environment, stop
from tests.support.captures import feed_body, signed
from tests.support.processes import child_of
from tests.support.terminal import Terminal, on_terminal
from tests.support.until import until

_COLUMNS, _ROWS = 140, 40
_PRESSES = 60
_PAUSE_SECONDS = 0.1
_SETTLE_SECONDS = 1.0
_TABS = (("3", "Raw]"), ("4", "Headers]"))
"""Keys, and what only their effect writes: the names of pages are written again when another is shown."""

_CHANGES = 1000
_LARGE = 10 << 20
_TIMEOUT_SECONDS = 60


def measures() -> Iterator[Measure]:
    """Yield the measures of the screen."""
    for rate in (0, 1000):
        yield Measure(f"screen, key to paint at {rate:,}/s", partial(_keys, rate=rate))
    yield Measure(f"screen, a batch of {_CHANGES:,} shown", _batch)
    yield Measure("screen, a body of 10 MB opened", _large)


class _Shown(Struct, frozen=True):
    """A run with its screen, for somebody who types."""

    terminal: Terminal
    url: str
    secret: str

    async def press(self, key: str, shown: str) -> float:
        """Press a key; return the milliseconds until its effect was written to the terminal."""
        began, before = time.perf_counter(), len(self.terminal.screen)
        self.terminal.type(key)
        await self.terminal.shows(shown, after=before)
        return (time.perf_counter() - began) * 1000

    async def receive(self, body: bytes, shown: str) -> float:
        """Send a notification; return the milliseconds from its answer until it was written to the terminal."""
        before = len(self.terminal.screen)
        async with ClientSession() as session:
            async with session.post(self.url, data=body, headers=signed(body, self.secret)) as response:
                assert response.status == 200
            began = time.perf_counter()
            await self.terminal.shows(shown, after=before)
        return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def _screen(build: Build) -> AsyncIterator[_Shown]:
    async with home_of(build) as home, SandboxServer(scenario=False) as sandbox:
        app_id = sandbox.address.app_id
        environment = sandbox_environment(sandbox)
        async with on_terminal(home, "run", environment=environment, columns=_COLUMNS, rows=_ROWS) as terminal:
            await until(lambda: bool(sandbox.world.subscriptions(app_id)), seconds=_TIMEOUT_SECONDS)
            (subscription,) = sandbox.world.subscriptions(app_id)
            await terminal.shows("● live")
            yield _Shown(terminal, subscription.callback_url, sandbox.address.app_secret.reveal())
            await stop(terminal)


async def _keys(build: Build, rate: int) -> Figures:
    """Type at a run that receives so many notifications a second."""
    async with _screen(build) as screen, AsyncExitStack() as stack:
        await screen.receive(feed_body("the first one"), "the first one")
        if rate:
            await stack.enter_async_context(steady(screen.url, screen.secret, rate))
        await asyncio.sleep(_SETTLE_SECONDS)
        view = [child_of(screen.terminal.pid, "hookscope.tui")]
        began, before, written = time.perf_counter(), processor_seconds(view), len(screen.terminal.screen)
        taken = []
        for number in range(_PRESSES):
            taken.append(await screen.press(*_TABS[number % 2]))
            await asyncio.sleep(_PAUSE_SECONDS)
        elapsed = time.perf_counter() - began
        taken.sort()
        return {
            "p50 ms": taken[len(taken) // 2],
            "p95 ms": taken[int(len(taken) * 0.95)],
            "% of a core": (processor_seconds(view) - before) / elapsed * 100,
            "KiB/s to the terminal": (len(screen.terminal.screen) - written) / elapsed / 1024,
        }


async def _batch(build: Build) -> Figures:
    value = {"item": "comment", "verb": "add", "from": {"id": "1", "name": "Tester"}, "message": "x" * 60}
    changes = [{"field": "feed", "value": {**value, "comment_id": f"1_{n}"}} for n in range(_CHANGES)]
    changes[-1]["value"] = {**value, "message": "the last one"}
    body = wire.encode({"object": "page", "entry": [{"id": "1", "time": 1449135003, "changes": changes}]})
    async with _screen(build) as screen:
        await asyncio.sleep(_SETTLE_SECONDS)
        return {"ms": await screen.receive(body, "the last one")}


async def _large(build: Build) -> Figures:
    async with _screen(build) as screen:
        await screen.receive(feed_body("x" * _LARGE), "comment add")
        await screen.press("4", "X-Hub-Signature")
        return {"ms": await screen.press("2", "2015-12-03")}
