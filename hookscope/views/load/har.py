"""A capture from an entry of a HAR file: hookscope's own, a browser's, or a proxy's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from hookscope.capture.record import Capture, Reply
from hookscope.views.load import field
from hookscope.views.load.judged import judged
from hookscope.views.load.ndjson import restored

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_IN_URL = "".join(map(chr, range(0x21, 0x7F)))


def capture_of(entry: Mapping[str, Any], secrets: Sequence[str]) -> Capture:
    """The capture; hookscope's own entries keep what they say of themselves, others are judged. Raises ValueError."""
    asked, answered = field.need(entry, "request", dict), field.need(entry, "response", dict)
    ours = field.maybe(entry, "_hookscope", dict)
    body = _body(field.maybe(asked, "postData", dict) or {})
    request = field.request(
        method=field.need(asked, "method", str),
        target=field.need(ours, "target", str) if ours else _target(field.need(asked, "url", str)),
        headers=[_pair(line) for line in field.need(asked, "headers", list) if not _is_pseudo(line)],
        body=body,
        remote=(field.maybe(ours, "remote", str) or "") if ours else "",
    )
    received_at = field.moment(entry, "startedDateTime")
    answer = _body(field.maybe(answered, "content", dict) or {})
    if ours:
        told = field.need(ours, "reply", dict)
        reply = Reply(status=field.status(told, "status"), body=answer, elapsed_ms=field.number(told, "elapsed_ms"))
        return restored(ours, request=request, reply=reply, received_at=received_at)
    reply = Reply(status=field.status(answered, "status"), body=answer, elapsed_ms=_elapsed(entry))
    return judged(request, reply, received_at=received_at, secrets=secrets, flaw=_flaw(asked, body))


def _target(url: str) -> str:
    """Path and query of a URL, as they would stand in a request."""
    origin = _ORIGIN.match(url)
    rest = (url[origin.end() :] if origin else url).partition("#")[0]
    return quote(rest if rest.startswith("/") else f"/{rest}", _IN_URL)


def _is_pseudo(line: Any) -> bool:
    """HTTP/2 has what is no header among its headers: `:method`, `:path`."""
    return isinstance(line, dict) and str(line.get("name")).startswith(":")


def _pair(line: Any) -> tuple[str, str]:
    if not isinstance(line, dict):
        raise ValueError("a header is not an object")
    return field.need(line, "name", str), field.need(line, "value", str)


def _body(content: Mapping[str, Any]) -> bytes:
    text = field.maybe(content, "text", str)
    if not text:
        return _form(field.maybe(content, "params", list) or [])
    encoding = content.get("encoding") or content.get("_encoding")
    if encoding not in (None, "base64"):
        raise ValueError("a body is in an encoding other than base64")
    return field.from_base64(text, "text") if encoding else field.encoded(text, "text")


def _form(parameters: list[Any]) -> bytes:
    """A form's fields as a browser sends them, where a file lists them in place of the body."""
    pairs = [(_pair({"value": "", **one}) if isinstance(one, dict) else ("", "")) for one in parameters]
    try:
        return urlencode(pairs).encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("there is half a character in 'params'") from None


def _elapsed(entry: Mapping[str, Any]) -> float | None:
    """Milliseconds; some programs write -1 where they do not know."""
    value = entry.get("time")
    return None if isinstance(value, int | float) and value < 0 else field.number(entry, "time")


def _flaw(asked: Mapping[str, Any], body: bytes) -> str | None:
    size = asked.get("bodySize")
    if not body and isinstance(size, int) and size > 0:
        return f"the file does not hold the body, which had {size} bytes"
    return None
