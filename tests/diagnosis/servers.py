"""Small servers that answer a verification request, rightly or wrongly."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from hookscope.meta import handshake

TOKEN, CHALLENGE = "verifyTOKEN", "1158201444"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[str]]


async def right(request: web.Request) -> web.Response:
    verdict = handshake.judge(list(request.query.items()), TOKEN)
    return web.Response(text=verdict.challenge) if verdict.accepted else web.Response(status=403)


def answer(status: int = 200, body: bytes = b"", content_type: str = "text/plain", **headers: str) -> Handler:
    """Return a handler with one fixed answer; in header names `_` stands for `-`."""

    async def handle(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers={"Content-Type": content_type, **named})

    return handle


def redirect(to: str) -> Handler:
    return answer(302, Location=to)


def reminder(behind: Handler, **headers: str) -> Handler:
    """Serve ngrok's reminder page, and what is behind it."""
    page = answer(200, b"<html>You are about to visit a site served by ngrok</html>", "text/html", **headers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (behind if "ngrok-skip-browser-warning" in request.headers else page)(request)

    return handle
