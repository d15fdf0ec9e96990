"""Somebody's webhook endpoint: a real server that keeps what comes, and answers as it is told."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from msgspec import Struct, field

VERIFY_TOKEN = "meatyhamhock"
_DEADLINE = 10.0


class Received(Struct, frozen=True, kw_only=True):
    """A request as it came."""

    method: str
    target: str
    query: dict[str, str]
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def names(self) -> list[str]:
        return [name.decode() for name, _ in self.headers]

    def header(self, name: str) -> str | None:
        return next((value.decode() for key, value in self.headers if key.decode() == name), None)

    def json(self) -> Any:
        return json.loads(self.body)


def challenge_of(received: Received) -> str:
    return received.query["hub.challenge"]


async def verify(received: Received) -> web.Response:
    """Answer a handshake rightly, and 200 to all else."""
    if received.method == "POST":
        return web.Response(text="EVENT_RECEIVED")
    if "hub.challenge" not in received.query:
        return web.Response(status=404)
    if received.query["hub.verify_token"] != VERIFY_TOKEN:
        return web.Response(status=403)
    return web.Response(text=challenge_of(received))


class Callback(Struct, dict=True):
    """Serves on a loopback port; an async context manager. `answer` may be replaced at any time."""

    answer: Callable[[Received], Awaitable[web.StreamResponse]] = verify
    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None
    _port: int = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self._port}/hook"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.tls).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def posts(self) -> list[Received]:
        return [received for received in self.requests if received.method == "POST"]

    @property
    def events(self) -> list[Received]:
        """Everything but handshakes."""
        return [received for received in self.requests if "hub.challenge" not in received.query]

    async def wait_for_events(self, count: int) -> list[Received]:
        """Wait until so many requests have come that are no handshakes."""
        async with asyncio.timeout(_DEADLINE):
            while len(self.events) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.events

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        received = Received(
            method=request.method,
            target=request.raw_path,
            query=dict(request.query),
            headers=request.raw_headers,
            body=await request.read(),
        )
        self.requests.append(received)
        self._changed.set()
        return await self.answer(received)


def answering(status: int = 200, text: str = "", **options: Any) -> Callable[[Received], Awaitable[web.StreamResponse]]:
    """Return a handler with one fixed answer."""

    async def answer(_: Received) -> web.StreamResponse:
        return web.Response(status=status, text=text, **options)

    return answer
