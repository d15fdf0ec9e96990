"""Requests that the HTTP parser refused: the readable part, and the reason."""

import re
from itertools import takewhile

from aiohttp.http_exceptions import InvalidURLError, LineTooLong, PayloadEncodingError
from msgspec import Struct

from hookscope.model.record import Headers, Request
from hookscope.urls import is_loopback

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Server: hookscope\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
"""The answer to a head that does not end."""

_KEPT_BYTES = 64 << 10
_LONGEST_REASON = 120
_OTHER_PROTOCOLS = {
    b"\x16\x03": "it is TLS, but this port speaks plain HTTP",
    b"PRI * HTTP/2.0\r\n": "it is HTTP/2, but this port speaks HTTP/1.1",
}
"""By the first bytes of a connection."""
_QUOTED_BYTES = re.compile(r"(:? *b['\"]|: *['\"]| line ['\"]).*")
_END_OF_LINE = b"\r\n"
_END_OF_HEAD = _END_OF_LINE * 2
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([^\s\0]+)(?: HTTP/[0-9.]+)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n\0]*)")


class Refusal(Struct, frozen=True, kw_only=True):
    """A request that could not be parsed: its beginning, its origin, the answer to it and the reason, in words."""

    head: bytes
    peer: str
    status: int
    reason: str

    @property
    def flaw(self) -> str:
        """The reason why nothing more is known of the request."""
        other = next((told for first, told in _OTHER_PROTOCOLS.items() if self.head.startswith(first)), None)
        return f"rejected before it was parsed: {other or self.reason}"

    def request(self) -> Request:
        """Return the request as far as it can be read; from the first line that is none on, everything is body."""
        head, end, body = self.head.partition(_END_OF_HEAD)
        line, *lines = head.split(_END_OF_LINE)
        read = _REQUEST_LINE.fullmatch(line)
        headers = _headers(lines) if read else ()
        if unread := lines[len(headers) :]:
            body = _END_OF_LINE.join(unread) + end + body
        return Request(
            method=read[1].decode("ascii") if read else "UNKNOWN",
            target=read[2].decode("latin-1") if read else "/",
            headers=headers,
            body=(body if read else self.head)[:_KEPT_BYTES],
            remote=sender(self.peer, _first(headers, b"x-forwarded-for")),
        )


def sender(peer: str, forwarded: str | None) -> str:
    """Return the sender's address; a tunnel's agent connects from this machine and names the sender in a header."""
    if forwarded and (not peer or is_loopback(peer)):
        named = forwarded.partition(",")[0].strip()[:64]
        if named.isascii():
            return named
        return named.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # The journal takes no surrogates.
    return peer


def explain(error: Exception) -> str:
    """Explain why the parser refused a request, without its bytes: those are in the capture."""
    match error:
        case LineTooLong():
            return f"its request line or a header has more than {error.args[1]} bytes"
        case InvalidURLError():
            return "its target is neither a path nor a URL"
        case PayloadEncodingError():
            return "the framing of its body is not valid HTTP"
    message = str(getattr(error, "message", error)).partition("\n")[0]
    return _QUOTED_BYTES.sub("", message).strip(" .:")[:_LONGEST_REASON] or type(error).__name__


def _headers(lines: list[bytes]) -> Headers:
    found = takewhile(bool, map(_HEADER.fullmatch, lines))
    return tuple((name, value.strip()) for name, value in (header.groups() for header in found if header))


def _first(headers: Headers, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), None)
