"""The report of a mirror's progress to the log, for `hookscope relay status`."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from hookscope.model.run_events import Level, Notice
from hookscope.team.followers import FollowedLog
from hookscope.team.log import LogReadOnlyError, LogRefusedError, LogUnavailableError

_PAUSE_SECONDS = 10.0
_LAST_REPORT_SECONDS = 1.0


class ProgressReport:
    """Reports how far a mirror has come, under the name that colleagues see."""

    def __init__(self, name: str, *, publish: Callable[[Notice], None]) -> None:
        self._name = name
        self._publish = publish
        self._sent_at = 0.0
        self._is_possible = True
        self._has_told = False

    def begin(self) -> None:
        """Report on a new connection; its server may allow it although the last one did not."""
        self._is_possible = True

    async def send_now_and_then(self, log: FollowedLog, seq: int) -> None:
        """Report that everything up to `seq` is here, unless that was done a moment ago. Raises LogUnavailableError.

        A run that may only read, as at a replica, mirrors without reporting.
        """
        time = asyncio.get_running_loop().time()
        if not self._is_possible or time - self._sent_at < _PAUSE_SECONDS:
            return
        self._sent_at = time
        try:
            await self._send(log, seq)
            self._has_told = False
        except (LogReadOnlyError, LogRefusedError) as error:
            self._is_possible = False
            if not self._has_told:
                self._has_told = True
                message = "this run may only read the log: hookscope relay status does not list it"
                self._publish(Notice(level=Level.INFO, message=message, hint=error.hint))

    async def send_last(self, log: FollowedLog, seq: int) -> None:
        """Report at the end, unless the log takes too long."""
        if self._is_possible:
            with suppress(LogUnavailableError, LogRefusedError, TimeoutError):
                async with asyncio.timeout(_LAST_REPORT_SECONDS):
                    await self._send(log, seq)

    async def _send(self, log: FollowedLog, seq: int) -> None:
        await log.check_in(name=self._name, host=socket.gethostname(), seq=seq)
