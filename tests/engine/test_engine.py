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


@pytest.mark.parametrize(
    ("failure", "told"),
    [(GraphError("the app is gone"), "the app is gone"), (RuntimeError("odd"), "an internal error")],
)
async def test_one_failure_among_several_tasks_is_raised_alone(tmp_path: Path, failure: Exception, told: str) -> None:
    app = App(app_id="1", secret=Secret("s"), graph_url="http://127.0.0.1:1")
    lease = LeaseSettings(verify_token="t")
    settings = RunSettings(app=app, lease=lease, path="/hook", journal=tmp_path / "journal.db")
    live = LiveRun(key="1-a", pid=1, address="", journal="", app_id="1", objects=("page",))
    with socket.socket() as listener:
        engine = Engine(settings, live=live, listener=listener, force_exit=lambda: None)
        registration: Any = Registration(failure)
        with pytest.raises(type(failure)) as raised:
            await engine._hold(engine._work(registration), registration.release)
    assert raised.value is failure
    assert registration.is_put_back
    assert engine.board.status.reason == told


async def test_a_run_that_listens_leaves_the_processors_to_others_first(tmp_path: Path) -> None:
    async def wait() -> None:
        raise GraphError("not free yet")

    app = App(app_id="1", secret=Secret("s"), graph_url="http://127.0.0.1:1")
    settings = RunSettings(
        app=app, lease=LeaseSettings(verify_token="t"), path="/hook", journal=tmp_path / "journal.db"
    )
    live = LiveRun(key="1-a", pid=1, address="", journal="", app_id="1", objects=("page",))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        engine = Engine(settings, live=live, listener=listener, force_exit=lambda: None, free=wait)
        with engine.feed.subscribe() as subscriber:
            await engine.run()
            published = await subscriber.read()

    assert [type(item) for item in published] == [ReceiverListening, Stopped]
    assert engine.error
    assert engine.error.message == "not free yet"
