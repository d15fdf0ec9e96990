"""The probes of the public path, and the reports about it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.probe import ProbeResult
from hookscope.engine.path_watch import PathWatch, Rhythm
from hookscope.model.run_events import Notice, Probed, RunEvent
from tests.engine.fake_clock import FakeClock

HOUR = 3600.0
ANSWERS = Finding(id="callback.answers", state=State.OK, what="it answers")
SILENT = Finding(id="answer.timeout", state=State.FAILED, what="no answer within 6 s")
HELD_UP = Finding(id="proxy.refused", state=State.FAILED, what="the proxy set in the environment refuses")


class Path:
    """A public path that works until it is cut, the moments of its probes, and what was told of it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.works = True
        self.fault = SILENT
        self.probes: list[float] = []
        self.items: list[RunEvent] = []
        self.watch = PathWatch(self.probe, publish=self.items.append, clock=self.clock, rhythm=Rhythm())
        self.began = self.clock.elapsed()

    async def probe(self) -> ProbeResult:
        self.probes.append(self.clock.elapsed())
        return ProbeResult(finding=ANSWERS if self.works else self.fault, elapsed_ms=1.0)

    @property
    def passed(self) -> float:
        return self.clock.elapsed() - self.began

    @property
    def told(self) -> list[bool]:
        return [item.ok for item in self.items if isinstance(item, Probed)]

    @property
    def notices(self) -> list[str]:
        return [item.message for item in self.items if isinstance(item, Notice)]

    async def pass_by(self, seconds: float, each_tick: Callable[[], None] = lambda: None) -> None:
        until = self.passed + seconds
        while self.passed < until:
            each_tick()
            await self.clock.step()

    def most_in_an_hour(self) -> int:
        return max(sum(begin <= at < begin + HOUR for at in self.probes) for begin in self.probes)


@asynccontextmanager
async def watched() -> AsyncIterator[Path]:
    path = Path()
    watching = asyncio.create_task(path.watch.run())
    yield path
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def test_a_quiet_path_is_probed_after_two_minutes() -> None:
    async with watched() as path:
        await path.pass_by(118)
        assert path.probes == []
        await path.clock.run(lambda: path.probes)
        assert path.passed <= 124
        await path.clock.run(lambda: path.told == [True])


async def test_an_arriving_notification_spares_the_probe() -> None:
    async with watched() as path:
        await path.pass_by(HOUR, path.watch.note_traffic)
        assert path.probes == []


@pytest.mark.slow
async def test_an_idle_day_stays_within_the_allowance_of_a_free_plan() -> None:
    async with watched() as path:
        await path.pass_by(24 * HOUR)
        assert path.most_in_an_hour() <= 30
        assert len(path.probes) * 31 < 20_000
        assert len(path.probes) >= 24 * 24


async def test_a_log_that_never_stops_stays_within_it_too() -> None:
    async with watched() as path:
        await path.pass_by(3 * HOUR, path.watch.stir)
        assert path.most_in_an_hour() <= 30


async def test_one_failure_is_not_told_and_two_are_red() -> None:
    async with watched() as path:
        path.works = False
        await path.clock.run(lambda: len(path.probes) == 1)
        assert path.told == []
        await path.clock.run(lambda: path.told)
        assert path.told == [False]
        assert path.probes[1] - path.probes[0] <= 14
        assert "no answer within 6 s" in path.notices[0]
        await path.clock.run(lambda: len(path.told) == 3)
        assert len(path.notices) == 1
        path.works = True
        await path.clock.run(lambda: path.told[-1])
        assert path.notices[1:] == ["the public URL leads here again"]


async def test_a_proxy_of_ours_in_the_way_says_nothing_about_the_path() -> None:
    async with watched() as path:
        path.works, path.fault = False, HELD_UP
        await path.clock.run(lambda: path.notices)
        assert path.notices == [f"the public URL can no longer be checked from here: {HELD_UP.what}"]


async def test_after_hours_of_quiet_a_failure_is_confirmed_without_delay() -> None:
    async with watched() as path:
        await path.pass_by(3 * HOUR)
        assert path.notices == []
        path.works = False
        await path.clock.run(lambda: not path.told[-1])
        assert path.probes[-1] - path.probes[-2] <= 14


async def test_sleep_a_clock_that_is_set_and_a_stopped_process_call_for_a_probe() -> None:
    async with watched() as path:
        clock = path.clock
        for upset in (partial(clock.jump, 600), partial(clock.jump, -600), partial(clock.stall, 60)):
            await path.pass_by(20, path.watch.note_traffic)
            before = len(path.probes)
            upset()
            await path.pass_by(4, path.watch.note_traffic)
            assert len(path.probes) == before + 1


async def test_a_word_in_the_log_calls_for_a_probe_at_once_and_one_only() -> None:
    async with watched() as path:
        await path.pass_by(20, path.watch.note_traffic)
        path.watch.stir()
        path.watch.stir()
        await path.pass_by(40, path.watch.note_traffic)
        assert len(path.probes) == 1
