"""A capture from the records of ngrok's agent: an element of `requests` at `/api/requests/http`, or one of them alone.

`raw` is base64 of the request as it stood on the wire. Source: ngrok's documentation of the agent's API.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hookscope.formats.importers import json_fields
from hookscope.formats.importers.classify import classify_request
from hookscope.model.record import Capture, Reply

_NANOSECONDS = 1e6


def is_request(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is what ngrok keeps of a request."""
    request = value.get("request")
    return isinstance(request, dict) and "raw" in request


def capture_of(kept: Mapping[str, Any], secrets: Sequence[str]) -> Capture:
    """Return the capture, classified by its shape. Raises ValueError."""
    asked, answered = json_fields.need(kept, "request", dict), json_fields.maybe(kept, "response", dict) or {}
    line, headers, body, missing = _message(json_fields.need(asked, "raw", str))
    method, _, rest = line.partition(" ")
    request = json_fields.request(
        method=method,
        target=rest.rpartition(" ")[0] or rest,
        headers=json_fields.headers(headers),
        body=body,
        remote=(json_fields.maybe(kept, "remote_addr", str) or "").rpartition(":")[0],
    )
    elapsed = json_fields.number(kept.get("duration"), "duration")
    raw_answer = json_fields.maybe(answered, "raw", str)
    reply = Reply(
        status=json_fields.status(json_fields.maybe(answered, "status_code", int), "status_code"),
        body=_message(raw_answer)[2] if raw_answer else b"",
        elapsed_ms=None if elapsed is None else round(elapsed / _NANOSECONDS, 3),
    )
    flaw = f"ngrok did not keep the last {missing} bytes of the body" if missing > 0 else None
    received_at = json_fields.moment(json_fields.need(kept, "start", str), "start")
    return classify_request(request, reply, received_at=received_at, secrets=secrets, flaw=flaw)


def _message(raw: str) -> tuple[str, list[tuple[str, str]], bytes, int]:
    """Return first line, headers and body of an HTTP message, and how many bytes its body lacks."""
    head, _, body = json_fields.from_base64(raw, "raw").partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)]
    known = {name.lower(): value for name, value in headers}
    if "chunked" in known.get("transfer-encoding", "").lower():
        return first, headers, _joined(body), 0
    length = known.get("content-length", "")
    return first, headers, body, int(length) - len(body) if length.isascii() and length.isdecimal() else 0


def _joined(chunks: bytes) -> bytes:
    """Return a body without its chunk sizes; one that is not chunked is returned unchanged."""
    body, rest = b"", chunks
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            return chunks
        if length <= 0:
            break
        body, rest = body + rest[:length], rest[length + 2 :]
    return body
