"""A network between a client and a server on loopback, which can go dark: nothing arrives, and nobody is told."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext, SSLError
from types import TracebackType
from typing import Self


class TcpProxy:
    """Forwards to `port`; an async context manager. What is under way while it is dark arrives when it is light again.

    `alter` changes what the server sends. With `tls`, it encrypts towards clients that ask for that as PostgreSQL's do:
    with eight bytes, which are answered `S`. Source: PostgreSQL's manual, "SSL Session Encryption" (read 2026-11-29).
    """

    def __init__(self, port: int, *, alter: Callable[[bytes], bytes] = bytes, tls: SSLContext | None = None) -> None:
        self._target = port
        self._alter = alter
        self._tls = tls
        self._light = asyncio.Event()
        self._light.set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.sent = bytearray()
        """What the clients have sent."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def go_dark(self) -> None:
        """Hold back everything, also of new connections."""
        self._light.clear()

    def come_back(self) -> None:
        """Let everything through, also what was held back."""
        self._light.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._tls and not await _encrypted(reader, writer, self._tls):
            return
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._target)
        for pump in (self._pump(reader, ours, self._note), self._pump(theirs, writer, self._alter)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    def _note(self, data: bytes) -> bytes:
        self.sent += data
        return data

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]
    ) -> None:
        try:
            with suppress(OSError):
                while data := await reader.read(1 << 16):
                    await self._light.wait()
                    writer.write(change(data))
                    await writer.drain()
        finally:
            writer.close()


async def _encrypted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: SSLContext) -> bool:
    """Begin TLS; return whether the client went along."""
    await reader.readexactly(8)
    writer.write(b"S")
    try:
        await writer.start_tls(tls)
    except (SSLError, OSError):
        writer.close()
        return False
    return True
