"""An app under test, written once: as an ASGI app, as a WSGI app, and as a server."""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from msgspec import Struct, field

import hookscope

TOKEN = "blue-token"


class App(Struct, dict=True):
    """Answers handshakes with TOKEN, and notifications that are signed with `secret`; keeps the events.

    `statuses` are answered first. `boom` is raised by every notification.
    """

    secret: str
    statuses: list[int] = field(default_factory=list)
    boom: Exception | None = None
    events: list[hookscope.ParsedEvent] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Return status and text."""
        parts = urlsplit(target)
        self.threads.add(threading.current_thread().name)
        if parts.path != "/webhook":
            return 404, "not here"
        if method == "GET":
            try:
                return 200, hookscope.answer_handshake(parts.query, TOKEN)
            except hookscope.HandshakeError:
                return 403, "no"
        self.bodies.append(body)
        self.headers.append(headers)
        if self.boom:
            raise self.boom
        if not hookscope.verify(headers, body, self.secret):
            return 401, "no"
        if self.statuses:
            return self.statuses.pop(0), "later"
        self.events += hookscope.parse(body)
        return 200, "EVENT_RECEIVED"

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve as an ASGI app."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        target = f"{scope['path']}?{scope['query_string'].decode()}"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, text = self.answer(scope["method"], target, headers, body)
        start = [(b"content-type", b"text/plain"), (b"x-twice", b"1"), (b"X-Twice", b"2")]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send({"type": "http.response.body", "body": text.encode()[:3], "more_body": True})
        await send({"type": "http.response.body", "body": text.encode()[3:]})

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve as a WSGI app."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        named = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        target = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        status, text = self.answer(environ["REQUEST_METHOD"], target, named, body)
        start = [("Content-Type", "text/plain"), ("x-twice", "1"), ("X-Twice", "2")]
        start_response(f"{status} {HTTPStatus(status).phrase}", start)
        return [text.encode()[:3], text.encode()[3:]]


class _Handler(BaseHTTPRequestHandler):
    app: App

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, text = self.app.answer(self.command, self.path, dict(self.headers), body)
        self.send_response(status)
        for name, value in (("Content-Type", "text/plain"), ("x-twice", "1"), ("X-Twice", "2")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server:
    """Serves an app on loopback, in threads."""

    def __init__(self, app: App) -> None:
        handler = type("Handler", (_Handler,), {"app": app})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
