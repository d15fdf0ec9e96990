"""The watch over a shared log: it announces an outage once, even if nothing arrives, and the recovery once.

It counts as away when it does not answer, and also when it accepts no appends, as with a full disk.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from hookscope.errors import HookscopeError, StoreError
from hookscope.model.run_events import Level, Notice, RunEvent
from hookscope.team.log import SharedLog

_LOOK_SECONDS = 3.0
_UNHEALTHY_SECONDS = 10.0
"""Seconds: shorter outages are not announced, since Meta repeats what was answered 503."""

_QUIET_SECONDS = _LOOK_SECONDS
"""Seconds after a failed append during which an answer to a poll does not count as recovery."""


class LogWatch:
    """Polls the log. `clock` returns seconds, `wait` sleeps for them."""

    def __init__(
        self,
        log: SharedLog,
        *,
        publish: Callable[[RunEvent], None],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._log = log
        self._publish = publish
        self._clock = clock
        self._wait = wait
        self._away_since: float | None = None
        self._refused_at: float | None = None
        self._kept_at = 0.0
        self._is_silent = False
        """True if the last poll failed; it has a connection of its own, so appends may succeed all the same."""

    def is_healthy(self) -> bool:
        """Return False when the log has been away for more than a few seconds, and kept nothing in that time."""
        if self._away_since is None:
            return True
        return self._clock() - max(self._away_since, self._kept_at) < _UNHEALTHY_SECONDS

    def refused(self, error: StoreError) -> None:
        """Record a failed append."""
        self._refused_at = self._clock()
        self._note_away(self._refused_at, error)

    def kept(self) -> None:
        """Record a successful append."""
        self._kept_at, self._refused_at = self._clock(), None
        if not self._is_silent:
            self._note_back()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            asked = self._clock()
            try:
                await self._log.bounds()
            except HookscopeError as error:
                self._is_silent = True
                self._note_away(asked, error)
            else:
                self._is_silent = False
                self._note_answer(asked)
            await self._wait(_LOOK_SECONDS)

    def _note_away(self, since: float, error: HookscopeError) -> None:
        if self._away_since is None:
            self._away_since = since
            consequence = "deliveries are answered 503 until it is back, and Meta sends them again"
            hint = f"{error.hint}; {consequence}" if error.hint else consequence
            self._publish(Notice(level=Level.WARNING, message=error.message, hint=hint))

    def _note_answer(self, asked: float) -> None:
        is_quiet = self._refused_at is None or asked - self._refused_at > _QUIET_SECONDS
        if is_quiet:
            self._note_back()

    def _note_back(self) -> None:
        if self._away_since is None:
            return
        seconds = self._clock() - self._away_since
        self._away_since = self._refused_at = None
        self._publish(Notice(level=Level.INFO, message=f"the shared log is back after {seconds:.0f} s"))
