"""Somebody's webhook endpoint: answers handshakes that bring its verify token, 403 to others, 503 while it is down."""

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web


class Endpoint:
    """Serves on a loopback port; an async context manager. `asked` counts the requests.

    It answers while `may_answer` is set, and sets `is_asked` at each request.
    """

    def __init__(self, verify_token: str, path: str = "/hook") -> None:
        self.verify_token = verify_token
        self.is_down = False
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._path = path

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self._path}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.is_asked.set()
        await self.may_answer.wait()
        if self.is_down:
            return web.Response(status=503)
        if request.query.get("hub.verify_token") != self.verify_token:
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])
