"""Writing to stdout from an event loop, which a reader that stalls must not block."""

import asyncio
import os
import queue
import threading

_STDOUT = 1


class StdoutWriter:
    """Hands text to a thread that writes it at once. `write` waits until it is written, so that its caller can lag."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        # A daemon: a write that never returns must not keep the process from ending.
        threading.Thread(target=self._work, name="stdout", daemon=True).start()

    async def write(self, text: str) -> None:
        """Write text; raises BrokenPipeError when the reader is gone, OSError when stdout is."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((text.encode("utf-8", "replace"), done))
        await done

    def _work(self) -> None:
        while True:
            text, done = self._queue.get()
            error = _write(text)
            if self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(_settle, done, error)


def _write(text: bytes) -> OSError | None:
    try:
        while text:
            text = text[os.write(_STDOUT, text) :]
    except OSError as error:
        return error
    return None


def _settle(done: asyncio.Future[None], error: OSError | None) -> None:
    if done.done():
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(None)
