"""The watch over a shared log: that it is away is told once, also while nothing arrives, and once when it is back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from hookscope.errors import HookscopeError
from hookscope.model.run_events import Level, Notice, RunEvent
from hookscope.team.log import SharedLog

_LOOK_SECONDS = 3.0
_UNHEALTHY_SECONDS = 10.0
"""Meta sends again what was answered 503 in a shorter time; nobody need know of it."""


class LogWatch:
    """Asks the log now and then. `clock` counts seconds, `wait` passes them."""

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

    def is_healthy(self) -> bool:
        """Return False when the log has been away for more than some seconds."""
        return self._away_since is None or self._clock() - self._away_since < _UNHEALTHY_SECONDS

    async def run(self) -> None:
        """Watch, until it is cancelled."""
        while True:
            asked = self._clock()
            try:
                await self._log.bounds()
            except HookscopeError as error:
                self._note_away(asked, error)
            else:
                self._note_back()
            await self._wait(_LOOK_SECONDS)

    def _note_away(self, since: float, error: HookscopeError) -> None:
        if self._away_since is None:
            self._away_since = since
            hint = "deliveries are answered 503 until it is back, and Meta sends them again"
            self._publish(Notice(level=Level.WARNING, message=f"the shared log is away: {error.message}", hint=hint))

    def _note_back(self) -> None:
        if self._away_since is not None:
            seconds = self._clock() - self._away_since
            self._away_since = None
            self._publish(Notice(level=Level.INFO, message=f"the shared log is back after {seconds:.0f} s"))
