"""kill -9 of any process of a run, at a random point, under load."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from hookscope.journal.reader import JournalReader
from tests.e2e.conftest import Graph
from tests.fakes.fake_ngrok import FakeNgrok
from tests.faults.load import Load
from tests.support.application import Application
from tests.support.processes import family, is_running, needs_proc
from tests.support.program import COMMAND, Home, call, start
from tests.support.terminal import on_terminal
from tests.support.until import until

pytestmark = [pytest.mark.faults, pytest.mark.slow, needs_proc, pytest.mark.timeout(300)]

_RATE = 100
_TIMEOUT_SECONDS = 120


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNgrok:
    return FakeNgrok(tmp_path / "ngrok.jsonl", monkeypatch)


async def test_no_process_of_a_run_takes_anything_with_it(
    home: Home, graph: Graph, fake: FakeNgrok, chance: random.Random
) -> None:
    """Whichever it is, and whenever: what was acknowledged is kept and reaches the app, and teardown puts back."""
    environment = {
        **graph.environment,
        "HOOKSCOPE_TUNNEL": "ngrok",
        "HOOKSCOPE_NGROK_PATH": str(fake.path),
        "NGROK_AUTHTOKEN": "2abcDEFghiJKLmnoPQRstuVWXyz_0123456789abcdef",
        **{name: value for name, value in os.environ.items() if name.startswith("FAKE_NGROK_")},
    }
    load = Load(lambda: graph.registered["page"][0] if graph.registered else None, graph.secret)
    command = ("run", "--forward-to")
    async with Application() as app:
        async with on_terminal(home, *command, app.url, environment=environment) as run, load.running(_RATE):
            if chance.random() < 0.7:
                await until(lambda: len(load.acknowledged) > 20, seconds=_TIMEOUT_SECONDS)
            await asyncio.sleep(chance.random())
            processes = family(run.pid)
            with suppress(ProcessLookupError):
                os.kill(chance.choice(processes), signal.SIGKILL)
            await asyncio.sleep(chance.random())
            with suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGTERM)
            code = await run.end()
            # On a busy machine it may still be loading: it handles no signal yet, and has registered nothing.
            assert code in {0, 3, 4, 5, 7, -signal.SIGKILL} or (code == -signal.SIGTERM and not load.acknowledged)
            await until(lambda: not any(map(is_running, processes)))
        assert b"Traceback" not in run.screen
        assert (await call(home, "teardown", environment=environment)).code == 0
        assert graph.registered == {}
        if load.acknowledged:  # Else the run may have ended before it had made its journal.
            with JournalReader(home.journal) as history:
                kept = {capture.request.body for capture in history.captures()}
            assert load.acknowledged <= kept
        async with start(home, *command, app.url, "--json", environment=environment, command=COMMAND) as again:
            await until(lambda: again.of("subscription.active"), seconds=_TIMEOUT_SECONDS)
            await until(lambda: load.acknowledged <= {sent.body for sent in app.received}, seconds=_TIMEOUT_SECONDS)
            again.send(signal.SIGTERM)
            assert await again.end() == 0
    assert graph.registered == {}
    await until(lambda: not fake.running)
