"""Fields of objects that somebody else wrote. Everything raises a readable ValueError."""

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from hookscope.model.record import Headers, Request

_T = TypeVar("_T")
_S = TypeVar("_S", bound=Struct)
_KINDS = {str: "a string", dict: "an object", list: "a list", int: "a number"}
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_BREAKS = re.compile(rb"[\r\n\x00]")
_MISSING = re.compile(r"missing required field `(\w+)`")
_UNEXPECTED = re.compile(r"Expected `(\w+)[^`]*`.*, got `?(\w+)`? - at `\$(?:.*\.)?(\w+)((?:\[\S*\])*)`")
_OUT_OF_RANGE = re.compile(r"out of range - at `\$(?:.*\.)?(\w+)`")
_EXPECTED = {"str": "a string", "object": "an object", "array": "a list", "int": "a number", "float": "a number"}
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


def typed(value: Any, kind: type[_S]) -> _S:
    """Return a decoded value as a Struct, which names the fields and their types."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueError(_readable(str(error))) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def storable(content: str, name: str) -> str:
    """Return a text, which must be one that can be stored."""
    _encode(content, name)
    return content


def number(value: object, name: str) -> float | None:
    """Return a finite number that is not negative, or None."""
    if value is None:
        return None
    try:
        found = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        found = math.inf
    if not 0 <= found < math.inf:
        raise ValueError(f"{name!r} is not a number")
    return found


def status(value: int | None, name: str) -> int | None:
    """Return an HTTP status, or None, which is 0 in some files."""
    if value and not 100 <= value <= 999:
        raise ValueError(f"{name!r} is not an HTTP status")
    return value or None


def capture_id(value: int | None, name: str) -> int | None:
    """Return the id of a capture, or None."""
    if value is not None and not 0 <= value < 1 << 62:
        raise ValueError(f"{name!r} is not a capture id")
    return value


def moment(given: str, name: str) -> datetime:
    """Return an ISO 8601 time, in UTC when it has no offset."""
    try:
        found = datetime.fromisoformat(given)
        if found.tzinfo is not UTC:
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
    _check_method(method)
    if _LINE_BREAKS.search(_encode(target, "target")):
        raise ValueError("there is a line break in the target")
    _encode(remote, "remote")
    return Request(method=method, target=target, headers=headers, body=body, remote=remote)


def headers(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Return header lines as on the wire: texts stand for Latin-1, or for UTF-8 when that fails."""
    return tuple([(_header_name(name), _header_value(name, value)) for name, value in pairs])


@lru_cache(maxsize=256)  # Every request has the same few.
def _check_method(method: str) -> None:
    if not _TOKEN.fullmatch(_encode(method, "method")):
        raise ValueError("'method' is not an HTTP method")


@lru_cache(maxsize=256)
def _header_name(text: str) -> bytes:
    name = _header(text)
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name.decode('latin-1')!r} is not a header name")
    return name


def _header_value(name: str, text: str) -> bytes:
    value = _header(text)
    if not text.isprintable() and _LINE_BREAKS.search(value):
        raise ValueError(f"there is a line break in the header {name}")
    return value


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


def _readable(problem: str) -> str:
    """Return what msgspec says about a value in the words of this module."""
    if found := _MISSING.search(problem):
        return f"{found[1]!r} is missing"
    if found := _OUT_OF_RANGE.search(problem):
        return f"{found[1]!r} is not a number"
    if found := _UNEXPECTED.search(problem):
        expected, got, name, within = found.groups()
        if name == "headers" and within:
            return "a header is not a pair of strings"
        return f"{name!r} is {'missing' if got == 'null' else f'not {_EXPECTED[expected]}'}"
    return problem
