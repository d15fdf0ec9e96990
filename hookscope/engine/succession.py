"""The registration of a log's relays: the lease's holder makes and keeps it, the others stand by.

It outlives each of them: the next holder continues it, and changes nothing unless something is missing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from hookscope.engine.registration import Registration
from hookscope.errors import HookscopeError
from hookscope.model.record import Capture
from hookscope.model.run_events import Level, Notice, Phase, PhaseChanged, RunEvent
from hookscope.model.timestamps import now
from hookscope.receiver.server import Receiver
from hookscope.settings import RunSettings
from hookscope.team.followers import FollowedLog
from hookscope.team.hold import Hold
from hookscope.team.log import Grant, LogUnavailableError
from hookscope.team.registration_record import RegistrationRecord

_AGAIN_SECONDS = (10.0, 30.0, 60.0, 300.0)
"""Seconds to wait after each failure of a relay that took over; its receiver goes on meanwhile."""

_LEAVE_SECONDS = 1.0


class Succession:
    """Registers a serving receiver whenever this process has the lease.

    `key` is the key of the process in the run registry.
    """

    def __init__(
        self,
        settings: RunSettings,
        *,
        key: str,
        receiver: Receiver,
        log: FollowedLog,
        hold: Hold,
        publish: Callable[[RunEvent], None],
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._key = key
        self._receiver = receiver
        self._log = log
        self._hold = hold
        self._publish = publish
        self._wait = wait
        self._is_live = False
        self._record = RegistrationRecord()
        self.registration: Registration | None = None
        """The registration, while this process has the lease."""

    def observe(self, capture: Capture) -> None:
        """Take note of a capture; see Registration."""
        if self.registration:
            self.registration.observe(capture)

    async def run(self) -> None:
        """Register and stand by in turn, until cancelled.

        Raises HookscopeError when the first registration cannot be made; later failures are notices.
        """
        failures = 0
        try:
            while True:
                try:
                    grant = await self._turn()
                    await self._lead(grant)
                    failures = 0
                    self._warn(f"the lease is lost{await self._winner()}", _LOST_HINT)
                except HookscopeError as error:
                    if not self._is_live or self._settings.sandbox:
                        raise
                    await self._hold.give_back()  # Another relay may succeed.
                    self._publish(Notice(level=Level.ERROR, message=error.message, hint=error.hint))
                    await self._wait(_AGAIN_SECONDS[min(failures, len(_AGAIN_SECONDS) - 1)])
                    failures += 1
        finally:
            await self._hold.give_back()

    async def show_plan(self) -> None:
        """Show what this relay would change at Meta, and change nothing; also while another one has the lease."""
        try:
            await self._hold.take()
            registered = RegistrationRecord.from_state((await self._log.status()).state)
            async with self._registration(registered) as registration:
                await registration.prepare()
        finally:
            await self._hold.give_back()

    async def _turn(self) -> Grant:
        """Take the lease, or stand by until it is free and the log is available."""
        with suppress(LogUnavailableError):
            if grant := await self._hold.take():
                return grant
            holder = await self._holder() or "another relay"
            self._say(f"{holder} talks to Meta; this relay receives as well, and takes over when that one ends")
        self._go_live()
        return await self._hold.taken()

    async def _lead(self, grant: Grant) -> None:
        """Make the registration, or continue it, and keep it; return when the lease is lost."""
        self._record = RegistrationRecord.from_state(grant.state)
        async with self._registration(self._record) as registration:
            self.registration = registration
            try:
                await _first_of(self._hold.lost(), self._keep(registration, grant.holder))
            except HookscopeError:
                if self._hold.left:
                    raise  # If not held, it failed because the lease is lost.
            finally:
                self.registration = None
                await (registration.release() if self._hold.left else registration.abandon())

    def _registration(self, registered: RegistrationRecord) -> Registration:
        return Registration(
            self._settings if self._settings.sandbox else _standing(self._settings, registered),
            key=self._key,
            receiver=self._receiver,
            publish=self._publish,
            permit=self._hold.permit,
            declare=self._declare,
        )

    async def _keep(self, registration: Registration, holder: str) -> None:
        await registration.prepare()
        await registration.start()
        self._go_live()
        await self._leave(self._record.registering(*registration.registered, holder=holder, since=now()))
        await registration.keep()

    async def _declare(self, callback_url: str) -> None:
        """Tell the next holder of a callback before Meta has it: to it, any other one is somebody else's."""
        await self._leave(self._record.declaring(callback_url))

    async def _leave(self, record: RegistrationRecord) -> None:
        """Write the record into the log for the next holder, as soon as the log accepts it."""
        self._record = record
        while True:
            try:
                return await self._hold.write(record.to_state())
            except LogUnavailableError:
                await self._wait(_LEAVE_SECONDS)

    def _go_live(self) -> None:
        if not self._is_live:
            self._is_live = True
            self._publish(PhaseChanged(phase=Phase.LIVE))

    async def _winner(self) -> str:
        holder = await self._holder()
        return f": {holder} has it now" if holder else ""

    async def _holder(self) -> str | None:
        """Return the name of the relay that has the lease, if the log tells."""
        with suppress(HookscopeError):
            lease = (await self._log.status()).lease
            return lease.holder if lease else None
        return None

    def _say(self, message: str) -> None:
        self._publish(Notice(level=Level.INFO, message=message))

    def _warn(self, message: str, hint: str) -> None:
        self._publish(Notice(level=Level.WARNING, message=message, hint=hint))


_LOST_HINT = "this relay receives on; it changes nothing at Meta, and puts nothing back"


def _standing(settings: RunSettings, registered: RegistrationRecord) -> RunSettings:
    """Return the settings of a registration that stays at the end, unless it is in a sandbox."""
    return replace(settings, lease=replace(settings.lease, keep=True, standing=registered.callback_urls))


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Wait for the first of several tasks to end, raise its error if it has one, and cancel the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()
