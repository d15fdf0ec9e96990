"""HAR 1.2, with hookscope's own data in `_hookscope`, so that reading it back gives the same captures.

Text that stands for bytes is theirs in UTF-8; other bodies are in base64, and say so. Header lines are Latin-1.
Source: the HAR 1.2 specification, which lets names that begin with `_` be anybody's own.
"""

import base64
import re
from typing import Any
from urllib.parse import parse_qsl

from hookscope import __version__
from hookscope.formats import event_stream
from hookscope.formats.exporters.options import Options, query_of
from hookscope.model.record import Capture, Headers, origin_form

_REASONS = {200: "OK", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
_TOLD = ("received_at", "request", "reply", "events")
"""The keys of a capture object that are elsewhere in the entry, or follow from it. Events that came before do not."""

_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+")


def frame(first: Capture | None, _: Options) -> tuple[bytes, bytes]:
    """Return what is before the entries, which are lines, and behind them."""
    program = event_stream.line({"name": "hookscope", "version": __version__})
    # haralyzer also requires a browser, which the format makes optional.
    head = f'{{"log": {{"version": "1.2", "creator": {program}, "browser": {program}, "pages": [], "entries": ['
    return head.encode("ascii") + (b"\n" if first else b""), b"\n]}}\n"


def entry(capture: Capture, _: Options) -> bytes:
    """Return the entry for a capture."""
    return event_stream.encoded_line(_entry(capture))


def _entry(capture: Capture) -> dict[str, Any]:
    elapsed = capture.reply.elapsed_ms or 0
    known = event_stream.capture_json(capture)
    return {
        "startedDateTime": known["received_at"],
        "time": elapsed,
        "request": _request(capture),
        "response": _response(capture),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed, "receive": 0},
        "_hookscope": {
            **{name: value for name, value in known.items() if name not in _TOLD},
            **({"events": known["events"]} if capture.originals else {}),
            "target": capture.request.target,
            "remote": capture.request.remote,
            "reply": {"status": capture.reply.status, "elapsed_ms": capture.reply.elapsed_ms},
        },
    }


def _request(capture: Capture) -> dict[str, Any]:
    request = capture.request
    value: dict[str, Any] = {
        "method": request.method,
        "url": _url(capture),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [
            {"name": name.decode("latin-1"), "value": value.decode("latin-1")} for name, value in request.headers
        ],
        "queryString": [{"name": name, "value": value} for name, value in _parameters(capture)],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        value["postData"] = {"mimeType": _first(request.headers, b"content-type"), **_post(request.body)}
    return value


def _response(capture: Capture) -> dict[str, Any]:
    status, body = capture.reply.status or 0, capture.reply.body
    return {
        "status": status,
        "statusText": _REASONS.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": len(body), "mimeType": "text/plain", **_content(body)},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": len(body),
    }


def _post(body: bytes) -> dict[str, str]:
    content = _content(body)
    if encoding := content.pop("encoding", None):
        return {**content, "_encoding": encoding, "comment": "the body is not UTF-8: text is base64 of its bytes"}
    return content


def _content(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}


def _url(capture: Capture) -> str:
    """Return an absolute URL, as the format requires, with the scheme and host that the request names."""
    headers = capture.request.headers
    host = _first(headers, b"host")
    scheme = "https" if _first(headers, b"x-forwarded-proto").lower() == "https" else "http"
    path = origin_form(capture.request.target)
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}{path}"


def _parameters(capture: Capture) -> list[tuple[str, str]]:
    query = query_of(capture)
    try:
        return parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=1000) if query else []
    except ValueError:
        return []


def _first(headers: Headers, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")
