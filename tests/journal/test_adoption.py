"""What dead runs left undelivered is handed to exactly one live run."""

from collections.abc import Sequence
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


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


class Runs:
    """Runs of one journal; they are dead unless they are announced."""

    def __init__(self, journal: JournalWriter, path: Path, stack: ExitStack) -> None:
        self._journal, self._path, self._stack = journal, path, stack

    async def begin(self, key: str, *, live: bool = False, app_id: str = "1", targets: Sequence[str] = (APP,)) -> Run:
        if live:
            run = LiveRun(key=key, pid=1, address="/x", journal=str(self._path), app_id=app_id, objects=("page",))
            self._stack.enter_context(run_registry.announce(run))
        return await self._journal.begin_run(
            Run(key=key, app_id=app_id, objects=("page",), targets=tuple(targets), started_at=WHEN)
        )

    async def end(self, run: Run, at: datetime) -> None:
        await self._journal.end_run(replace(run, ended_at=at))

    async def adopt(self, run: Run, target: str = APP) -> list[int]:
        return await self._journal.adopt_pending(run, target, SINCE)


async def test_a_run_inherits_from_the_dead_runs_of_its_app_and_target(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with JournalWriter(tmp_path / "j.db") as journal:
            runs = Runs(journal, tmp_path / "j.db", stack)
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


async def test_what_a_living_run_has_inherited_stays_with_it_until_it_is_gone(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with JournalWriter(tmp_path / "j.db") as journal:
            runs = Runs(journal, tmp_path / "j.db", stack)
            dead = await runs.begin("dead")
            with ExitStack() as first_lives:
                first = await Runs(journal, tmp_path / "j.db", first_lives).begin("first", live=True)
                assert await runs.adopt(first) == [dead.id]
                second = await runs.begin("second", live=True)
                assert await runs.adopt(second) == []
            assert await runs.adopt(second) == [dead.id, first.id]


async def test_a_run_that_has_ended_inherits_no_more_although_its_process_lives(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with JournalWriter(tmp_path / "j.db") as journal:
            runs = Runs(journal, tmp_path / "j.db", stack)
            dead = await runs.begin("dead")
            first = await runs.begin("first", live=True)
            assert await runs.adopt(first) == [dead.id]
            await runs.end(first, WHEN)
            second = await runs.begin("second", live=True)
            assert await runs.adopt(second) == [dead.id, first.id]
