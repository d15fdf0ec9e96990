"""The process that forwards, as the engine sees it."""

import asyncio
import logging
import pickle
import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hookscope import subprocesses
from hookscope.errors import HookscopeError, JournalError
from hookscope.model.record import Run
from hookscope.model.run_events import Level, Notice
from hookscope.outbound.forward.delivery_log import RunLog
from hookscope.outbound.forward.ipc_channel import Handlers, IpcChannel
from hookscope.outbound.forward.packed_deliveries import unpack
from hookscope.outbound.forward.restarts import Restarts
from hookscope.outbound.forward.spool import Spool
from hookscope.settings import ForwardSettings

_GRACE_SECONDS = 2.0
_WAKE_SECONDS = 0.002
"""Between two times that the process is woken: in a burst it has enough to do, and each time costs both of us."""

_log = logging.getLogger("hookscope.outbound")


class WorkerConfig(Struct, frozen=True, kw_only=True):
    """The configuration of the process: its journal, the run whose captures it forwards, the targets and settings.

    One that `resumes` continues where another process of this run was interrupted.
    """

    journal: Path
    run: Run
    settings: ForwardSettings
    resumes: bool = False


class _End(Struct, frozen=True):
    """The reason why a process ended by itself, in words, and whether it had begun to forward."""

    reason: str
    came_up: bool


class ForwardWorkerClient:
    """Forwards in a process of its own, with a core of its own: sending costs the receiver nothing.

    The process reads the journal and returns the outcome of each delivery; this one writes, to `log`. It has no secret
    of the app's, and ends when this one does, however that ends. When it ends by itself, killed for lack of memory for
    example, another one continues: only deliveries in flight at that moment are made twice.
    """

    def __init__(self, settings: ForwardSettings, *, run: Run, log: RunLog) -> None:
        self._config = WorkerConfig(journal=log.path, run=run, settings=settings)
        self._handlers: Handlers = {
            "adopt_pending": log.adopt_pending,
            "add": self._add,
            "publish": log.publish,
            "fail": self._fail,
        }
        self._log = log
        self._channel: IpcChannel | None = None
        self._settled = asyncio.Event()  # Set when there is a process, or when there will never be one again.
        self._fault: str | None = None
        self._news = False
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False

    async def run(self) -> None:
        """Forward until cancelled. Raises HookscopeError when no process can be started after several tries."""
        try:
            with Spool.open() as spool:
                await self._keep_forwarding(spool)
        finally:
            self._channel = None
            self._settled.set()

    async def ready(self) -> None:
        """Wait until the process has loaded what it needs. Raises EOFError when none will."""
        await self._ask("ready")

    def wake(self) -> None:
        """Look for new captures."""
        self._news = True
        if self._resting is None:
            self._wake_worker()

    def close(self) -> None:
        """Begin no further delivery: those not in flight are left to the next run."""
        self._closed = True
        if self._channel:
            self._channel.send("close")

    async def drained(self) -> None:
        """Wait until everything that arrived so far is delivered, has failed, or must wait for its application.

        Once closed, wait only for deliveries in flight. Raises EOFError when the process is gone for good.
        """
        await self._ask("drained")

    async def left(self) -> dict[str, int]:
        """Return how many notifications each application has not received. Raises EOFError without a process."""
        left: dict[str, int] = await self._ask("left")
        return left

    async def _keep_forwarding(self, spool: Spool) -> None:
        """Run one forwarding process after another, each for as long as it lives."""
        restarts, loop = Restarts(), asyncio.get_running_loop()
        config = self._config
        while True:
            began = loop.time()
            end = await self._forward(config, spool)
            restarts.count(came_up=end.came_up, seconds=loop.time() - began)
            if restarts.is_hopeless:
                raise _hopeless(end.reason)
            if restarts.is_news:
                self._tell_end(end)
            await asyncio.sleep(restarts.delay)
            config = replace(config, resumes=True)

    async def _forward(self, config: WorkerConfig, spool: Spool) -> _End:
        """Forward with one process, until that ends by itself."""
        self._fault = None
        try:
            process, line = await _start(config, spool)
        except OSError as error:
            return _End(f"it cannot be started: {error.strerror}", came_up=False)
        try:
            async with IpcChannel(line) as channel:
                came_up = await self._serve(channel)
            status = await process.wait()
        finally:
            self._disconnect(channel)
            await _end(process)
            with suppress(JournalError):  # A journal that cannot be read cannot be written either.
                await self._log.recover(spool.take())
        return _End(self._fault or _in_words(status), came_up=came_up)

    async def _serve(self, channel: IpcChannel) -> bool:
        """Serve a process until its end; return whether it had begun to forward by then."""
        self._connect(channel)
        serving = asyncio.create_task(channel.run(self._handlers))
        started = asyncio.create_task(_is_ready(channel))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            channel.send("stop")
            await asyncio.wait({serving}, timeout=_GRACE_SECONDS)
            raise
        finally:
            serving.cancel()
            started.cancel()
            await asyncio.wait({started})
        return not started.cancelled() and started.result()

    async def _add(self, packed: bytes) -> None:
        await self._log.add(unpack(packed))

    def _wake_worker(self) -> None:
        """Wake the process if there are events that it has not been woken for, and then not again for a moment."""
        self._resting = None
        if self._channel and self._news:
            self._news = False
            self._channel.send("wake")
            self._resting = asyncio.get_running_loop().call_later(_WAKE_SECONDS, self._wake_worker)

    def _connect(self, channel: IpcChannel) -> None:
        self._channel = channel
        if self._closed:
            channel.send("close")
        self._settled.set()

    def _disconnect(self, channel: IpcChannel) -> None:
        if self._channel is channel:
            self._channel = None
            self._settled.clear()

    async def _ask(self, name: str) -> Any:
        """Ask the process, or its successor if it ends before it has answered. Raises EOFError without any."""
        while True:
            await self._settled.wait()
            if (channel := self._channel) is None:
                raise EOFError
            self._wake_worker()
            try:
                return await channel.ask(name)
            except EOFError:
                self._disconnect(channel)

    def _tell_end(self, end: _End) -> None:
        message = f"the forwarding process has ended ({end.reason}) and is being replaced"
        hint = "nothing is lost; requests in flight at that moment may reach your app twice"
        self._log.publish(Notice(level=Level.WARNING, message=message, hint=hint))

    def _fail(self, reason: str, details: str) -> None:
        self._fault = reason
        _log.error("in the forwarding process: %s", details)  # Too long for the terminal.


