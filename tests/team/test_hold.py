"""The lease is held, renewed, lost, and never trusted for longer than it lasts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from hookscope.errors import LeaseLostError
from hookscope.team.hold import Hold, LeaseTiming, seconds_since_boot
from hookscope.team.log import Grant, LogUnavailableError
from tests.team.memory_log import MemoryEngine, MemoryLog

_T = TypeVar("_T")
TIMING = LeaseTiming()


class Time:
    """A clock that goes on only while somebody waits, and what happens meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        self.then: list[Callable[[], Awaitable[None] | None]] = []

    async def wait(self, seconds: float) -> None:
        self.now += seconds
        if self.then and (awaited := self.then.pop(0)()):
            await awaited
        await asyncio.sleep(0)


class TimedLog(MemoryLog):
    """A log in memory whose lease ends by a test's clock; `slow` is how long a renewal takes."""

    def __init__(self, engine: MemoryEngine, time: Time) -> None:
        super().__init__(engine, app_id="1")
        self._time = time
        self.slow = 0.0
        self.renewals = 0

    async def take(self, *, holder: str, ttl: float) -> Grant | None:
        self._expire()
        return self._timed(await super().take(holder=holder, ttl=1e6), ttl)

    async def renew(self, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        self.renewals += 1
        self._expire()
        renewed = await super().renew(grant, ttl=1e6 if ttl else 0, state=state)
        timed = self._timed(renewed, ttl)
        self._time.now += self.slow
        return timed

    def _timed(self, grant: Grant | None, ttl: float) -> Grant | None:
        if grant:
            self._engine.lease_ends_at = self._time.now + ttl  # type: ignore[attr-defined]
        return grant

    def _expire(self) -> None:
        if getattr(self._engine, "lease_ends_at", 0) <= self._time.now:
            self._engine.lease = None


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


def hold(engine: MemoryEngine, time: Time, holder: str = "a") -> Hold:
    return Hold(TimedLog(engine, time), holder=holder, clock=lambda: time.now, wait=time.wait)


async def test_one_has_it_and_the_other_gets_it_when_it_is_given_back(engine: MemoryEngine, time: Time) -> None:
    first, second = hold(engine, time), hold(engine, time, "b")
    assert await first.take()
    assert await second.take() is None
    await first.give_back()
    assert first.left == 0
    grant = await second.taken()
    assert (grant.holder, second.left) == ("b", TIMING.ttl)


async def test_it_is_renewed_until_somebody_else_has_it(engine: MemoryEngine, time: Time) -> None:
    first, second = hold(engine, time), hold(engine, time, "b")
    await first.take()

    async def sleep_too_long() -> None:
        time.now += TIMING.ttl
        assert await second.take()

    time.then = [lambda: None] * 5 + [sleep_too_long]
    await first.lost()
    assert first.grant is None
    assert time.now == 6 * TIMING.renew + TIMING.ttl
    assert second.left == TIMING.ttl


async def test_who_was_suspended_may_change_nothing_even_before_it_notices(engine: MemoryEngine, time: Time) -> None:
    first, second = hold(engine, time), hold(engine, time, "b")
    await first.take()
    time.now += TIMING.ttl + 1
    await second.take()
    with pytest.raises(LeaseLostError, match="another relay has the lease") as raised:
        await first.permit()
    assert raised.value.done == "nothing was changed at Meta"
    await second.permit()


async def test_a_call_that_needs_more_time_than_is_left_has_it_renewed_first(engine: MemoryEngine, time: Time) -> None:
    log = TimedLog(engine, time)
    first = Hold(log, holder="a", clock=lambda: time.now, wait=time.wait)
    await first.take()
    await first.permit()
    assert log.renewals == 0
    time.now += TIMING.ttl - TIMING.spare + 1
    await first.permit()
    assert log.renewals == 1
    assert first.left == TIMING.ttl


async def test_a_slow_answer_does_not_make_it_last_longer(engine: MemoryEngine, time: Time) -> None:
    log = TimedLog(engine, time)
    first = Hold(log, holder="a", clock=lambda: time.now, wait=time.wait)
    await first.take()
    time.now += TIMING.ttl - TIMING.spare + 1
    log.slow = TIMING.ttl - TIMING.spare + 1
    with pytest.raises(LeaseLostError):
        await first.permit()


async def test_without_the_log_nothing_is_changed_and_the_lease_ends(engine: MemoryEngine, time: Time) -> None:
    first = hold(engine, time)
    await first.take()
    await engine.stop()
    await first.permit()  # It lasts long enough as it is.
    time.now += TIMING.ttl - TIMING.spare + 1
    with pytest.raises(LeaseLostError, match="cannot be asked"):
        await first.permit()
    await first.lost()
    assert (time.now, first.grant) == (TIMING.ttl, None)
    await first.give_back()


async def test_a_short_outage_costs_nothing(engine: MemoryEngine, time: Time) -> None:
    first = hold(engine, time)
    await first.take()

    async def watched() -> None:
        assert first.left == TIMING.ttl - TIMING.renew
        time.now += 10 * TIMING.ttl

    time.then = [engine.stop, lambda: None, lambda: None, lambda: engine.start(), watched]
    await first.lost()


async def test_who_waits_for_it_outlasts_an_outage(engine: MemoryEngine, time: Time) -> None:
    await engine.stop()
    time.then = [lambda: None, lambda: engine.start()]
    assert (await hold(engine, time).taken()).holder == "a"


async def test_what_a_holder_leaves_the_next_one_gets(engine: MemoryEngine, time: Time) -> None:
    first, second = hold(engine, time), hold(engine, time, "b")
    await first.take()
    await first.write(b"state")
    time.now += TIMING.ttl
    assert (await second.taken()).state == b"state"
    with pytest.raises(LeaseLostError):
        await first.write(b"stale")
    await second.give_back()
    assert (await first.taken()).state == b"state"


async def test_an_engine_that_is_away_is_told_by_others(engine: MemoryEngine, time: Time) -> None:
    await engine.stop()
    with pytest.raises(LogUnavailableError):
        await hold(engine, time).take()


def test_the_clock_goes_on() -> None:
    assert seconds_since_boot() <= seconds_since_boot()
