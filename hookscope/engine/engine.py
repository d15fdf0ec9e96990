"""One run, from its first socket to its last.

Receiver serving → tunnel up → own probe through the public URL → lease on the app's subscriptions. Nothing is
registered before the receiver answers through its public URL, and whatever happens after that, the lease is released
before anything else is closed.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from hookscope import runs
from hookscope.capture.feed import Feed
from hookscope.capture.history import History
from hookscope.capture.item import (
    Captured,
    Delivered,
    Item,
    Level,
    Notice,
    Phase,
    PhaseChanged,
    ReceiverListening,
    Stopped,
    now,
)
from hookscope.capture.journal import Journal
from hookscope.capture.record import Delivery, Run
from hookscope.control import Board, ControlServer
from hookscope.engine import parts
from hookscope.engine.address import Address
from hookscope.engine.background import Background
from hookscope.engine.stop_rule import StopRule
from hookscope.errors import ExitCode, HookscopeError, JournalError, PutBackError, UsageError
from hookscope.graph.client import GraphClient
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.outbound.forward import Forwarder
from hookscope.outbound.replay import replay
from hookscope.outbound.sender import Sender
from hookscope.prober import probe
from hookscope.sandbox.process import SandboxProcess
from hookscope.settings import App, RunSettings
from hookscope.tunnel.agent_record import end_stale_agents
from hookscope.views.status import Status

if TYPE_CHECKING:
    from hookscope.graph.plan import Plan

_CHECK_SECONDS = 300.0
"""A development app may make few calls an hour: the subscriptions are looked at only now and then."""

_DRAIN_SECONDS = 5.0
_RELEASE_SECONDS = 120.0


class Engine:
    """Runs once. `listener` is the control socket; `live` names the run to the other commands of this user."""

    def __init__(self, settings: RunSettings, *, live: runs.LiveRun, listener: socket.socket) -> None:
        self._settings = settings
        self._live = live
        self._listener = listener
        self._rule = StopRule(settings.stop)
        self._stopping = asyncio.Event()
        self._ended_by_itself = False
        self._forwarders: list[Forwarder] = []
        self._lease: Lease | None = None
        self._journal: Journal | None = None
        self._sender = Sender()
        self._crash: BaseException | None = None
        status = Status(
            app_id=live.app_id, sandbox=settings.sandbox, started_at=now().isoformat(), targets=settings.targets
        )
        self.board = Board(status)
        self.feed = Feed()
        self.plan: Plan | None = None
        """What a dry run would have changed."""
        self.error: HookscopeError | None = None
        """What ended the run, if it did not end well."""

    @property
    def is_stopping(self) -> bool:
        """Whether the run has begun to put everything back."""
        return self._stopping.is_set()

    @property
    def holds_registrations(self) -> bool:
        """Whether anything may be registered on the app because of this run."""
        return self._lease is not None and bool(self._lease.held)

    def stop(self, reason: str) -> None:
        """Begin to put everything back and to end; does nothing once that has begun."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._publish(PhaseChanged(phase=Phase.STOPPING, reason=reason))

    async def run(self) -> ExitCode:
        """Everything from the start to the end. A HookscopeError is not raised but kept in `error`."""
        code = ExitCode.FAILURE
        # A view connects before anything is served, and is told of the end before its connection is closed.
        async with ControlServer(self, self._listener):
            try:
                await self._run()
                code = ExitCode.EXPECTATION if self._ended_by_itself and self._rule.is_unmet else ExitCode.OK
            except HookscopeError as error:
                self.error, code = error, error.exit_code
            finally:
                status = self.board.status
                self._publish(Stopped(captures=status.captures, notifications=status.notifications, exit_code=code))
                self.feed.close()
        return code

    async def replay(self, number: int, to: str | None) -> Delivery:
        """Send a capture again, to `to` or else to the run's first target. Raises HookscopeError."""
        target = to or next(iter(self._settings.targets), None)
        if target is None:
            raise UsageError("there is no application to send to", hint="name one, or start with --forward-to")
        if self._journal is None:
            raise HookscopeError("the run is still starting", hint="try again in a moment")
        with History(self._settings.journal) as history:
            capture = history.capture(number)
        if capture is None:
            raise UsageError(f"there is no capture #{number}")
        again, delivery = await replay(capture, target, sender=self._sender, journal=self._journal)
        self._publish(Captured(capture=again))
        self._publish(Delivered(delivery=delivery))
        return delivery

    async def _run(self) -> None:
        settings = self._settings
        with ExitStack() as files:
            async with AsyncExitStack() as stack:
                ledger = Ledger(parts.ledger_file(settings, files))
                journal = await stack.enter_async_context(Journal(settings.journal))
                run = await stack.enter_async_context(self._recorded(journal))
                await stack.enter_async_context(self._sender)
                self._journal = journal
                stack.enter_context(runs.announce(self._live))
                receiver = await stack.enter_async_context(
                    parts.build_receiver(settings, run=run, journal=journal, publish=self._publish)
                )
                self._publish(ReceiverListening(url=receiver.url))
                app = await self._reach_graph(stack)
                client = await stack.enter_async_context(GraphClient(app, notify=self._publish))
                tunnel = parts.build_tunnel(settings, key=self._live.key, publish=self._publish)
                stack.push_async_callback(tunnel.close)
                background = await stack.enter_async_context(Background(self._crashed))
                self._start_forwarding(run, journal, background)
                self._lease = Lease(
                    client,
                    ledger,
                    settings.lease,
                    settings.topics,
                    holder=self._live.key,
                    publish=self._publish,
                    probe=probe,
                )
                address = Address(
                    tunnel=tunnel,
                    receiver=receiver,
                    path=settings.path,
                    verify_token=settings.lease.verify_token,
                    publish=self._publish,
                )
                await self._hold(self._lease, address)
        if self._crash:
            raise self._crash

    async def _hold(self, lease: Lease, address: Address) -> None:
        """Work until it is time to stop or something fails, and put everything back in either case."""
        work = asyncio.create_task(self._work(lease, address), name="work")
        stop = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        except HookscopeError as error:
            self.stop(error.message)
            raise
        finally:
            self.stop("the run is over")
            stop.cancel()
            work.cancel()
            await asyncio.wait({work, stop})
            await self._release(lease)

    async def _work(self, lease: Lease, address: Address) -> None:
        """From the tunnel to the lease, and then keep both."""
        await end_stale_agents()
        callback_url = await address.open()
        plan = await lease.plan(callback_url)
        if self._settings.lease.dry_run:
            self.plan = plan
            self.stop("a dry run changes nothing")
            return
        await lease.acquire(plan)
        self._publish(PhaseChanged(phase=Phase.LIVE))
        try:
            async with asyncio.timeout(self._settings.stop.timeout), asyncio.TaskGroup() as group:
                group.create_task(self._check(lease), name="check")
                group.create_task(address.keep(callback_url, lease.move), name="keep")
        except TimeoutError:
            self._end_by_itself(f"--timeout {self._settings.stop.timeout:g} is over")

    async def _check(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            try:
                await lease.check()
            except HookscopeError as error:
                self._publish(Notice(level=Level.WARNING, message=error.message, hint=error.hint))

    async def _release(self, lease: Lease) -> None:
        if self._ended_by_itself:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await asyncio.gather(*(forwarder.drained() for forwarder in self._forwarders))
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await lease.release()
        except TimeoutError as error:
            raise PutBackError(
                f"putting everything back took more than {_RELEASE_SECONDS:.0f} s",
                done="the ledger is kept",
                hint=f"hookscope teardown --app-id {self._live.app_id}",
            ) from error

    @asynccontextmanager
    async def _recorded(self, journal: Journal) -> AsyncIterator[Run]:
        """The run as the journal remembers it."""
        run = await journal.begin_run(
            Run(
                app_id=self._live.app_id,
                objects=self._live.objects,
                targets=self._settings.targets,
                started_at=now(),
            )
        )
        self.board.set(replace(self.board.status, run_id=run.id))
        try:
            yield run
        finally:
            with suppress(JournalError):
                await journal.end_run(replace(run, ended_at=now()))

    async def _reach_graph(self, stack: AsyncExitStack) -> App:
        """The app on its Graph API; for a sandbox that is started first."""
        app = self._settings.app
        if not self._settings.sandbox:
            return app
        process = await stack.enter_async_context(SandboxProcess(app_id=app.app_id, app_secret=app.secret))
        return replace(app, graph_url=process.address.base_url)

    def _start_forwarding(self, run: Run, journal: Journal, background: Background) -> None:
        for target in self._settings.targets:
            forwarder = Forwarder(
                target=target, run_id=run.id, journal=journal, sender=self._sender, publish=self._publish
            )
            self._forwarders.append(forwarder)
            background.start(forwarder.run(), f"forward to {target}")

    def _publish(self, item: Item) -> None:
        self.feed.publish(item)
        self.board.update(item)
        if isinstance(item, Captured):
            for forwarder in self._forwarders:
                forwarder.wake()
            if reason := self._rule.reason_to_stop(item.capture):
                self._end_by_itself(reason)

    def _end_by_itself(self, reason: str) -> None:
        self._ended_by_itself = not self.is_stopping
        self.stop(reason)

    def _crashed(self, error: BaseException) -> None:
        self._crash = error
        self.stop("an internal error")
