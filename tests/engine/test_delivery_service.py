"""A run's deliveries to applications, with the real process that forwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hookscope.engine import delivery_service
from hookscope.engine.background import Background
from hookscope.engine.delivery_service import DeliveryService
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed, Subscriber
from hookscope.model.record import SANDBOX, Run
from hookscope.model.run_events import Notice
from hookscope.model.timestamps import now
from hookscope.settings import ForwardSettings, Route
from tests.support.application import Application
from tests.support.captures import make_capture
from tests.support.processes import child_of, needs_proc
from tests.support.until import until


@asynccontextmanager
async def forwarding(tmp_path: Path, target: str) -> AsyncIterator[tuple[DeliveryService, Subscriber]]:
    settings, feed = ForwardSettings(routes=(Route(target=target),)), Feed()
    crashes: list[BaseException] = []
    async with JournalWriter(tmp_path / "journal.db") as journal, Background(crashes.append) as background:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=settings.targets, routes=settings.routes, started_at=now())
        )
        items = feed.subscribe()
        async with DeliveryService(
            settings, run=run, journal=journal, publish=feed.publish, background=background
        ) as deliveries:
            yield deliveries, items
    assert crashes == []


async def test_a_run_without_targets_or_with_nothing_to_wait_for_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[BaseException] = []
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-such-python"))
    async with JournalWriter(tmp_path / "journal.db") as journal, Background(crashes.append) as background:
        run = await journal.begin_run(Run(app_id="1", objects=("page",), targets=(), started_at=now()))
        for routes in ((), (Route(target="http://127.0.0.1:9/hook"),)):
            settings = ForwardSettings(routes=routes)
            async with DeliveryService(
                settings, run=run, journal=journal, publish=Feed().publish, background=background
            ) as deliveries:
                await deliveries.ready()
    (crash,) = crashes
    assert "cannot be started" in str(crash)


@needs_proc
async def test_the_end_does_not_wait_for_a_process_that_does_not_answer(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url) as (deliveries, items):
        await deliveries.finish(everything=True)
        process = child_of(os.getpid(), "forward.worker")
        os.kill(process, signal.SIGSTOP)
        try:
            async with asyncio.timeout(20):
                await deliveries.tell_left()
        finally:
            os.kill(process, signal.SIGCONT)
        notices = [item for item in await items.read() if isinstance(item, Notice)]
    assert [notice.message for notice in notices] == [
        "some notifications may be undelivered: they were not counted within 3 s"
    ]


@pytest.mark.slow
async def test_in_the_last_moment_nothing_is_begun_that_would_be_cut_off(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    assert app.hold
    async with (
        app,
        forwarding(tmp_path, app.url) as (deliveries, items),
        JournalWriter(tmp_path / "journal.db") as journal,
    ):
        for _ in range(2):
            deliveries.take(await journal.append(make_capture(run_id=1, received_at=now())))
        await until(lambda: app.received)
        asyncio.get_running_loop().call_later(4.5, app.hold.set)
        async with asyncio.timeout(20):
            await deliveries.finish(everything=True)
        await deliveries.tell_left()
        notices = [item.message for item in await items.read() if isinstance(item, Notice)]
    assert len(app.received) == 1
    assert notices == [f"1 notification for {app.url} not delivered"]


@pytest.mark.parametrize(
    ("app_id", "objects", "where"),
    [
        ("1", ("page",), "on this app"),
        (SANDBOX, ("page",), "in the sandbox"),
        ("anna@db.example.com/hooks", (), "that mirrors this log"),
    ],
)
def test_the_next_run_is_named_by_where_it_receives(app_id: str, objects: tuple[str, ...], where: str) -> None:
    run = Run(app_id=app_id, objects=objects, targets=(), started_at=now())
    assert delivery_service._where(run) == where
