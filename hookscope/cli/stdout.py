"""Writing to stdout from an event loop, which a reader that stalls must not block."""

import asyncio
import fcntl
import os
import queue
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hookscope.cli.patient_file import write_part

_STDOUT = 1


class StdoutWriter:
    """Hands text to a thread that writes it at once. `write` waits until it is written, so that its caller can lag."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[Callable[[], bytes | memoryview], asyncio.Future[None]]] = (
            queue.SimpleQueue()
        )
        self._loop = asyncio.get_running_loop()
        # A daemon: a write that never returns must not keep the process from ending.
        threading.Thread(target=self._work, name="stdout", daemon=True).start()

    async def write(self, text: str) -> None:
        """Write text; raises BrokenPipeError when the reader is gone, OSError when stdout is."""
        encoded = text.encode("utf-8", "replace")
        await self.write_result(lambda: encoded)

    async def write_result(self, make: Callable[[], bytes | memoryview]) -> None:
        """Write what a function returns, which the thread calls; raises what that does, or the same as `write`."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((make, done))
        await done

    def _work(self) -> None:
        while True:
            make, done = self._queue.get()
            error = _write(make)
            del make  # Else its text would be kept until the next one comes.
            if self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(_settle, done, error)


@asynccontextmanager
async def while_read() -> AsyncIterator[None]:
    """Cancel the block as soon as the reader of a pipe leaves, as `head` does; then raise BrokenPipeError.

    Without it a command that waits would notice only when it has something to write, which may be hours later.
    """
    if not _is_pipe():
        yield
        return
    loop, scope = asyncio.get_running_loop(), asyncio.timeout(None)

    def leave() -> None:
        loop.remove_reader(_STDOUT)
        scope.reschedule(loop.time())

    # The writing end of a pipe is never readable; the loop is told of its error, and calls.
    loop.add_reader(_STDOUT, leave)
    try:
        async with scope:
            yield
    except TimeoutError as error:
        raise (BrokenPipeError() if scope.expired() else error) from None
    finally:
        loop.remove_reader(_STDOUT)


def _is_pipe() -> bool:
    """Return whether stdout is a pipe that this process can only write to."""
    try:
        mode, flags = os.fstat(_STDOUT).st_mode, fcntl.fcntl(_STDOUT, fcntl.F_GETFL)
    except OSError:
        return False
    return stat.S_ISFIFO(mode) and flags & os.O_ACCMODE == os.O_WRONLY


def _write(make: Callable[[], bytes | memoryview]) -> Exception | None:
    try:
        text = make()
        while text:
            text = text[write_part(_STDOUT, text) :]
    except Exception as error:
        return error
    return None


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(None)
