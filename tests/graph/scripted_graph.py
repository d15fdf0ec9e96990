"""A server in the Graph API's place that answers as it is told, one answer a call, the last one over and over."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from msgspec import Struct


class Call(Struct, frozen=True, kw_only=True):
    """A call as it came; `parameters` are those of the query and of the form together."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def parameters(self) -> Mapping[str, str]:
        return {**self.query, **self.form}


Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(value: Any = None, *, status: int = 200, text: str | None = None, **headers: str) -> Reply:
    """JSON, or a text that need not be; header names with underscores for dashes."""

    async def reply(_: web.Request) -> web.StreamResponse:
        body = json.dumps(value) if text is None else text
        named = {name.replace("_", "-"): content for name, content in headers.items()}
        return web.Response(status=status, text=body, headers=named)

    return reply


def error(code: int, message: str = "no", *, status: int = 400, **more: Any) -> Reply:
    """Return an error envelope."""
    return answer({"error": {"message": message, "code": code, **more}}, status=status)


async def hang(request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def reset(request: web.Request) -> web.StreamResponse:
    """Break the connection without an answer."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def break_off(request: web.Request) -> web.StreamResponse:
    """Break the connection in the middle of the body."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"data":')
    assert request.transport
    request.transport.abort()
    return response


async def mangle(request: web.Request) -> web.StreamResponse:
    """Answer what would be JSON but for a byte that is not UTF-8."""
    return web.Response(body=b'{"success": true, "data": [], "note": "\xff"}', content_type="application/json")


async def babble(request: web.Request) -> web.StreamResponse:
    """Answer without an end."""
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b" " * (1 << 20))
    except ConnectionError:
        return response


async def echo(request: web.Request) -> web.StreamResponse:
    """Refuse, and repeat all that was sent."""
    form = await request.post()
    sent = json.dumps({**request.query, **form})
    body = {"error": {"message": f"bad: {request.path_qs} {sent}", "code": 100, "error_user_msg": sent}}
    return web.json_response(body, status=400)


class ScriptedGraph:
    """Serves `replies` in order on a loopback port; an async context manager."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.calls: list[Call] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append(
            Call(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                form=form,
                headers={name.lower(): value for name, value in request.headers.items()},
            )
        )
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply(request)
