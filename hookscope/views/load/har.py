"""A capture from an entry of a HAR file: hookscope's own, a browser's, or a proxy's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from hookscope.model.record import Capture, Reply
from hookscope.views.load import field, har_body
from hookscope.views.load.judged import judged
from hookscope.views.load.ndjson import restored

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_IN_URL = "".join(map(chr, range(0x21, 0x7F)))


def capture_of(entry: Mapping[str, Any], secrets: Sequence[str]) -> Capture:
    """The capture; hookscope's own entries keep what they say of themselves, others are judged. Raises ValueError."""
    asked, answered = field.need(entry, "request", dict), field.need(entry, "response", dict)
    ours = field.maybe(entry, "_hookscope", dict)
    headers = field.headers(field.pair(line) for line in field.need(asked, "headers", list) if not _is_pseudo(line))
    body, flaw = (_own(asked, "postData"), None) if ours else har_body.request_body(asked, headers)
    request = field.request(
        method=field.need(asked, "method", str),
        target=field.need(ours, "target", str) if ours else _target(field.need(asked, "url", str)),
        headers=headers,
        body=body,
        remote=(field.maybe(ours, "remote", str) or "") if ours else "",
    )
    received_at = field.moment(entry, "startedDateTime")
    if ours:
        answer = _own(answered, "content")
        told = field.need(ours, "reply", dict)
        reply = Reply(status=field.status(told, "status"), body=answer, elapsed_ms=field.number(told, "elapsed_ms"))
        return restored(ours, request=request, reply=reply, received_at=received_at)
    reply = Reply(
        status=field.status(answered, "status"), body=har_body.answer_body(answered), elapsed_ms=_elapsed(entry)
    )
    return judged(request, reply, received_at=received_at, secrets=secrets, flaw=flaw)


def _own(message: Mapping[str, Any], name: str) -> bytes:
    return har_body.exact_body(field.maybe(message, name, dict) or {})


def _target(url: str) -> str:
    """Path and query of a URL, as they would stand in a request."""
    origin = _ORIGIN.match(url)
    rest = (url[origin.end() :] if origin else url).partition("#")[0]
    return quote(rest if rest.startswith("/") else f"/{rest}", _IN_URL)


def _is_pseudo(line: Any) -> bool:
    """HTTP/2 has what is no header among its headers: `:method`, `:path`."""
    return isinstance(line, dict) and str(line.get("name")).startswith(":")


def _elapsed(entry: Mapping[str, Any]) -> float | None:
    """Milliseconds; some programs write -1 where they do not know."""
    value = entry.get("time")
    return None if isinstance(value, int | float) and value < 0 else field.number(entry, "time")
