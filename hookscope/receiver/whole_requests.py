"""Requests that arrive whole, as nearly every notification does.

aiohttp's server makes a task, a reader, a writer, and a request object for each request, and its parser a URL, a map of
the headers, and a stream, which together take more than twice the time of everything else that a notification needs. A
request that arrives in one piece needs none of them. The same llhttp decides here what is valid HTTP, by httptools;
whatever is not plainly whole goes untouched to aiohttp's server.
"""

from collections.abc import Iterable

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from msgspec import Struct

from hookscope.model.record import Headers

_LARGEST = 32 << 10
_LARGEST_HEAD = 4 << 10
"""In bytes, the first with its head; aiohttp refuses lines that are longer."""

_END_OF_HEAD = b"\r\n\r\n"
_MOST_HEADERS = 128
"""As aiohttp allows them."""

_HOST = b"host"
_LEFT_ALONE = frozenset((b"expect", b"sec-websocket-key1"))
"""aiohttp answers the one before the body, and refuses the other."""

_FORWARDED = b"x-forwarded-for"


class WholeRequest(Struct, frozen=True):
    """A POST request to a known path; `forwarded` is the value of its `X-Forwarded-For`, if any."""

    target: str
    headers: Headers
    body: bytes
    forwarded: str | None


class WholeRequestParser:
    """Parses POST requests to known paths that arrive in one piece. One serves any number of connections."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._targets = {f"POST {path} HTTP/1.1\r\n".encode(): path for path in paths}
        self._lines = tuple(self._targets)
        self._parser = HttpRequestParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._begun = self._complete = 0
        self._lasts = False

    def parse(self, data: bytes) -> WholeRequest | None:
        """Return the request, or None for anything but exactly one whole request on a lasting connection."""
        if len(data) > _LARGEST or not data.startswith(self._lines):
            return None
        self._headers, self._body = [], []
        self._begun = self._complete = 0
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._begun = 0
        body = b"".join(self._body)
        # More bytes than the body has would be the beginning of another request, or the frames of its parts.
        head = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        is_whole = (self._begun, self._complete) == (1, 1) and head + len(body) == len(data)
        if is_whole and self._lasts and head <= _LARGEST_HEAD:
            named = {name.lower(): value for name, value in self._headers}
            # aiohttp refuses some names that come twice.
            is_plain = len(named) == len(self._headers) <= _MOST_HEADERS and _LEFT_ALONE.isdisjoint(named)
            if is_plain and _HOST in named:
                target = self._targets[data[: data.find(b"\n") + 1]]
                return WholeRequest(target, tuple(self._headers), body, _text(named.get(_FORWARDED)))
        self._parser = HttpRequestParser(self)  # This one is in the middle of a request, or has ended with it.
        return None

    def on_message_begin(self) -> None:
        """Note that a request has begun; called by the parser, as the others are."""
        self._begun += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, without blanks behind its value, which the parser leaves there (RFC 9110, 5.5)."""
        self._headers.append((name, value.rstrip(b" \t")))

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        self._body.append(data)

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        self._complete += 1
        self._lasts = self._parser.should_keep_alive()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")
