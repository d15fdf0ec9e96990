"""What dead runs left undelivered is handed to exactly one live run."""

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope import run_registry
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Run
from hookscope.run_registry import LiveRun
from tests.support.captures import WHEN

APP = "http://127.0.0.1:3000/"
SINCE = WHEN - timedelta(hours=1)


class Runs:
    """Runs of one journal; they are dead unless they are announced."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal
        self._announced: dict[str, ExitStack] = {}

    async def begin(self, key: str, *, live: bool = False, app_id: str = "1", targets: Sequence[str] = (APP,)) -> Run:
        if live:
            run = LiveRun(key=key, pid=1, address="/x", journal="/j", app_id=app_id, objects=("page",))
            self._announced[key] = ExitStack()
            self._announced[key].enter_context(run_registry.announce(run))
        return await self._journal.begin_run(
            Run(key=key, app_id=app_id, objects=("page",), targets=tuple(targets), started_at=WHEN)
        )

    async def end(self, run: Run, at: datetime) -> None:
        await self._journal.end_run(replace(run, ended_at=at))

    def kill(self, key: str) -> None:
        self._announced.pop(key).close()

    def kill_all(self) -> None:
        for key in tuple(self._announced):
            self.kill(key)

    async def adopt(self, run: Run) -> list[int]:
        return await self._journal.adopt_pending(run, APP, SINCE)


@pytest.fixture
async def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runs]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with JournalWriter(tmp_path / "journal.db") as journal:
        found = Runs(journal)
        yield found
        found.kill_all()


async def test_a_run_inherits_from_the_dead_runs_of_its_app_and_target(runs: Runs) -> None:
    killed, ended, early = [await runs.begin(key) for key in ("killed", "ended", "early")]
    await runs.end(ended, SINCE)
    await runs.end(early, SINCE - timedelta(milliseconds=1))
    await runs.begin("another app's", app_id="2")
    await runs.begin("for another target", targets=["http://127.0.0.1:4000/"])
    await runs.begin("living", live=True)
    mine = await runs.begin("mine", live=True)
    await runs.begin("later")
    assert await runs.adopt(mine) == [killed.id, ended.id]
    assert await runs.adopt(mine) == [killed.id, ended.id]


async def test_what_a_living_run_has_inherited_stays_with_it_until_it_is_gone(runs: Runs) -> None:
    dead = await runs.begin("dead")
    first, second = [await runs.begin(key, live=True) for key in ("first", "second")]
    assert await runs.adopt(first) == [dead.id]
    assert await runs.adopt(second) == []
    runs.kill("first")
    assert await runs.adopt(second) == [dead.id, first.id]


async def test_a_run_that_has_ended_inherits_no_more_although_its_process_lives(runs: Runs) -> None:
    dead = await runs.begin("dead")
    first, second = [await runs.begin(key, live=True) for key in ("first", "second")]
    assert await runs.adopt(first) == [dead.id]
    await runs.end(first, WHEN)
    assert await runs.adopt(second) == [dead.id, first.id]
