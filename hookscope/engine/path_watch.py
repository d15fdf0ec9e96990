"""The watch over the public path: a link that swallows bytes still has a living process, and only a probe can tell."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from hookscope.diagnosis.probe import ProbeResult
from hookscope.engine.clock import Clock
from hookscope.model.run_events import Level, Notice, Probed, RunEvent

_RED = 2
"""Failures in a row before the light is red: one alone may be the network's hiccup."""


class Rhythm(Struct, frozen=True, kw_only=True):
    """The timing of probes; in seconds, except for `burst`.

    `quiet` without a delivery calls for a probe, and so does any sign of a change, no sooner than `again` after the
    last one; a failure does too. An idle path is not probed sooner than `refill` after the last probe, so that the
    burst is left for changes. A probe costs a token: `burst` are available at once, and one more comes each
    `refill`. That is 29 an hour at most, and 19,131 in a month of 31 idle days: ngrok's free plan has 20,000 requests a
    month. `tick` is the time between two looks at the clocks, which have jumped when they disagree by more than `jump`.
    """

    tick: float = 2.0
    quiet: float = 120.0
    again: float = 10.0
    refill: float = 140.0
    burst: int = 4
    jump: float = 5.0
    timeout: float = 6.0
    """For one probe, as Meta has it."""


class PathWatch:
    """Probes the public path when it has been quiet for long, or may have changed, and reports when it is dead.

    `probe` asks once. `run` watches one path that has just been proven; the allowance outlives it.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[ProbeResult]],
        *,
        publish: Callable[[RunEvent], None],
        clock: Clock,
        rhythm: Rhythm,
    ) -> None:
        self._probe = probe
        self._publish = publish
        self._clock = clock
        self._rhythm = rhythm
        self._tokens = float(rhythm.burst)
        self._refilled_at = clock.elapsed()
        self._reset()

    def note_traffic(self) -> None:
        """Note that something has come through the path."""
        self._traffic_at = self._clock.elapsed()

    def stir(self) -> None:
        """Note that the path may have changed."""
        self._stirred = True

    async def run(self) -> None:
        """Watch the path forever."""
        self._reset()
        while True:
            await self._pass_a_tick()
            if self._is_due():
                await self._look()

    def _reset(self) -> None:
        self._traffic_at = self._probed_at = self._rested_at = self._clock.elapsed()
        self._failures = 0
        self._stirred = False

    async def _pass_a_tick(self) -> None:
        """Wait a tick; a longer one, or one that the clocks disagree about, was sleep or a change of the clock."""
        clock, rhythm = self._clock, self._rhythm
        elapsed, wall = clock.elapsed(), clock.wall()
        await clock.sleep(rhythm.tick)
        passed = clock.elapsed() - elapsed
        if passed > rhythm.tick + rhythm.jump or abs(clock.wall() - wall - passed) > rhythm.jump:
            self._stirred = True

    def _is_due(self) -> bool:
        now = self._clock.elapsed()
        self._tokens = min(self._rhythm.burst, self._tokens + (now - self._refilled_at) / self._rhythm.refill)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        if self._stirred or self._failures:
            return now - self._probed_at >= self._rhythm.again
        return now - self._traffic_at >= self._rhythm.quiet and now >= self._rested_at

    async def _look(self) -> None:
        self._stirred = False
        self._tokens -= 1
        self._rested_at = self._clock.elapsed() + self._rhythm.refill
        result = await self._probe()
        self._probed_at = self._clock.elapsed()
        if result.ok:
            self._tell_alive(result)
        else:
            self._tell_dead(result)

    def _tell_alive(self, result: ProbeResult) -> None:
        if self._failures >= _RED:
            self._publish(Notice(level=Level.INFO, message="the public URL leads here again"))
        self._failures = 0
        self._tell(result)

    def _tell_dead(self, result: ProbeResult) -> None:
        self._failures += 1
        if self._failures < _RED:
            return
        self._tell(result)
        if self._failures == _RED:
            verdict = "no longer leads here" if result.is_conclusive else "can no longer be checked from here"
            self._publish(
                Notice(
                    level=Level.WARNING,
                    message=f"the public URL {verdict}: {result.diagnosis}",
                    hint=f"{result.finding.next_step}; it is tried again",
                )
            )

    def _tell(self, result: ProbeResult) -> None:
        self._publish(Probed(ok=result.ok, elapsed_ms=result.elapsed_ms, diagnosis=result.diagnosis, again=True))
