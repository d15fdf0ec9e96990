"""The lifecycle of a receiving process: views, control socket, and signals, until everything is put back."""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hookscope import run_registry
from hookscope.control.board import StatusBoard
from hookscope.control.server import ControlServer
from hookscope.engine.descriptors import connections_within, raise_limit
from hookscope.errors import ExitCode, HookscopeError, StoreError, first_of
from hookscope.formats.redaction import redact_bytes, redact_item
from hookscope.model.append import Appender
from hookscope.model.capture_id import EventRef, SharedNumber
from hookscope.model.feed import Feed
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery, Source
from hookscope.model.run_events import Phase, PhaseChanged, RunEvent, Stopped
from hookscope.model.timestamps import now
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.settings import RunSettings
from hookscope.views.status import LinkStatus, Status

if TYPE_CHECKING:
    from datetime import datetime


class Lifecycle(ABC):
    """A process with a control socket, from its start to its orderly end; it runs once.

    `listener` is the control socket; `live` describes the process to other commands of this user. `force_exit` ends the
    process at once, for a user who insists. A subclass does its work in `_run`.
    """

    def __init__(
        self,
        settings: RunSettings,
        *,
        live: run_registry.LiveRun,
        listener: socket.socket,
        force_exit: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._force_exit = force_exit
        self._live = live
        self._listener = listener
        self._stopping = asyncio.Event()
        self._crash: BaseException | None = None
        self._receiver: Receiver | None = None
        self._most_connections = connections_within(raise_limit())
        status = Status(
            app_id=live.app_id,
            sandbox=settings.sandbox,
            log=LinkStatus() if settings.mirror else None,
            started_at=now().isoformat(),
            targets=settings.forward.targets,
        )
        self.board = StatusBoard(status)
        self.feed = Feed()
        self.error: HookscopeError | None = None
        """The error that ended it, if any."""
        self.stopping_since: datetime | None = None

    @property
    def is_stopping(self) -> bool:
        """True if it has begun to put everything back."""
        return self._stopping.is_set()

    @property
    @abstractmethod
    def holds_registrations(self) -> bool:
        """True if something may be registered on the app because of this process."""

    def stop(self, reason: str) -> None:
        """Begin to put everything back and to end; further calls do nothing."""
        if not self._stopping.is_set():
            self._stopping.set()
            self.stopping_since = now()
            self._publish(PhaseChanged(phase=Phase.STOPPING, reason=reason))

    def force_stop(self) -> None:
        """End at once if everything is already being put back."""
        if self.is_stopping:
            self._force_exit()

    async def run(self) -> ExitCode:
        """Run from start to end. A HookscopeError is not raised but kept in `error`."""
        code = ExitCode.FAILURE
        # A view connects before anything is served, and sees the end before its connection is closed.
        async with ControlServer(self, self._listener):
            try:
                await self._run()
                if self._crash:
                    raise self._crash
                self._conclude()
                code = ExitCode.OK
            except HookscopeError as error:
                self.error, code = error, error.code
            finally:
                status = self.board.status
                self._publish(Stopped(captures=status.captures, notifications=status.notifications, exit_code=code))
                self.feed.close()
        return code

    @abstractmethod
    async def replay(self, named: int | EventRef, to: str | None, body: bytes | None = None) -> Delivery:
        """Send a capture again. Raises HookscopeError."""

    @abstractmethod
    async def show_replays(self, capture_ids: Sequence[int]) -> None:
        """Publish replays of the process's captures that another process has committed. Raises HookscopeError."""

    async def trigger(self, body: bytes) -> Delivery:
        """Send a notification to the process's own callback, signed as Meta would sign it. Raises HookscopeError."""
        from hookscope.services.trigger import deliver_to_self

        if self._receiver is None:
            raise still_starting()
        settings = self._settings
        return await deliver_to_self(body, receiver=self._receiver, path=settings.path, secret=settings.app.secret)

    @abstractmethod
    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings. Raises HookscopeError."""

    @abstractmethod
    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Fetch the objects that a capture refers to from the Graph API, and keep them. Raises HookscopeError."""

    def find_id(self, entry: SharedNumber) -> int:
        """Return the id of the capture of an entry of a shared log. Raises HookscopeError."""
        from hookscope.services.captures import find_id

        return find_id(self._settings.journal, entry)

    def redact(self, texts: Sequence[bytes]) -> list[bytes]:
        """Remove the secrets that this process knows from texts."""
        return [redact_bytes(text, self._settings.secrets.redactable) for text in texts]

    @abstractmethod
    async def put_back(self) -> None:
        """After the event loop has failed, put back what is still held, in another one. Raises RestoreError."""

    @abstractmethod
    async def _run(self) -> None:
        """Do all the work, from the first socket to the last."""

    @abstractmethod
    def _conclude(self) -> None:
        """Raise HookscopeError if the process ended in order but did not reach its goal."""

    async def _hold(self, work: Coroutine[Any, Any, None], put_back: Callable[[], Awaitable[None]]) -> None:
        """Work until it is time to stop or something fails, and put everything back in either case."""
        working = asyncio.create_task(work, name="work")
        stop = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
        except Exception as error:
            cause = first_of(error)
            self.stop(cause.message if isinstance(cause, HookscopeError) else "an internal error")
            if cause is error:
                raise
            raise cause from error
        finally:
            try:
                self.stop("the run is over")
            finally:
                stop.cancel()
                working.cancel()
                await asyncio.wait({working, stop})
                await put_back()

    def _build_receiver(
        self,
        journal: Appender,
        *,
        run_id: int | None,
        is_healthy: Callable[[], bool] | None = None,
        lost: Callable[[StoreError], None] | None = None,
    ) -> Receiver:
        """Return the receiver. A proxy behind `--public-url` may strip the address's own path or keep it: both work."""
        settings = self._settings
        base = urlsplit(settings.tunnel.public_url or "").path.rstrip("/")
        policy = Policy(
            paths=frozenset((settings.path, base + settings.path)),
            verify_token=settings.lease.verify_token,
            secrets=tuple(secret.reveal() for secret in settings.secrets.signing),
        )
        return Receiver(
            policy=policy,
            journal=journal,
            publish=self._publish,
            run_id=run_id,
            source=Source.SANDBOX if settings.sandbox else Source.LIVE,
            host=settings.host,
            port=settings.port,
            most_connections=self._most_connections,
            is_healthy=is_healthy,
            lost=lost,
            missed=self._observe,
        )

    def _publish(self, item: RunEvent) -> None:
        item = redact_item(item, self._settings.secrets)
        self.feed.publish(item)
        self.board.update(item)
        self._published(item)

    @abstractmethod
    def _published(self, item: RunEvent) -> None:
        """Handle an event after it was published without its secrets."""

    @abstractmethod
    def _observe(self, capture: Capture) -> None:
        """Have the registration note what came, also what could not be stored: it may explain a refusal of Meta's."""

    def _crashed(self, error: BaseException) -> None:
        self._crash = error
        self.stop("an internal error")


def still_starting() -> HookscopeError:
    """Return the error for a request that came too early."""
    return HookscopeError("the run is still starting", hint="try again in a moment")
