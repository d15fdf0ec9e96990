"""Requests that arrive whole and are plain, as nearly every notification does and is.

aiohttp's server makes a task, a reader, a writer, and a request object for each request, and its parser a URL, a map of
the headers, and a stream, which together take more than twice the time of everything else that a notification needs. A
request that is whole and plain needs none of them. Plain here is a small part of HTTP that nobody can read in another
way; everything else goes untouched to aiohttp's server, which decides what is valid.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from hookscope.model.record import Headers

_LARGEST = 32 << 10
"""In bytes, with its head."""

_LARGEST_HEAD = 4 << 10
_MOST_HEADERS = 64
_END_OF_HEAD = b"\r\n\r\n"
_PLAIN = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?((?! )[ -~]+(?<! ))")
"""A header line in ASCII, with a value."""

_ODD = frozenset(
    (
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-connection",
        b"sec-websocket-key1",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Names of headers that change how a request is read, or what becomes of its connection."""


class WholeRequest(Struct, frozen=True):
    """A POST request to a known path; `forwarded` is the value of its `X-Forwarded-For`, if any."""

    target: str
    headers: Headers
    body: bytes
    forwarded: str | None


class WholeRequestParser:
    """Parses POST requests to known paths that arrive in one piece. One serves any number of connections."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._targets = {f"POST {path} HTTP/1.1".encode(): path for path in paths}

    def parse(self, data: bytes) -> WholeRequest | None:
        """Return the request, or None for anything but exactly one whole and plain request."""
        if len(data) > _LARGEST:
            return None
        head, end, body = data.partition(_END_OF_HEAD)
        line, *lines = head.split(b"\r\n", _MOST_HEADERS + 1)
        target = self._targets.get(line)
        if target is None or not end or len(head) > _LARGEST_HEAD:
            return None
        try:
            named = dict(map(_field, lines))
        except ValueError:
            return None
        # More bytes than the body has would be the beginning of another request.
        is_whole = b"host" in named and named.get(b"content-length", (b"", b""))[1] == b"%d" % len(body)
        if not is_whole or len(named) < len(lines):  # A name came twice.
            return None
        _, forwarded = named.get(b"x-forwarded-for", (b"", b""))
        return WholeRequest(target, tuple(named.values()), body, forwarded.decode("ascii") or None)


@lru_cache(maxsize=128)  # Most lines are the same each time.
def _field(line: bytes) -> tuple[bytes, tuple[bytes, bytes]]:
    """Return a header's name in lowercase, and its name and value. Raises ValueError for one that is not plain."""
    found = _PLAIN.fullmatch(line)
    name = found[1].lower() if found else b""
    if not found or name in _ODD:
        raise ValueError(line)
    return name, (found[1], found[2])
