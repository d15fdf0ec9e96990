"""Writing to stdout from an event loop, which a reader that stalls must not block."""

import asyncio
import queue
import threading
from collections.abc import Callable

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
