"""One run, from its first socket to its last.

The receiver serves before anything else is opened, and is closed after everything else: what Meta sends until the
registration is put back is received.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hookscope import certificates, run_registry
from hookscope.engine.background import Background
from hookscope.engine.descriptors import Reserve
from hookscope.engine.lifecycle import Lifecycle, still_starting
from hookscope.engine.stop_conditions import StopConditions
from hookscope.errors import ExpectationError, JournalError, UsageError
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import EventRef
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import SANDBOX, Capture, Delivery, Run, Source
from hookscope.model.run_events import (
    Captured,
    Delivered,
    Phase,
    PhaseChanged,
    ReceiverListening,
    RunEvent,
)
from hookscope.model.timestamps import now
from hookscope.secret_sources import APP_SECRET, Secret
from hookscope.settings import RunSettings

if TYPE_CHECKING:
    from subprocess import Popen

    from hookscope.engine.capture_source import CaptureSource
    from hookscope.engine.delivery_service import DeliveryService
    from hookscope.receiver.server import Receiver


_LOADED_AT_ONCE = 16
"""Few: each may hold a body of many megabytes."""

_EXPECTED_IN_VAIN = "see what was captured: `hookscope ls`; if nothing was: `hookscope doctor`"


class Engine(Lifecycle):
    """Runs once; see Lifecycle.

    `sandbox` is one that was launched for it. Once it listens, it leaves the processors to others until `free` returns.
    """

    def __init__(
        self,
        settings: RunSettings,
        *,
        live: run_registry.LiveRun,
        listener: socket.socket,
        force_exit: Callable[[], None],
        sandbox: "Popen[bytes] | None" = None,
        free: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(settings, live=live, listener=listener, force_exit=force_exit)
        self._rule = StopConditions(settings.stop)
        self._ended_by_itself = False
        self._sandbox = sandbox
        self._free = free
        self._journal: JournalWriter | None = None
        self._source: CaptureSource | None = None
        self._reserve = Reserve()
        self._deliveries: DeliveryService | None = None

    @property
    def holds_registrations(self) -> bool:
        """True if something may be registered on the app because of this run."""
        return self._source is not None and self._source.holds_anything

    async def replay(self, named: int | EventRef, to: str | None, body: bytes | None = None) -> Delivery:
        """Send a capture again: to `to`, else to the target that `hookscope.services.replay_target` chooses.

        A changed `body`, and a single event of several, is signed again, with the secret of the capture's signature,
        else the app's. Raises HookscopeError.
        """
        from hookscope.services.replay import ReplayRequest, prepare

        if self._journal is None or self._deliveries is None:
            raise still_starting()
        settings = self._settings
        event = named if isinstance(named, EventRef) else EventRef(named)
        capture_id = event.capture_id
        if capture_id < 1:
            raise UsageError(f"there is no capture #{capture_id}")
        chosen = event if event.position else capture_id
        request = ReplayRequest(ids=(chosen,), to=to, bodies={} if body is None else {capture_id: body})
        secrets = settings.secrets
        with prepare(request, settings.journal, secrets=secrets, ask=self._app_secret) as prepared:
            async with aclosing(prepared.send_through(self._deliveries.sender, self._journal)) as batches:
                sent = [one async for batch in batches for one in batch]
        if not sent:
            raise UsageError(f"there is no capture #{capture_id} anymore", hint="see `hookscope ls`")
        self._publish_replays(sent)
        return sent[0][1]

    async def show_replays(self, capture_ids: Sequence[int]) -> None:
        """Publish replays of this run's captures that another process has committed. Raises JournalError."""
        from hookscope.services.captures import replays_of_run

        run_id = self.board.status.run_id or 0
        for start in range(0, len(capture_ids), _LOADED_AT_ONCE):
            chunk = capture_ids[start : start + _LOADED_AT_ONCE]
            self._publish_replays(await asyncio.to_thread(replays_of_run, self._settings.journal, run_id, chunk))

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings on this run. Raises HookscopeError."""
        if self._source is None:
            raise still_starting()
        return await self._source.examine()

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Fetch the objects that a capture refers to from the Graph API, and keep them. Raises HookscopeError."""
        if self._source is None:
            raise still_starting()
        return await self._source.fetch(capture_id)

    async def put_back(self) -> None:
        """Put back what a run still holds after its event loop has failed, in another loop. Raises RestoreError."""
        if self._source and self.holds_registrations:
            self._reserve.give_up()
            await self._source.recover()

    def _publish_replays(self, replays: Sequence[tuple[Capture, Delivery]]) -> None:
        for again, delivery in replays:
            self._publish(Captured(capture=again))
            self._publish(Delivered(delivery=delivery))

    def _app_secret(self, _: str) -> Secret:
        if self._settings.mirror:  # The application would refuse a made-up secret, and nobody would know why.
            raise UsageError("this run has no app secret", hint=f"start it with {APP_SECRET} set")
        return self._settings.app.secret

    def _conclude(self) -> None:
        if self._ended_by_itself and self._rule.is_unmet:
            message = f"no notification matched --expect {self._settings.stop.expect!r}"
            raise ExpectationError(message, hint=_EXPECTED_IN_VAIN)

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            journal = await stack.enter_async_context(JournalWriter(self._settings.journal))
            # Before it is recorded: no other run may take it for a dead one.
            stack.enter_context(run_registry.announce(self._live))
            run = await stack.enter_async_context(self._recorded(journal))
            receiver = await stack.enter_async_context(self._build_receiver(journal, run_id=run.id))
            self._publish(ReceiverListening(url=receiver.url))
            if self._free:
                await self._free()
            # Only now, and in a thread, so that the receiver serves meanwhile: it takes a tenth of a second.
            await asyncio.to_thread(
                _load, "delivery_service", "mirror_source" if self._settings.mirror else "registration"
            )
            if not self._settings.sandbox:  # Its Graph API needs none.
                await asyncio.to_thread(certificates.read)
            from hookscope.engine.delivery_service import DeliveryService

            self._journal, self._receiver = journal, receiver
            background = await stack.enter_async_context(Background(self._crashed))
            self._deliveries = await stack.enter_async_context(
                DeliveryService(
                    self._settings.forward, run=run, journal=journal, publish=self._publish, background=background
                )
            )
            receiver.relay = self._deliveries.relay
            self._source = source = await stack.enter_async_context(self._build_source(run, journal, receiver))
            await self._hold(self._work(source), lambda: self._put_back(source))

    def _build_source(self, run: Run, journal: JournalWriter, receiver: "Receiver") -> "CaptureSource":
        if mirror := self._settings.mirror:
            from hookscope.engine.mirror_source import MirrorSource

            return MirrorSource(mirror, live=self._live, run=run, journal=journal, publish=self._publish)
        from hookscope.engine.registration import Registration

        return Registration(
            self._settings, key=self._live.key, receiver=receiver, publish=self._publish, sandbox=self._sandbox
        )

    async def _work(self, source: "CaptureSource") -> None:
        if not await source.prepare():
            self.stop("a dry run changes nothing")
            return
        if self._deliveries:  # Nothing is requested that could not be sent on yet.
            await self._deliveries.ready()
        try:
            async with asyncio.timeout(None) as scope:
                if self._settings.mirror:  # Its log may be away for any time; a registration has limits of its own.
                    self._limit(scope)
                await source.start()
                self._publish(PhaseChanged(phase=Phase.LIVE))
                if not self._settings.mirror:
                    self._limit(scope)
                await source.keep()
        except TimeoutError:
            if not scope.expired():
                raise
            self._end_by_itself(f"--timeout {self._settings.stop.timeout:g} has passed")

    def _limit(self, scope: asyncio.Timeout) -> None:
        if seconds := self._settings.stop.timeout:
            scope.reschedule(asyncio.get_running_loop().time() + seconds)

    async def _put_back(self, source: "CaptureSource") -> None:
        """Put everything back, and end deliveries; report what was not delivered.

        The last notification asked for is delivered to the application first.
        """
        self._reserve.give_up()
        if self._deliveries is None:
            await source.release()
            return
        finishing = asyncio.create_task(self._deliveries.finish(everything=self._ended_by_itself), name="finish")
        try:
            if self._ended_by_itself:
                await asyncio.wait({finishing})
            await source.release()
        finally:
            await finishing
            await self._deliveries.tell_left()

    @asynccontextmanager
    async def _recorded(self, journal: JournalWriter) -> AsyncIterator[Run]:
        """Keep the run's record in the journal."""
        run = await journal.begin_run(
            Run(
                key=self._live.key,
                app_id=SANDBOX if self._settings.sandbox else self._live.app_id,
                objects=self._live.objects,
                targets=self._settings.forward.targets,
                routes=self._settings.forward.routes,
                started_at=now(),
            )
        )
        self.board.set(replace(self.board.status, run_id=run.id))
        try:
            yield run
        finally:
            with suppress(JournalError):
                await journal.end_run(replace(run, ended_at=now()))

    def _published(self, item: RunEvent) -> None:
        # A replay has been sent already, and was not received.
        if isinstance(item, Captured) and item.capture.source is not Source.REPLAY:
            if self._deliveries:
                self._deliveries.take(item.capture)
            self._observe(item.capture)
            if reason := self._rule.reason_to_stop(item.capture):
                self._end_by_itself(reason)

    def _observe(self, capture: Capture) -> None:
        if self._source:
            self._source.observe(capture)

    def _end_by_itself(self, reason: str) -> None:
        if not self.is_stopping:  # More may arrive before the stop takes effect.
            self._ended_by_itself = True
            self.stop(reason)


def _load(*names: str) -> None:
    for name in names:
        import_module(f"hookscope.engine.{name}")
