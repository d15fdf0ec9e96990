"""The registration of a run: Graph API, tunnel and lease, from the first look until everything is put back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import chain, repeat
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from msgspec.structs import replace

from hookscope import paths
from hookscope.diagnosis.probe import probe
from hookscope.engine.handshake_watch import HandshakeWatch
from hookscope.engine.public_endpoint import PublicEndpoint
from hookscope.errors import HookscopeError, LeaseLostError, RestoreError, first_of
from hookscope.graph.caller import Permit
from hookscope.graph.client import GraphClient
from hookscope.graph.run_lease import RunLease
from hookscope.meta.catalog import WHATSAPP
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import SANDBOX, Capture, Kind, Source
from hookscope.model.run_events import Level, Notice, Planned, RunEvent
from hookscope.receiver.server import Receiver
from hookscope.sandbox.launch import launch
from hookscope.sandbox.process import SandboxProcess
from hookscope.scope import ScopeKind
from hookscope.settings import App, RunSettings
from hookscope.tunnel import registry
from hookscope.tunnel.agent_record import end_stale_agents

if TYPE_CHECKING:
    from subprocess import Popen

_CHECK_DELAYS = (5.0, 30.0, 300.0)
"""Soon after the start, for somebody who started at the same moment; then only now and then: a development app may
make few calls an hour."""

_RELEASE_SECONDS = 120.0
_PERMITTED_SECONDS = 10.0
"""The time limit of a call that needs a permit; shorter than the permit lasts."""


class Registration:
    """Registers a serving receiver; an async context manager. `key` is the run's. Raises HookscopeError.

    Within the context, `app` is the app on its Graph API, the sandbox's if there is one, and `ledger_file` the ledger.

    `sandbox` is one that was launched for this registration; without it, one is launched if the settings ask for it.

    With a `permit`, which is requested before each change, the address may lead to several receivers, any of which
    answers. `declare` is awaited with each new callback before the app is told of it.

    The order is fixed: tunnel up → own probe through the public URL → lease. Give back what the lease holds with
    `release` before the context ends.
    """

    def __init__(
        self,
        settings: RunSettings,
        *,
        key: str,
        receiver: Receiver,
        publish: Callable[[RunEvent], None],
        permit: Permit | None = None,
        declare: Callable[[str], Awaitable[None]] | None = None,
        sandbox: "Popen[bytes] | None" = None,
    ) -> None:
        self._settings = settings
        self._key = key
        self._receiver = receiver
        self._publish = publish
        self._permit = permit
        self._declare = declare
        self._launched = sandbox
        self._handshakes = HandshakeWatch()
        self._stack = AsyncExitStack()
        self._sandbox: SandboxProcess | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            tunnel = registry.build(self._settings.tunnel, key=self._key, announce=self._announce)
            self.ledger_file, self.app = await self._reach_graph(stack)
            timeout_seconds = _PERMITTED_SECONDS if self._permit else None
            client = GraphClient(self.app, notify=self._publish, timeout_seconds=timeout_seconds, permit=self._permit)
            await stack.enter_async_context(client)
            stack.push_async_callback(tunnel.close)
            self._endpoint = PublicEndpoint(
                tunnel=tunnel,
                receiver=self._receiver,
                path=self._settings.path,
                verify_token=self._settings.lease.verify_token,
                publish=self._publish,
                is_shared=self._permit is not None,
            )
            self._lease = RunLease(
                client,
                self.ledger_file,
                self._settings,
                holder=self._key,
                publish=self._publish,
                probe=probe,
                is_gone=self._is_sandbox_gone,
            )
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def holds_anything(self) -> bool:
        """True if something registered may not be put back yet; a sandbox's registrations end with it."""
        return self._lease.holds_anything and self._sandbox is None

    @property
    def registered(self) -> tuple[str, dict[str, tuple[str, ...]]]:
        """The callback, and the fields of each object and account, once the changes are planned."""
        accounts = {str(plan.scope): plan.fields for plan in self._plan.installations}
        return self._callback_url, {change.object: change.fields for change in self._plan.changes} | accounts

    async def prepare(self) -> bool:
        """Open the tunnel, and plan the changes on the app and on accounts; a dry run only shows them."""
        await end_stale_agents()
        self._callback_url = await self._endpoint.open()
        self._plan = await self._lease.plan(self._callback_url)
        if not self._settings.lease.dry_run:
            return True
        for change, line in zip(self._plan.to_json(), self._plan.lines(), strict=True):
            self._publish(Planned(change=change, line=line))
        return False

    async def start(self) -> None:
        """Carry out the plan."""
        await self._register(self._callback_url, lambda: self._lease.acquire(self._plan))

    async def keep(self) -> None:
        """Keep the tunnel open and the registration current, forever. Raises HookscopeError when the sandbox ends."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._check(), name="check the registration")
                group.create_task(self._endpoint.keep(self._callback_url, self._move), name="keep the tunnel")
                if self._sandbox:
                    group.create_task(_end_with(self._sandbox), name="watch the sandbox")
        except BaseExceptionGroup as error:
            raise first_of(error) from error

    async def recover(self) -> None:
        """Put everything back from another event loop, after the first one has ended.

        Raises RestoreError when something could not be put back.
        """
        await self._lease.recover()

    def observe(self, capture: Capture) -> None:
        """Note that a capture came; its kind and source tell whether it came through the tunnel."""
        self._handshakes.observe(capture)
        if capture.kind is not Kind.STRAY and capture.source in (Source.LIVE, Source.SANDBOX):
            self._endpoint.note_traffic()

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Fetch the objects that a capture refers to, and keep them; notices name those that could not be read."""
        from hookscope.services.fetch import fetch

        settings = self._settings
        report = await fetch(settings.journal, capture_id, app=self.app, secrets=settings.secrets, notify=self._publish)
        if report.errors and not report.nodes:
            raise report.errors[0]
        for error in report.errors:
            self._publish(Notice(level=Level.WARNING, message=error.message, hint=error.hint))
        return list(report.nodes)

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings on the run's app and objects."""
        from hookscope.diagnosis.doctor.collector import DoctorRequest
        from hookscope.diagnosis.doctor.examination import examine

        settings = self._settings
        request = DoctorRequest(
            app=self.app,
            secrets=settings.secrets,
            journal=settings.journal,
            ledger=self.ledger_file,
            captured_for=SANDBOX if settings.sandbox else self.app.app_id,
            wanted={topic.object: topic.fields or () for topic in settings.topics},
            page_ids=tuple(scope.id for scope in settings.accounts if scope.kind is ScopeKind.PAGE),
            verify_token=settings.lease.verify_token,
            waba_id=next((account.id for account in settings.accounts if account.kind is ScopeKind.WABA), None),
        )
        return [line.as_json() for line in await examine(request, notify=lambda _: None)]

    async def release(self) -> None:
        """Put everything back. Raises RestoreError when something could not be put back."""
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._lease.release()
        except TimeoutError as error:
            raise RestoreError(
                f"putting everything back took more than {_RELEASE_SECONDS:.0f} s",
                done="the ledger is kept",
                hint=f"hookscope teardown --app-id {self._settings.app.app_id}",
            ) from error

    async def abandon(self) -> None:
        """Give up everything without further changes; calls in flight end first."""
        await self._lease.abandon()

    async def _move(self, callback_url: str) -> None:
        await self._register(callback_url, lambda: self._lease.move(callback_url))

    async def _register(self, callback_url: str, call: Callable[[], Awaitable[None]]) -> None:
        if self._declare:
            await self._declare(callback_url)
        await self._handshakes.register(callback_url, call)

    async def _reach_graph(self, stack: AsyncExitStack) -> tuple[Path, App]:
        """Return the ledger's file and the app on its Graph API; a sandbox is started first.

        A sandbox's registrations end with the sandbox, and so does their ledger.
        """
        app = self._settings.app
        if not self._settings.sandbox:
            return paths.ledger_file(), app
        folder = stack.enter_context(paths.temporary_folder())
        launched = self._launched or launch(app_id=app.app_id, app_secret=app.secret)
        process = await stack.enter_async_context(SandboxProcess(launched))
        self._sandbox = process
        self._settings.secrets.use_page_token(process.address.page_token)
        self._settings.secrets.use_user_token(process.address.user_token)
        if WHATSAPP in [topic.object for topic in self._settings.topics]:
            self._announce(f"the sandbox's events come from {process.address.business}")
        return folder / "ledger.db", replace(app, graph_url=process.address.base_url)

    def _announce(self, sentence: str) -> None:
        self._publish(Notice(level=Level.INFO, message=sentence))

    def _is_sandbox_gone(self) -> bool:
        return self._sandbox is not None and self._sandbox.has_ended

    async def _check(self) -> None:
        for seconds in chain(_CHECK_DELAYS, repeat(_CHECK_DELAYS[-1])):
            await asyncio.sleep(seconds)
            try:
                if self._permit:
                    await self._permit()
                await self._lease.check()
                if self._permit:  # A run has somebody who watches; a relay registers again by itself.
                    await self._handshakes.register(self._callback_url, self._lease.register_lost)
            except LeaseLostError:
                continue  # The present holder of the lease checks that.
            except HookscopeError as error:
                self._publish(Notice(level=Level.WARNING, message=error.message, hint=error.hint))


async def _end_with(sandbox: SandboxProcess) -> None:
    """Wait for the sandbox's end, which is the run's: nothing more can come, and nothing is registered."""
    status = await sandbox.wait()
    end_of_process = f"signal {-status}" if status < 0 else f"exit status {status}"
    raise HookscopeError(
        f"the sandbox has ended ({end_of_process}), and so have its registrations",
        done="its captures are kept",
        hint="start another: hookscope run --sandbox",
    )
