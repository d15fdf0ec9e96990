"""A client that does as little as it can: connections that each send a request as soon as the last one is answered."""

import asyncio
import time
from collections.abc import Callable
from functools import partial


class _Asking(asyncio.BufferedProtocol):
    """One connection. An answer is small enough to come in one piece."""

    def __init__(self, more: Callable[[], bytes | None], taken: list[float], done: asyncio.Future[None]) -> None:
        self._more, self._taken, self._done = more, taken, done
        self._buffer = bytearray(4 << 10)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._taken.append(time.perf_counter() - self._sent)
        assert self._buffer.startswith(b"HTTP/1.1 200"), self._buffer[:nbytes]
        self.ask()

    def ask(self) -> None:
        self._sent = time.perf_counter()
        if request := self._more():
            self._transport.write(request)
        elif not self._done.done():
            self._transport.close()
            self._done.set_result(None)


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
