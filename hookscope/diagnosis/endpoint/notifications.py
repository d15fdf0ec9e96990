"""The notifications that the checks send: made-up events of one sample, in Meta's JSON and with its headers."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from hookscope.meta import wire
from hookscope.meta.signature import SHA256_HEADER
from hookscope.model.record import Headers, Request
from hookscope.outbound.replay.trigger import notification_request
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.sample import Sample
from hookscope.secret_sources import Secret

ESCAPED = "äöå 日本 😀 <b> 50% a@b https://example.com/x"
"""Everything that Meta escapes."""

_ESCAPES = re.compile(r"[/%@<]|[^ -~]")
_TEXT_KEYS = ("message", "text", "body", "caption", "description")


class Notifications:
    """Makes notifications of a sample for an endpoint; without a secret they are unsigned."""

    def __init__(self, url: str, sample: Sample, secret: Secret | None) -> None:
        self.sample = sample
        self._url = url
        self._secret = secret
        self._builder = PayloadBuilder()

    def payload(self, shape: Shape | None = None, *, sample: Sample | None = None) -> dict[str, Any]:
        """Return the value of a notification of new events.

        It has none of the characters that Meta escapes: only the checks that are for these depend on them.
        """
        plain: dict[str, Any] = _without_escapes(self._builder.payload(sample or self.sample, shape or Shape()))
        return plain

    def request(self, payload: Any = None, *, body: bytes | None = None) -> Request:
        """Return a signed request; of a new event when nothing is given."""
        if body is None:
            body = wire.encode(self.payload() if payload is None else payload)
        return notification_request(body, self._url, self._secret)

    def with_text(self, text: str) -> dict[str, Any]:
        """Return the value of a notification with this text in it."""
        payload = self.payload()
        if not _put_text(payload, text):
            payload["note"] = text
        return payload


def with_headers(request: Request, changed: Mapping[str, str | None]) -> Request:
    """Return the request with other values of some headers; None leaves one out."""
    wanted = {name.lower(): value for name, value in changed.items()}
    lines: list[tuple[bytes, bytes]] = []
    for name, old in request.headers:
        value = wanted.get(name.decode().lower(), old.decode())
        if value is not None:
            lines.append((name, value.encode()))
    return replace(request, headers=tuple(lines))


def signature_of(request: Request) -> str:
    """Return the sha256 signature that a signed request carries."""
    wanted = SHA256_HEADER.encode()
    return next(value.decode() for name, value in request.headers if name == wanted)


def with_lower_case_names(request: Request) -> Request:
    """Return the request with its header names in lower case."""
    headers: Headers = tuple((name.lower(), value) for name, value in request.headers)
    return replace(request, headers=headers)


def _without_escapes(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_escapes(inner) for key, inner in value.items()}
        case list():
            return [_without_escapes(inner) for inner in value]
        case str():
            return _ESCAPES.sub("", value)
    return value


def _put_text(value: Any, text: str) -> bool:
    """Put a text into the first place for one; return whether there is any."""
    match value:
        case dict():
            for key, inner in value.items():
                if key in _TEXT_KEYS and isinstance(inner, str):
                    value[key] = text
                    return True
                if _put_text(inner, text):
                    return True
        case list():
            return any(_put_text(inner, text) for inner in value)
    return False
