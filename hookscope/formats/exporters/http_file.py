"""`.http` files, as the REST clients of VS Code and of the JetBrains IDEs run them."""

import re

from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.request_headers import request_headers
from hookscope.model.record import Capture

_LINE = (
    r"""[ ]*(?:["{}\[\],0-9]|-[0-9]|true\b|false\b|null\b).*"""  # JSON
    r"|(?!(?:query|mutation|fragment|gql|import|proto)\b)[a-z][^:/\n]*"  # text, or a form
)
_PLAIN = re.compile(rf"(?! )(?:{_LINE})(?:\n(?:{_LINE}))*")
"""A body of lines that no client takes for anything else. httpyac 6.16 takes many out of a body: variables (`@a = b`),
assertions (`?? a`), scripts, requests (`GET /x`), comments, however far indented, and files (`< a`, ` >> b`).
"""

_CHANGED = re.compile(
    r"\{\{|\s$|[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", re.MULTILINE
)
"""Text that a client replaces or drops: variables, blanks at the end of a line, controls."""

_HEADER_NAME = re.compile(rb"[A-Za-z0-9][^:]*")


def entry(capture: Capture, options: Options) -> bytes:
    """Return the request for a capture, behind `###`."""
    return _request(capture, options).encode()


def unsupported_reason(capture: Capture) -> str | None:
    """Return why a capture cannot be written as a `.http` request, or None when it can."""
    headers = request_headers(capture)
    lines = (*(value for _, value in headers), capture.request.target.encode("utf-8", "replace"))
    if any(b"{{" in line or not line.isascii() or line.endswith(b",") for line in lines) or not all(
        _HEADER_NAME.fullmatch(name) for name, _ in headers
    ):
        return "its headers or its target cannot be written in a .http file"
    try:
        text = capture.request.body.decode("utf-8")
    except UnicodeDecodeError:
        return "its body is not text; use curl or pytest"
    if text and (_CHANGED.search(text) or not _PLAIN.fullmatch(text)):
        return "its body holds text with a meaning of its own in a .http file; use curl or pytest"
    return None


def _request(capture: Capture, options: Options) -> str:
    title = f"### {capture.kind} #{capture.ref}\n"
    if reason := unsupported_reason(capture):
        return f"{title}# left out: {reason}\n"
    request = capture.request
    headers = "".join(f"{name.decode()}: {value.decode()}\n" for name, value in request_headers(capture))
    body = f"\n{request.body.decode()}\n" if request.body else ""
    return f"{title}# @no-cookie-jar\n{request.method} {options.url_of(capture)}\n{headers}{body}"
