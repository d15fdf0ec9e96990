"""A developer's own app: a real server that keeps what it was sent."""

import asyncio
import ssl
from types import TracebackType
from typing import Self

from aiohttp import web
from msgspec import Struct, field


class Sent(Struct):
    """A request as the app received it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Application(Struct, dict=True):
    """Answers `status` and `answer`, of `content_type`, to everything; `hold` keeps answers back until it is set."""

    status: int = 200
    answer: bytes = b"EVENT_RECEIVED"
    content_type: str = ""
    location: str = ""
    port: int = 0
    received: list[Sent] = field(default_factory=list)
    hold: asyncio.Event | None = None
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._handle, auto_decompress=False), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.tls).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address where it listens for notifications."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook"

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]
        body = b"".join([part async for part in request.content.iter_any()])
        self.received.append(Sent(request.method, request.raw_path, headers, body))
        if self.hold:
            await self.hold.wait()
        named = {"Location": self.location, "Content-Type": self.content_type}
        sent = {name: value for name, value in named.items() if value}
        return web.Response(status=self.status, body=self.answer, headers=sent)
