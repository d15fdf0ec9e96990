"""The host names that the sandbox answers to: this machine's only, so that no web page reads it by DNS rebinding.

To a browser, a page whose name resolves to a loopback address has the same origin as the sandbox; its name is in
`Host`.
"""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hookscope.urls import is_loopback


def refuse_other_hosts(own: str) -> Middleware:
    """Return the middleware that answers 421 unless `Host` is a loopback name or address, or `own`."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_own(request.headers.get("Host", ""), own):
            return await handler(request)
        return web.Response(status=421, text="this sandbox answers only to the names of its own machine\n")

    return middleware


def is_own(header: str, own: str) -> bool:
    """Return whether a `Host` header means this machine or the host `own`.

    True without one, since every browser sends it.
    """
    if not header:
        return True
    try:
        host = (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return is_loopback(host) or host == own.strip("[]").lower()
