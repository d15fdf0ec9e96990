"""A server that answers with bytes of one's choice."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self


class Peer:
    """Answers each request with the next of `answers`, piece by piece; closes after `close_after` on a connection."""

    def __init__(self, answers: Sequence[Sequence[bytes]], *, close_after: int = 1000) -> None:
        self._answers = list(answers)
        self._close_after = close_after
        self.requests = self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        """The address where it listens."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for _ in range(self._close_after):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0))
                self.requests += 1
                for piece in self._answers.pop(0):
                    writer.write(piece)
                    await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
