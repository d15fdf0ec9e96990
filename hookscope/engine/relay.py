"""A relay: receives for a team, into the shared log that each developer's run mirrors.

Everything that it answers 200 is in the log. Without the log it answers 503, and Meta repeats the notification:
captures wait in no second place.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

from hookscope import run_registry
from hookscope.engine.background import Background
from hookscope.engine.lifecycle import Lifecycle
from hookscope.engine.log_watch import LogWatch
from hookscope.engine.succession import Succession
from hookscope.errors import HookscopeError
from hookscope.model.append import Append, Appender, Waiter
from hookscope.model.capture_id import EventRef
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery, Kind
from hookscope.model.run_events import Captured, Level, Notice, ReceiverListening, RunEvent
from hookscope.model.timestamps import now
from hookscope.services.relay_request import RelaySettings
from hookscope.settings import RunSettings
from hookscope.team.followers import FollowedLog
from hookscope.team.hold import Hold
from hookscope.team.log import LogNotFoundError, LogUnavailableError, SharedLog
from hookscope.team.opening import open_log
from hookscope.team.position import last_before
from hookscope.team.retention import trim
from hookscope.team.writer import LogWriter

_TRIM_SECONDS = 60.0
_AGAIN_SECONDS = 1.0
"""Seconds between two attempts to open a log that is away."""

_TURN_SECONDS = 1.0
"""Seconds between two checks of whether it is this relay's turn."""


class Relay(Lifecycle):
    """Runs once; see Lifecycle."""

    def __init__(
        self,
        settings: RunSettings,
        *,
        relay: RelaySettings,
        live: run_registry.LiveRun,
        listener: socket.socket,
        force_exit: Callable[[], None],
        open_log: Callable[..., FollowedLog] = open_log,
    ) -> None:
        super().__init__(settings, live=live, listener=listener, force_exit=force_exit)
        self._relay = relay
        self._open_log = open_log
        self._succession: Succession | None = None
        self._watch: LogWatch | None = None
        self._strays = 0

    @property
    def holds_registrations(self) -> bool:
        """True if something is registered on the app because of this relay; it stays registered at the end."""
        return self._succession is not None and self._succession.registration is not None

    async def replay(self, named: int | EventRef, to: str | None, body: bytes | None = None) -> Delivery:
        """Refuse: a relay does not send to apps. Raises HookscopeError."""
        raise _elsewhere("a relay does not send to apps", "hookscope replay @ID")

    async def show_replays(self, capture_ids: Sequence[int]) -> None:
        """Do nothing: no journal names a relay as the run of a capture."""

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings on the registration. Raises HookscopeError."""
        if self._succession is None or self._succession.registration is None:
            raise HookscopeError("this relay stands by: another one talks to Meta", hint="hookscope relay status")
        return await self._succession.registration.examine()

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Refuse: a relay has no journal to keep the answers in. Raises HookscopeError."""
        raise _elsewhere("a relay reads nothing from the Graph API for its captures", "hookscope fetch @ID")

    async def put_back(self) -> None:
        """Do nothing: the registration stays."""

    async def _run(self) -> None:
        settings = self._relay
        async with AsyncExitStack() as stack:
            stack.enter_context(run_registry.announce(self._live))
            log = await self._opened(stack)
            if log is None:
                return
            for caution in log.cautions:
                self._publish(Notice(level=Level.WARNING, message=caution))
            writer: Appender = await stack.enter_async_context(LogWriter(log, relay=settings.name))
            self._watch = watch = LogWatch(log, publish=self._publish)
            keeper = writer if settings.keeps_strays else _WithoutStrays(writer)
            receiver = self._build_receiver(keeper, run_id=None, is_healthy=watch.is_healthy, lost=watch.refused)
            self._receiver = await stack.enter_async_context(receiver)
            self._publish(ReceiverListening(url=receiver.url))
            hold = Hold(log, holder=f"{settings.name}:{self._live.key}")
            self._succession = Succession(
                self._settings, key=self._live.key, receiver=receiver, log=log, hold=hold, publish=self._publish
            )
            if self._settings.lease.dry_run:
                await self._hold(self._succession.show_plan(), self._end)
                return
            background = await stack.enter_async_context(Background(self._crashed))
            background.start(watch.run(), "watch the shared log")
            if settings.retain:
                background.start(_retain(log, hold, settings.retain), "delete old entries")
            await self._hold(self._succession.run(), self._end)

    async def _opened(self, stack: AsyncExitStack) -> FollowedLog | None:
        """Open the log, and wait while it is away, as after a power cut; return None if it is time to stop.

        Raises LogRefusedError, and LogNotFoundError for an unknown host.
        """
        settings, has_told = self._relay, False
        while not self.is_stopping:
            opened = self._open_log(settings.log, app_id=settings.app_id, polls=settings.polls)
            try:
                return await stack.enter_async_context(opened)
            except LogUnavailableError as error:
                if isinstance(error, LogNotFoundError) or self._settings.lease.dry_run:
                    raise
                if not has_told:
                    has_told = True
                    message = f"{error.message}; the relay waits for it, and receives nothing until then"
                    self._publish(Notice(level=Level.WARNING, message=message, hint=error.hint))
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):
                    await self._stopping.wait()
        return None

    async def _end(self) -> None:
        if self._strays:
            message = f"strays that were answered, and not kept: {self._strays}"
            self._publish(Notice(level=Level.INFO, message=message, hint="keep them with --strays"))

    def _conclude(self) -> None:
        """Do nothing: a relay that was stopped has not failed."""

    def _publish(self, item: RunEvent) -> None:
        if isinstance(item, Captured):
            if item.capture.shared is None:
                self._strays += 1
                return
            if self._watch:
                self._watch.kept()
        super()._publish(item)

    def _published(self, item: RunEvent) -> None:
        if isinstance(item, Captured):
            self._observe(item.capture)

    def _observe(self, capture: Capture) -> None:
        if self._succession:
            self._succession.observe(capture)


class _WithoutStrays:
    """Appends everything except strays, which anybody on the internet can send. An Appender."""

    def __init__(self, appender: Appender) -> None:
        self._appender = appender

    def begin_append(self, append: Append, waiter: Waiter) -> None:
        """Append a capture; a stray keeps its number 0."""
        if append.capture.kind is Kind.STRAY:
            waiter.set_result(append.capture)
        else:
            self._appender.begin_append(append, waiter)


async def _retain(log: SharedLog, hold: Hold, age: timedelta) -> None:
    """Delete old entries from time to time while this relay has the lease; until cancelled."""
    while True:
        pause = _TURN_SECONDS
        if hold.grant:
            with suppress(HookscopeError):  # The watch over the log reports it; the next time comes.
                await trim(log, hold.grant, await last_before(log, now() - age))
            pause = _TRIM_SECONDS
        await asyncio.sleep(pause)


def _elsewhere(message: str, command: str) -> HookscopeError:
    return HookscopeError(message, hint=f"in a run of your own that mirrors its log: {command}")
