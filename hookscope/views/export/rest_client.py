"""`.http` files, as the REST clients of VS Code and of the JetBrains IDEs run them."""

import re
from collections.abc import Iterable, Iterator

from hookscope.capture.record import Capture
from hookscope.views.export.options import Options
from hookscope.views.export.sent import sent_headers
from hookscope.views.safe import safe

_SPECIAL = re.compile(r"\{\{|^(?:###|<|>|#|//|\s*$)|\n\Z", re.MULTILINE)
"""What a client takes for its own syntax within a body, or drops: variables, files, scripts, comments, empty lines."""


def pieces(captures: Iterable[Capture], options: Options) -> Iterator[bytes]:
    """One request a capture, `###` before each."""
    for n, capture in enumerate(captures):
        yield f"{'' if n == 0 else chr(10)}{_request(capture, options)}".encode()


def caveat(capture: Capture) -> str | None:
    """Why a capture cannot be written as a `.http` request; None when it can."""
    lines = (*(value for _, value in sent_headers(capture)), capture.request.target.encode("utf-8", "replace"))
    if any(b"{{" in line or not line.isascii() for line in lines):
        return "its headers or its target cannot be written in a .http file"
    try:
        text = capture.request.body.decode("utf-8")
    except UnicodeDecodeError:
        return "its body is not text; use curl or pytest"
    if safe(text, keep_newlines=True) != text or (text and _SPECIAL.search(text)):
        return "its body holds what a .http file takes for something else; use curl or pytest"
    return None


def _request(capture: Capture, options: Options) -> str:
    title = f"### {capture.kind} #{capture.id}\n"
    if reason := caveat(capture):
        return f"{title}# left out: {reason}\n"
    request = capture.request
    headers = "".join(f"{name.decode()}: {value.decode()}\n" for name, value in sent_headers(capture))
    body = f"\n{request.body.decode()}\n" if request.body else ""
    return f"{title}{request.method} {options.url_of(capture)}\n{headers}{body}"
