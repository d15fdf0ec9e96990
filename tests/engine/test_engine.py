"""Everything is put back whatever ends a run, and the first error is the one reported."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from hookscope.engine.engine import Engine
from hookscope.errors import GraphError
from hookscope.model.run_events import ReceiverListening, Stopped
from hookscope.run_registry import LiveRun
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, RunSettings


class Registration:
    """Registers at once, fails while the run goes on, and notes that everything was put back."""

    holds_anything = True

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure
        self.is_put_back = False

    async def prepare(self) -> bool:
        return True

    async def start(self) -> None: ...

    async def keep(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fail())

    async def release(self) -> None:
        self.is_put_back = True

    async def _fail(self) -> None:
        raise self.failure


def build(folder: Path, listener: socket.socket, **options: Any) -> Engine:
    """Return an engine of an app that no Graph API has."""
    app = App(app_id="1", secret=Secret("s"), graph_url="http://127.0.0.1:1")
    settings = RunSettings(app=app, lease=LeaseSettings(verify_token="t"), path="/hook", journal=folder / "journal.db")
    live = LiveRun(key="1-a", pid=1, address="", journal="", app_id="1", objects=("page",))
    return Engine(settings, live=live, listener=listener, force_exit=lambda: None, **options)


@pytest.mark.parametrize(
    ("failure", "told"),
    [(GraphError("the app is gone"), "the app is gone"), (RuntimeError("odd"), "an internal error")],
)
async def test_one_failure_among_several_tasks_is_raised_alone(tmp_path: Path, failure: Exception, told: str) -> None:
    with socket.socket() as listener:
        engine = build(tmp_path, listener)
        registration: Any = Registration(failure)
        with pytest.raises(type(failure)) as raised:
            await engine._hold(engine._work(registration), registration.release)
    assert raised.value is failure
    assert registration.is_put_back
    assert engine.board.status.reason == told


async def test_what_is_under_way_ends_before_everything_is_put_back(tmp_path: Path) -> None:
    begun, order = asyncio.Event(), list[str]()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)
            order.append("the work has ended")

    async def put_back() -> None:
        order.append("all is put back")

    with socket.socket() as listener:
        engine = build(tmp_path, listener)
        holding = asyncio.create_task(engine._hold(work(), put_back))
        await begun.wait()
        engine.stop("enough")
        await holding
    assert order == ["the work has ended", "all is put back"]


async def test_a_run_that_listens_leaves_the_processors_to_others_first(tmp_path: Path) -> None:
    async def wait() -> None:
        raise GraphError("not free yet")

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        engine = build(tmp_path, listener, free=wait)
        with engine.feed.subscribe() as subscriber:
            await engine.run()
            published = await subscriber.read()

    assert [type(item) for item in published] == [ReceiverListening, Stopped]
    assert engine.error
    assert engine.error.message == "not free yet"
