"""An HTTP proxy that opens tunnels, each to one port of this machine, whatever host is named."""

import asyncio
from contextlib import suppress
from ssl import SSLContext
from types import TracebackType
from typing import Self


class ConnectProxy:
    """Answers CONNECT with `answer`, and passes everything on to `port` if that is 200; an async context manager.

    With `tls`, it speaks TLS itself. `heads` are the requests that came.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n",
        tls: SSLContext | None = None,
    ) -> None:
        self._target = port
        self._answer = answer
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self.heads: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"https://localhost:{self.port}" if self._tls else f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self._answer)
        if self._answer.startswith(b"HTTP/1.1 200 "):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            with suppress(OSError, asyncio.CancelledError):  # asyncio logs a handler that ends as canceled.
                await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
