"""The process that forwards, seen from the engine."""

import asyncio
import pickle
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookscope import child
from hookscope.capture.record import Run
from hookscope.errors import HookscopeError
from hookscope.outbound.channel import Channel, Handlers
from hookscope.outbound.delivery_log import RunLog
from hookscope.settings import ForwardSettings

_GRACE_SECONDS = 2.0
_WAKE_SECONDS = 0.002
"""Between two times that the process is woken: in a burst it has enough to do, and each time costs both of us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the process is to do: the journal it reads, the run whose captures it forwards, where to and how."""

    journal: Path
    run: Run
    settings: ForwardSettings


class Dispatcher:
    """Forwards in a process of its own, with a core of its own: sending costs the receiver nothing.

    The process reads the journal and hands back what became of each delivery; this one writes, to `log`. It has no
    secret of the app's, and ends when this one does, however that ends.
    """

    def __init__(self, settings: ForwardSettings, *, run: Run, log: RunLog) -> None:
        self._order = Order(journal=log.path, run=run, settings=settings)
        self._handlers: Handlers = {"inherit": log.inherit, "add": log.add, "publish": log.publish, "fail": _fail}
        self._channel: Channel | None = None
        self._settled = asyncio.Event()  # Whether the process is there, or will never be.
        self._news = False
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False

    async def run(self) -> None:
        """Forward, until cancelled. Raises HookscopeError when the process ends by itself."""
        try:
            process, line = await _start(self._order)
        except BaseException:
            self._settled.set()
            raise
        try:
            async with Channel(line) as channel:
                self._connect(channel)
                serving = asyncio.create_task(channel.run(self._handlers))
                try:
                    await asyncio.shield(serving)
                except asyncio.CancelledError:
                    channel.tell("stop")
                    await asyncio.wait({serving}, timeout=_GRACE_SECONDS)
                    raise
                finally:
                    serving.cancel()
                status = await process.wait()
        finally:
            await _end(process)
        raise HookscopeError(
            f"the process that forwards to your app has ended (status {status})",
            done="what is not delivered stays in the journal",
            hint="start again: it is delivered first",
        )

    async def ready(self) -> None:
        """Wait until the process has loaded what it needs. Raises EOFError when it is gone."""
        await self._ask("ready")

    def wake(self) -> None:
        """There are captures that were not there before."""
        self._news = True
        if self._resting is None:
            self._tell_news()

    def close(self) -> None:
        """Begin no further delivery: what is not under way is left to the next run."""
        self._closed = True
        if self._channel:
            self._channel.tell("close")

    async def drained(self) -> None:
        """Wait until everything that came so far is delivered, has failed, or must wait for its application.

        Once closed, until that is so of what is under way. Raises EOFError when the process is gone.
        """
        await self._ask("drained")

    async def left(self) -> dict[str, int]:
        """How many notifications each application has not got. Raises EOFError when the process is gone."""
        left: dict[str, int] = await self._ask("left")
        return left

    def _tell_news(self) -> None:
        """Tell what has not been told, and then nothing for a moment."""
        self._resting = None
        if self._channel and self._news:
            self._news = False
            self._channel.tell("wake")
            self._resting = asyncio.get_running_loop().call_later(_WAKE_SECONDS, self._tell_news)

    def _connect(self, channel: Channel) -> None:
        self._channel = channel
        if self._closed:
            channel.tell("close")
        self._settled.set()

    async def _ask(self, name: str) -> Any:
        await self._settled.wait()
        if self._channel is None:
            raise EOFError
        self._tell_news()
        return await self._channel.ask(name)


async def _start(order: Order) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """The process, and our end of the line to it. Raises HookscopeError."""
    ours, theirs = socket.socketpair()
    with theirs, ExitStack() as unless_started:
        unless_started.enter_context(ours)
        process = await _spawn(theirs)
        unless_started.pop_all()
    assert process.stdin
    process.stdin.write(pickle.dumps(order))
    process.stdin.close()
    return process, ours


async def _spawn(end: socket.socket) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *child.command("hookscope.outbound.dispatch_process", str(end.fileno())),
            pass_fds=(end.fileno(),),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=child.environment(),
            start_new_session=True,  # Ctrl-C is for the engine, which then says what is still to be delivered.
        )
    except OSError as error:
        raise HookscopeError(
            f"the process that forwards to your app cannot be started: {error.strerror}",
            done="nothing was delivered; what came stays in the journal",
            hint="see what limits this user's processes: ulimit -a",
        ) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    """The process ends by itself when the line is cut; not waited for without end."""
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _fail(reason: str, details: str) -> None:
    error = RuntimeError(f"in the process that forwards: {reason}")
    error.add_note(details)  # They are for the log, not for the terminal.
    raise error
