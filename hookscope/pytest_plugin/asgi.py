"""An ASGI app called in this process. Source: the ASGI specification, "HTTP & WebSocket ASGI Message Format"."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.model.record import Request
from hookscope.pytest_plugin.in_process import HOST, Answering, describe

Message = MutableMapping[str, Any]
_Receive = Callable[[], Coroutine[Any, Any, Message]]
_Send = Callable[[Message], Coroutine[Any, Any, None]]
AsgiApp = Callable[[Message, _Receive, _Send], Coroutine[Any, Any, Any]]


async def call_asgi(app: AsgiApp, request: Request, seconds: float, state: Mapping[str, Any]) -> RoundTrip:
    """Send a request to the app, and wait until it has answered and returned.

    `state` is that of its lifespan. Raises AppRaisedError for an app that raises, does not answer, or is not done after
    `seconds`.
    """
    exchange, timeout = _Exchange(request), asyncio.timeout(seconds)
    try:
        async with timeout:
            await app(_scope(request, state), exchange.receive, exchange.send)
    except Exception as error:
        raise exchange.answer.raised(
            f"it was not done after {seconds:g} s" if timeout.expired() else describe(error)
        ) from error
    return exchange.answer.trip()


class _Exchange:
    """The messages of one request and its answer."""

    def __init__(self, request: Request) -> None:
        self.answer = Answering(request)
        self.answered = asyncio.Event()
        self._is_sent = False

    async def receive(self) -> Message:
        """Return the whole body; after that, the end of the connection once the answer is complete."""
        if not self._is_sent:
            self._is_sent = True
            return {"type": "http.request", "body": self.answer.request.body, "more_body": False}
        await self.answered.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            self.answer.headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
        elif message["type"] == "http.response.body":
            self.answer.body += message.get("body", b"")
            if not message.get("more_body", False):
                self.answer.end()
                self.answered.set()


def _scope(request: Request, state: Mapping[str, Any]) -> Message:
    parts = urlsplit(request.target)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers],
        "client": ("127.0.0.1", 443),
        "server": (HOST, 443),
        "state": dict(state),
    }
