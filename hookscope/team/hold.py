"""A relay's hold on the lease of its log: only the holder may change the registration at Meta.

The Graph API does not know the lease, so it cannot refuse a holder that has lost it without noticing, because its
process was suspended or its network was down. A call is therefore made only while the lease lasts longer than the call
may take. That time is measured on this machine, from before the engine was asked, so that neither a different clock nor
a slow answer makes it longer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

from hookscope.errors import HookscopeError, LeaseLostError
from hookscope.team.log import Grant, LogUnavailableError, SharedLog


class LeaseTiming(Struct, frozen=True, kw_only=True):
    """The times of a lease, in seconds.

    Its duration, the pauses between renewals, between attempts to take it, and after a failure, and the remaining time
    that a call needs.
    """

    ttl: float = 30.0
    renew: float = 10.0
    look: float = 2.0
    again: float = 1.0
    spare: float = 15.0


def seconds_since_boot() -> float:
    """Return the seconds of a clock that also counts while the machine sleeps, where the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Hold:
    """Takes, keeps, and releases the lease as `holder`, a name that no other process has.

    Use it from one event loop. `clock` returns seconds, `wait` sleeps for them.
    """

    def __init__(
        self,
        log: SharedLog,
        *,
        holder: str,
        timing: LeaseTiming | None = None,
        clock: Callable[[], float] = seconds_since_boot,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._log = log
        self._holder = holder
        self._timing = timing or LeaseTiming()
        self._clock = clock
        self._wait = wait
        self._ends = 0.0
        self._one_at_a_time = asyncio.Lock()
        self.grant: Grant | None = None
        """The lease, unless it is known to be lost."""

    @property
    def left(self) -> float:
        """The minimum number of seconds that the lease still lasts; 0 when it is not held."""
        return max(0.0, self._ends - self._clock()) if self.grant else 0.0

    async def take(self) -> Grant | None:
        """Take the lease, or return None if another process has it. Raises as SharedLog does."""
        asked = self._clock()
        return self._granted(await self._log.take(holder=self._holder, ttl=self._timing.ttl), asked)

    async def taken(self) -> Grant:
        """Wait until the lease is ours. Raises LogRefusedError."""
        while True:
            try:
                if grant := await self.take():
                    return grant
                await self._wait(self._timing.look)
            except LogUnavailableError:
                await self._wait(self._timing.again)

    async def lost(self) -> None:
        """Renew the lease in time, and return when it is lost. Raises LogRefusedError."""
        pause = self._timing.renew
        while self.left:
            await self._wait(min(pause, self.left))
            try:
                await self._renew()
                pause = self._timing.renew
            except LogUnavailableError:
                pause = self._timing.again
        self.grant = None

    async def permit(self) -> None:
        """Return if the lease lasts long enough for a call that changes something; ask right before each.

        Raises LeaseLostError.
        """
        if self.left < self._timing.spare:
            try:
                await self._renew()
            except LogUnavailableError as error:
                raise _not_changed(f"the shared log cannot be asked for the lease: {error.message}") from error
        if self.left < self._timing.spare:
            raise _not_changed("another relay has the lease, or this process was suspended")

    async def write(self, state: bytes) -> None:
        """Store bytes for the next holders. Raises LeaseLostError, and as SharedLog does."""
        await self._renew(state)
        if self.grant is None:
            raise _not_changed("another relay has the lease")

    async def give_back(self) -> None:
        """Release the lease for another relay; if the log does not answer, it expires by itself."""
        grant, self.grant = self.grant, None
        if grant:
            try:
                await self._log.renew(grant, ttl=0)
            except HookscopeError:
                return

    async def _renew(self, state: bytes | None = None) -> None:
        async with self._one_at_a_time:
            if grant := self.grant:
                asked = self._clock()
                self._granted(await self._log.renew(grant, ttl=self._timing.ttl, state=state), asked)

    def _granted(self, grant: Grant | None, asked: float) -> Grant | None:
        self.grant, self._ends = grant, asked + self._timing.ttl
        return grant


def _not_changed(why: str) -> LeaseLostError:
    return LeaseLostError(
        f"this relay may not change the registration now: {why}",
        done="nothing was changed at Meta",
        hint="see who has the lease: hookscope relay status",
    )
