"""A link that can go dark: it then swallows every byte, as a link does whose other end lost its power."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class DarkProxy:
    """Passes TCP connections on to a port of this machine; while `dark`, nothing gets through and nobody is told."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._lit = asyncio.Event()
        self._lit.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def darken(self) -> None:
        """Swallow everything from now on."""
        self._lit.clear()

    def lighten(self) -> None:
        """Let new connections through; those from before stay dead."""
        self._lit.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await self._lit.wait()
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            for end in (writer, back):
                end.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                if not self._lit.is_set():
                    await asyncio.Event().wait()  # It never wakes: the connection is dead.
                sink.write(data)
                await sink.drain()
            sink.close()