async def _start(config: WorkerConfig, spool: Spool) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """Start a process; return it and our end of the channel. Raises OSError."""
    ours, theirs = socket.socketpair()
    with theirs, ExitStack() as unless_started:
        unless_started.enter_context(ours)
        process = await _spawn(theirs.fileno(), *spool.descriptors)
        unless_started.pop_all()
    assert process.stdin
    process.stdin.write(pickle.dumps(config))
    process.stdin.close()
    return process, ours


async def _spawn(*descriptors: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *subprocesses.module_command("hookscope.outbound.forward.worker", *map(str, descriptors)),
        pass_fds=descriptors,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=subprocesses.environment(),
        start_new_session=True,  # Ctrl-C is for the engine, which then says what is still to be delivered.
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for the process, which ends by itself when the channel is cut, but not forever."""
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _is_ready(channel: IpcChannel) -> bool:
    """Wait until the process forwards; return False when it ends before."""
    try:
        await channel.ask("ready")
    except EOFError:
        return False
    return True


def _in_words(status: int) -> str:
    """Describe the end of a process by its status; a negative one is a signal's number."""
    if status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-status).name}"
    return f"killed by signal {-status}"


def _hopeless(reason: str) -> HookscopeError:
    return HookscopeError(
        f"the forwarding process keeps ending before it is ready: {reason}",
        done="undelivered notifications stay in the journal",
        hint="check the process limits (`ulimit -a`) and the log, and start again: they are sent first",
    )
