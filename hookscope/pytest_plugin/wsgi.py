"""A WSGI app called in this process. Source: PEP 3333."""

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.model.record import Request
from hookscope.pytest_plugin.in_process import HOST, Answering, describe

WsgiApp = Callable[[dict[str, Any], Callable[..., Callable[[bytes], Any]]], Iterable[bytes]]


def call_wsgi(app: WsgiApp, request: Request) -> RoundTrip:
    """Send a request to the app, and read its whole answer. Raises AppRaisedError for an app that raises."""
    answer = Answering(request)

    def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], Any]:
        answer.status = int(status.split(" ", 1)[0])
        answer.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return answer.body.extend

    try:
        chunks = app(_environ(request), start_response)
        try:
            for chunk in chunks:
                answer.body += chunk
        finally:
            if close := getattr(chunks, "close", None):
                close()
    except Exception as error:
        raise answer.raised(describe(error)) from error
    return answer.trip()


def _environ(request: Request) -> dict[str, Any]:
    parts = urlsplit(request.target)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.decode("latin-1")
    return environ
