"""The bytes of a body from a HAR file; each writer decodes bodies in its own way.

The length in the file tells which way it was. mitmproxy 12 writes JSON that is not UTF-8 with surrogateescape and other
bodies without a charset as Latin-1, and unpacks compressed ones. Chromium writes U+FFFD for bytes that are not UTF-8
and leaves out blobs. Firefox counts UTF-16 code units in `bodySize`. Seen in files of mitmproxy 11.0 and 12.3 and of
Playwright 1.65; for Firefox in its har-builder.js, read 2026-11-29.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from hookscope.formats.importers import json_fields
from hookscope.meta import packing
from hookscope.model.record import Headers

_HALVES = re.compile("[\ud800-\udfff]")
_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_LARGEST = 1 << 26
_REPLACED = "\ufffd"
"""The character that stands for what could not be decoded, and that browsers send for half a character."""


def request_body(asked: Mapping[str, Any], headers: Headers) -> tuple[bytes, str | None]:
    """Return the body of a HAR request as it was sent, and what is wrong with it, if anything. Raises ValueError."""
    content = json_fields.maybe(asked, "postData", dict) or {}
    lengths = [length for length in (_content_length(headers), _size(asked, "bodySize")) if length is not None]
    body = _decoded(content, lengths, headers)
    whole = not lengths or len(body) == lengths[0]
    coding = packing.of(headers)
    if coding and body and not (_is_packed(coding, body) if packing.is_known(coding) else whole):
        # The first length is that of the packed body; only a different one tells the decoding of the unpacked body.
        body = _decoded(content, [length for length in lengths if length != lengths[0]], headers)
        sent = f" that had {lengths[0]}" if lengths else ""
        return (
            body,
            f"the file holds {len(body)} bytes of a body{sent}: it came as {coding}, but these are not compressed",
        )
    return body, None if whole else f"the file holds {len(body)} bytes of a body that had {lengths[0]}"


def answer_body(answered: Mapping[str, Any]) -> bytes:
    """Return the body of a HAR response. Raises ValueError."""
    content = json_fields.maybe(answered, "content", dict) or {}
    size = _size(content, "size")
    return _decoded(content, [] if size is None else [size], ())


def exact_body(content: Mapping[str, Any]) -> bytes:
    """Return a body that hookscope itself has written: UTF-8, or base64 that says so. Raises ValueError."""
    text = json_fields.maybe(content, "text", str) or ""
    return json_fields.from_base64(text, "text") if _is_base64(content) else json_fields.encoded(text, "text")


def _is_packed(coding: str, body: bytes) -> bool:
    return packing.unpack(coding, body, largest=_LARGEST) is not None


def _decoded(content: Mapping[str, Any], lengths: list[int], headers: Headers) -> bytes:
    """Return the body in the first decoding that has one of the lengths, else in UTF-8."""
    text = json_fields.maybe(content, "text", str)
    if not text:
        return _form(json_fields.maybe(content, "params", list) or [])
    if _is_base64(content):
        return json_fields.from_base64(text, "text")
    found = list(_candidates(text, headers))
    return next((one for length in lengths for one in found if len(one) == length), found[0])


def _candidates(text: str, headers: Headers) -> Iterator[bytes]:
    """Yield the possible bytes of the text, the likeliest first."""
    for charset in _charsets(headers):
        with suppress(UnicodeError):
            yield text.removeprefix("\ufeff").encode(charset, "surrogateescape")  # UTF-16 puts it there by itself.
    for encoding in ("utf-8", "utf-8-sig"):
        with suppress(UnicodeError):
            yield text.encode(encoding, "surrogateescape")
    with suppress(UnicodeError):
        yield text.encode("latin-1")
    yield _HALVES.sub(_REPLACED, text).encode()
    head, _, rest = text.partition("\r\n\r\n")
    if head.lower().startswith("content-"):  # Firefox may put the headers of an upload before it.
        yield _HALVES.sub(_REPLACED, rest).encode()


def _charsets(headers: Headers) -> Iterator[str]:
    """Yield the charset that `Content-Type` names, if Python knows it."""
    for name, value in headers:
        if name.lower() == b"content-type" and (found := _CHARSET.search(value)):
            charset = found[1].decode().lower()
            if charset not in ("utf-8", "utf8") and _is_charset(charset):
                yield charset


def _is_charset(name: str) -> bool:
    try:
        "".encode(name)
    except LookupError:  # Also for codecs that are not for text.
        return False
    return True


def _form(parameters: list[Any]) -> bytes:
    """Return a form's fields as a browser sends them, for a file that lists them in place of the body."""
    pairs = [(json_fields.pair({"value": "", **one}) if isinstance(one, dict) else ("", "")) for one in parameters]
    try:
        return urlencode(pairs).encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("there is an incomplete character in 'params'") from None


def _is_base64(content: Mapping[str, Any]) -> bool:
    encoding = content.get("encoding") or content.get("_encoding")
    if encoding not in (None, "base64"):
        raise ValueError("a body is in an encoding other than base64")
    return encoding is not None


def _content_length(headers: Headers) -> int | None:
    given = [value for name, value in headers if name.lower() == b"content-length"]
    return int(given[0]) if given and given[0].isdigit() and len(given[0]) < 16 else None


def _size(holder: Mapping[str, Any], name: str) -> int | None:
    """Return a size in the file; 0 and -1 stand for a body that its writer did not see."""
    size = holder.get(name)
    return size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None
