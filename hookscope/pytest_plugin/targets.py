"""The ways to reach an app under test: at a URL, through an aiohttp test client, or in this process."""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from hookscope.diagnosis.endpoint.client import EndpointClient, Limits, RoundTrip, get_request
from hookscope.errors import UsageError
from hookscope.model.record import Request
from hookscope.pytest_plugin.asgi import AsgiApp, call_asgi
from hookscope.pytest_plugin.in_process import HOST
from hookscope.pytest_plugin.sandbox import HookscopeSandbox
from hookscope.pytest_plugin.waiting import InLoop, Waiting
from hookscope.pytest_plugin.wsgi import WsgiApp, call_wsgi

DEFAULT_PATH = "/webhook"
_ASGI_PARAMETERS, _WSGI_PARAMETERS = 3, 2
_WAYS = "give a URL, an aiohttp test client, an ASGI or WSGI app, or the fixture hookscope_sandbox"
__tracebackhide__ = True


class Target(Protocol):
    """An app under test."""

    @property
    def url(self) -> str:
        """Its callback URL."""

    async def get(self, url: str) -> RoundTrip:
        """Fetch its callback URL with a query. Raises AppRaisedError."""

    async def post(self, request: Request) -> RoundTrip:
        """Send it a notification. Raises AppRaisedError."""


class _Server(Struct, frozen=True):
    """An app behind a URL."""

    url: str
    waiting: Waiting
    seconds: float

    async def get(self, url: str) -> RoundTrip:
        return await self.waiting.run(self._client().get(url))

    async def post(self, request: Request) -> RoundTrip:
        return await self.waiting.run(self._client().post(request))

    def _client(self) -> EndpointClient:
        return EndpointClient(self.url, Limits(handshake=self.seconds, notification=self.seconds))


class _InProcess(Struct, frozen=True):
    """An app that is called."""

    url: str
    call: Callable[[Request], Coroutine[Any, Any, RoundTrip]]

    async def get(self, url: str) -> RoundTrip:
        return await self.call(get_request(url))

    async def post(self, request: Request) -> RoundTrip:
        return await self.call(request)


def target_of(
    to: Any,
    path: str | None,
    event: tuple[str, str] | None,
    *,
    waiting: Waiting,
    seconds: float,
    state: Mapping[str, Any],
) -> Target:
    """Return the target for `to`.

    `event` is the object and field that the sandbox's callback must have, and `state` belongs to the lifespan of an
    ASGI app. Raises UsageError, which says what to give instead.
    """
    if isinstance(to, HookscopeSandbox):
        if event is None:
            raise UsageError(
                "the sandbox cannot tell which of the app's callbacks this is for",
                hint="give the app or its URL; the sandbox makes handshakes by itself when an app registers",
            )
        return _Server(to.callback_of(*event), waiting, seconds)
    if isinstance(to, str):
        return _Server(_url(to, path), waiting, seconds)
    if callable(make_url := getattr(to, "make_url", None)):
        if not isinstance(waiting, InLoop):
            raise UsageError(
                "an aiohttp test client answers only while its event loop runs",
                hint="write the test as `async def`, and use the fixture meta_webhook",
            )
        return _Server(str(make_url(path or DEFAULT_PATH)), waiting, seconds)
    return _InProcess(f"https://{HOST}{_path(path)}", _caller(to, waiting, seconds, state))


def _url(text: str, path: str | None) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{text!r} is not a URL", hint="give one such as http://localhost:3000/webhook")
    if path is None:
        return text
    if parts.path not in ("", "/"):
        raise UsageError(f"{text} has a path already", hint=f"leave out path={path!r}, or the path of the URL")
    return urljoin(text, _path(path))


def _path(path: str | None) -> str:
    if path is None:
        return DEFAULT_PATH
    if not path.startswith("/"):
        raise UsageError(f"the path {path!r} does not begin with a slash", hint=f"give path='/{path}'")
    return path


def _caller(
    app: Any, waiting: Waiting, seconds: float, state: Mapping[str, Any]
) -> Callable[[Request], Coroutine[Any, Any, RoundTrip]]:
    if not callable(app):
        raise UsageError(f"a {_type(app)} cannot be a target", hint=_hint(app))
    if is_asgi(app):
        asgi: AsgiApp = app
        return lambda request: waiting.run(call_asgi(asgi, request, seconds, state))
    if _parameters(app) == _WSGI_PARAMETERS:
        wsgi: WsgiApp = app
        return lambda request: waiting.call(lambda: call_wsgi(wsgi, request))
    raise UsageError(f"a {_type(app)} is neither an ASGI nor a WSGI app", hint=_hint(app))


def is_asgi(app: Any) -> bool:
    """Return whether a callable is an ASGI app."""
    while isinstance(app, partial):
        app = app.func
    is_coroutine = inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)
    return is_coroutine or _parameters(app) == _ASGI_PARAMETERS


def _parameters(app: Any) -> int:
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return 0
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in positional and one.default is inspect.Parameter.empty for one in parameters)


def _hint(app: Any) -> str:
    if _type(app) == "aiohttp.web_app.Application":
        return "give what the fixture aiohttp_client returns for it"
    for name in ("app", "application", "url"):
        if hasattr(app, name):
            return f"give its .{name}; {_WAYS}"
    return _WAYS


def _type(app: Any) -> str:
    return f"{type(app).__module__}.{type(app).__qualname__}"
