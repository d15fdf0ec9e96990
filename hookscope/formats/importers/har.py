"""A capture from an entry of a HAR file: hookscope's own, a browser's, or a proxy's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from hookscope.formats.importers import har_body, json_fields
from hookscope.formats.importers.classify import classify_request
from hookscope.formats.importers.ndjson import Verdicts, restored
from hookscope.model.record import Capture, Reply
from hookscope.urls import percent_encode

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


class _Answer(Struct):
    status: int | None = None
    elapsed_ms: float | None = None


class _Ours(Verdicts, kw_only=True):
    """What hookscope adds to its entries, since HAR has no place for it."""

    target: str
    reply: _Answer
    remote: str | None = None


def capture_of(entry: Mapping[str, Any], secrets: Sequence[str]) -> Capture:
    """Return the capture; hookscope's own entries keep their verdicts, others are classified. Raises ValueError."""
    asked, answered = json_fields.need(entry, "request", dict), json_fields.need(entry, "response", dict)
    known = json_fields.maybe(entry, "_hookscope", dict)
    ours = json_fields.typed(known, _Ours) if known else None
    headers = json_fields.headers(
        json_fields.pair(line) for line in json_fields.need(asked, "headers", list) if not _is_pseudo(line)
    )
    body, flaw = (_own(asked, "postData"), None) if ours else har_body.request_body(asked, headers)
    request = json_fields.request(
        method=json_fields.need(asked, "method", str),
        target=ours.target if ours else _target(json_fields.need(asked, "url", str)),
        headers=headers,
        body=body,
        remote=(ours.remote or "") if ours else "",
    )
    received_at = json_fields.moment(json_fields.need(entry, "startedDateTime", str), "startedDateTime")
    if ours:
        reply = Reply(
            status=json_fields.status(ours.reply.status, "status"),
            body=_own(answered, "content"),
            elapsed_ms=json_fields.number(ours.reply.elapsed_ms, "elapsed_ms"),
        )
        return restored(ours, request=request, reply=reply, received_at=received_at)
    reply = Reply(
        status=json_fields.status(json_fields.maybe(answered, "status", int), "status"),
        body=har_body.answer_body(answered),
        elapsed_ms=_elapsed(entry),
    )
    return classify_request(request, reply, received_at=received_at, secrets=secrets, flaw=flaw)


def _own(message: Mapping[str, Any], name: str) -> bytes:
    return har_body.exact_body(json_fields.maybe(message, name, dict) or {})


def _target(url: str) -> str:
    """Return the path and query of a URL, as they would be in a request."""
    origin = _ORIGIN.match(url)
    rest = (url[origin.end() :] if origin else url).partition("#")[0]
    return percent_encode(rest if rest.startswith("/") else f"/{rest}")


def _is_pseudo(line: Any) -> bool:
    """Return whether a header is one of HTTP/2's pseudo-headers: `:method`, `:path`."""
    return isinstance(line, dict) and str(line.get("name")).startswith(":")


def _elapsed(entry: Mapping[str, Any]) -> float | None:
    """Return milliseconds; some programs write -1 for an unknown time."""
    value = entry.get("time")
    return None if isinstance(value, int | float) and value < 0 else json_fields.number(value, "time")
