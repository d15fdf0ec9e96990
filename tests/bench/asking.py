"""A client that does as little as it can: connections that each send a request as soon as the last one is answered."""

import asyncio
import re
import time
from collections.abc import Callable
from functools import partial

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class _Asking(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, more: Callable[[], bytes | None], taken: list[float], done: asyncio.Future[None]) -> None:
        self._more, self._taken, self._done = more, taken, done
        self._buffer = bytearray(4 << 10)
        self._filled = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        end = self._buffer.find(b"\r\n\r\n", 0, self._filled)
        if end < 0 or self._filled < end + 4 + self._length(end):
            return
        self._taken.append(time.perf_counter() - self._sent)
        self._filled = 0
        self.ask()

    def _length(self, end: int) -> int:
        """Return the length of the body; raises ValueError for an answer other than 200."""
        found = _LENGTH.search(self._buffer, 0, end)
        if not (found and self._buffer.startswith(b"HTTP/1.1 200")):
            raise ValueError(bytes(self._buffer[: self._filled]))
        return int(found[1])

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def ask(self) -> None:
        self._sent = time.perf_counter()
        if request := self._more():
            self._transport.write(request)
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()


async def ask(port: int, connections: int, more: Callable[[], bytes | None]) -> tuple[float, list[float]]:
    """Send what `more` gives until it gives nothing: when the first went out, and how long each took to be answered.

    Both in seconds, by `time.perf_counter`. The connections stand before.
    """
    loop = asyncio.get_running_loop()
    taken: list[float] = []
    done = [loop.create_future() for _ in range(connections)]
    opened = [await loop.create_connection(partial(_Asking, more, taken, one), "127.0.0.1", port) for one in done]
    began = time.perf_counter()
    for _, asking in opened:
        asking.ask()
    await asyncio.gather(*done)
    return began, taken
