"""Fields of objects that somebody else wrote. Everything raises a readable ValueError."""

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from hookscope.model.record import Headers, Request

_T = TypeVar("_T")
_KINDS = {str: "a string", dict: "an object", list: "a list", int: "a number"}
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_BREAKS = re.compile(rb"[\r\n\x00]")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""The range that the journal stores and every time zone can show."""


def need(holder: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    """Return the field, which must exist and have that type."""
    value = holder.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name!r} is {'missing' if value is None else f'not {_KINDS[kind]}'}")
    return value


def maybe(holder: Mapping[str, Any], name: str, kind: type[_T]) -> _T | None:
    """Return the field, or None when it is missing or null."""
    return None if holder.get(name) is None else need(holder, name, kind)


def text(holder: Mapping[str, Any], name: str) -> str | None:
    """Return a text that can be stored, or None."""
    found = maybe(holder, name, str)
    if found is not None:
        _encode(found, name)
    return found


def number(holder: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number that is not negative, or None."""
    value = holder.get(name)
    if value is None:
        return None
    try:
        found = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        found = math.inf
    if not 0 <= found < math.inf:
        raise ValueError(f"{name!r} is not a number")
    return found


def status(holder: Mapping[str, Any], name: str) -> int | None:
    """Return an HTTP status, or None, which is 0 in some files."""
    value = maybe(holder, name, int)
    if value and not 100 <= value <= 999:
        raise ValueError(f"{name!r} is not an HTTP status")
    return value or None


def capture_id(holder: Mapping[str, Any], name: str) -> int | None:
    """Return the id of a capture, or None."""
    value = maybe(holder, name, int)
    if value is not None and not 0 <= value < 1 << 62:
        raise ValueError(f"{name!r} is not a capture id")
    return value


def moment(holder: Mapping[str, Any], name: str) -> datetime:
    """Return an ISO 8601 time, in UTC when it has no offset."""
    given = need(holder, name, str)
    try:
        found = datetime.fromisoformat(given)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or not _EARLIEST <= found <= _LATEST:
        raise ValueError(f"{name!r} is not a valid time") from None
    return found


def encoded(content: str, name: str) -> bytes:
    """Return the bytes that a text stands for."""
    return _encode(content, name)


def from_base64(content: str, name: str) -> bytes:
    """Return the bytes that base64 stands for."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{name!r} is not base64") from None


def pair(line: Any) -> tuple[str, str]:
    """Return the name and the value of an object that has both."""
    if not isinstance(line, dict):
        raise ValueError("a header is not an object")
    return need(line, "name", str), need(line, "value", str)


def request(*, method: str, target: str, headers: Headers, body: bytes, remote: str) -> Request:
    """Return a request that could have come over the wire."""
    if not _TOKEN.fullmatch(_encode(method, "method")):
        raise ValueError("'method' is not an HTTP method")
    if _LINE_BREAKS.search(_encode(target, "target")):
        raise ValueError("there is a line break in the target")
    _encode(remote, "remote")
    return Request(method=method, target=target, headers=headers, body=body, remote=remote)


def headers(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Return header lines as on the wire: texts stand for Latin-1, or for UTF-8 when that fails."""
    found = tuple((_header(name), _header(value)) for name, value in pairs)
    for name, value in found:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name.decode('latin-1')!r} is not a header name")
        if _LINE_BREAKS.search(value):
            raise ValueError(f"there is a line break in the header {name.decode()}")
    return found


def _header(part: str) -> bytes:
    try:
        return part.encode("latin-1")
    except UnicodeEncodeError:
        return _encode(part, "headers", "surrogateescape")


def _encode(content: str, name: str, errors: str = "strict") -> bytes:
    try:
        return content.encode("utf-8", errors)
    except UnicodeEncodeError:
        raise ValueError(f"there is an incomplete character in {name!r}") from None
