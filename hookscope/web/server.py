"""The server of the screen: one page, its parts, and a websocket for each window that shows it.

On loopback only, behind a random key. `Host` is checked against DNS rebinding, and `Origin` so that no foreign page
opens a websocket. textual-serve's own server does neither, and its page loads a font from another host.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from string import Template
from typing import Any

import textual_serve
from aiohttp import WSMsgType, web

from hookscope.web.access import KeyVerdict, ScreenAccess
from hookscope.web.screen import Screen

_HERE = Path(__file__).parent
_STATIC = Path(textual_serve.__file__).parent / "static"
_FONT_SIZE = 16
_SCREENS = 4
"""Each is a process that takes some 60 MB."""
_COLUMNS, _ROWS = 500, 200
_MESSAGE_BYTES = 1 << 20
"""Room for a large paste."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REFUSALS = {
    KeyVerdict.SPENT: "This address shows the screen already, and opens once.",
    KeyVerdict.WRONG: "This address holds no valid key.",
}
_WAY_OUT = "`hookscope attach --web` prints a new one."


class ScreenServer:
    """Serves the screen that `arguments` start. `authority` is the host and port in the printed address.

    `line` is what each screen's process reads first.
    """

    def __init__(self, *, authority: str, key: str, arguments: Sequence[str], line: bytes) -> None:
        self._origin = f"http://{authority}"
        self._authority = authority
        self._access = ScreenAccess(key)
        self._arguments = arguments
        self._line = line
        self._open = 0
        self._sockets: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        """Return the application to run."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                *(web.get(f"/{name}", _part, allow_head=False) for name in ("page.css", "page.js")),
                web.static("/static", _STATIC),
                web.get("/{key}/", self._page, allow_head=False),
                web.get("/{key}/screen", self._screen, allow_head=False),
            ]
        )
        app.on_shutdown.append(self._close)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse other names for this host, and add the security headers to every answer."""
        if request.headers.get("Host") != self._authority:
            return web.Response(status=421, text=f"The screen is at {self._origin} only.\n")
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            response = refusal
        if not response.prepared:
            response.headers.update(self._headers())
        if isinstance(response, web.HTTPException):
            raise response
        return response

    def _headers(self) -> dict[str, str]:
        return {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"font-src 'self'; img-src 'self' data:; connect-src ws://{self._authority}; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            raise web.HTTPServiceUnavailable  # A prefetch must not take the page from a browser that opens it.
        match self._access.check(request.match_info["key"]):
            case KeyVerdict.OPENS:
                raise web.HTTPSeeOther(f"/{self._access.session}/")
            case KeyVerdict.HOLDS:
                return web.Response(text=self._filled_page(), content_type="text/html")
            case refused:
                raise web.HTTPForbidden(text=f"{_REFUSALS[refused]} {_WAY_OUT}\n")

    def _filled_page(self) -> str:
        websocket = f"ws://{self._authority}/{self._access.session}/screen"
        template = Template((_HERE / "page.html").read_text("utf-8"))
        return template.substitute(websocket=websocket, font_size=_FONT_SIZE)

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        is_ours = request.headers.get("Origin") == self._origin
        if not is_ours or self._access.check(request.match_info["key"]) is not KeyVerdict.HOLDS:
            raise web.HTTPForbidden(text=f"This is for the page at {self._origin} only.\n")
        if self._open >= _SCREENS:
            raise web.HTTPServiceUnavailable(text=f"{_SCREENS} windows show the screen already: close one.\n")
        self._access.spend()
        self._open += 1
        try:
            return await self._show(request)
        finally:
            self._open -= 1

    async def _show(self, request: web.Request) -> web.StreamResponse:
        websocket = web.WebSocketResponse(heartbeat=15, max_msg_size=_MESSAGE_BYTES)
        await websocket.prepare(request)
        self._sockets.add(websocket)
        screen = Screen(self._arguments, self._line, websocket)
        try:
            await screen.start(*size(request.query.get("width"), request.query.get("height")))
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    await _pass_on(message.data, screen, websocket)
        finally:
            self._sockets.discard(websocket)
            await screen.stop()
        return websocket

    async def _close(self, _: web.Application) -> None:
        for websocket in tuple(self._sockets):
            await websocket.close()


async def _part(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_HERE / request.path[1:])


async def _pass_on(text: str, screen: Screen, websocket: web.WebSocketResponse) -> None:
    """Pass a message of the page on to the screen's process; invalid ones are dropped."""
    try:
        kind, value = (*json.loads(text), None)[:2]
    except (ValueError, TypeError, RecursionError):
        return
    match kind, value:
        case ["stdin", str()]:
            await screen.send_bytes(value.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            await screen.set_terminal_size(*size(width, height))
        case ["ping", _]:
            await websocket.send_json(["pong", value])
        case ["focus", _]:
            await screen.focus()
        case ["blur", _]:
            await screen.blur()


def size(width: Any, height: Any) -> tuple[int, int]:
    """Return a terminal's size in cells, from untrusted values of the page."""
    return _within(width, 80, _COLUMNS), _within(height, 24, _ROWS)


def _within(said: Any, usual: int, most: int) -> int:
    try:
        return min(max(int(said), 1), most)
    except (TypeError, ValueError, OverflowError):
        return usual
