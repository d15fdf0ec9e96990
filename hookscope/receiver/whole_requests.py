"""Requests that arrive whole, as nearly every notification does.

aiohttp's server makes a task, a reader, a writer, and a request object for each request, which together take twice the
time of everything else that a notification needs. A request that arrives in one piece needs none of them. aiohttp's
parser decides here, too, what is valid HTTP; whatever is not plainly whole goes to its server untouched.
"""

import asyncio
from collections.abc import Iterable

from aiohttp import HttpVersion11
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError

_LARGEST = 32 << 10
"""In bytes, with its head; also the limit of a head by itself."""

_END_OF_HEAD = b"\r\n\r\n"


class WholeRequestParser:
    """Parses POST requests to known paths that arrive in one piece. One serves any number of connections."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._lines = tuple([f"POST {path} HTTP/1.1\r\n".encode() for path in paths])
        self._loop = asyncio.get_running_loop()
        self._parser = self._new_parser()

    def parse(self, data: bytes) -> tuple[RawRequestMessage, bytes] | None:
        """Return the head and the body, or None for anything but exactly one whole request on a lasting connection."""
        if len(data) > _LARGEST or not data.startswith(self._lines):
            return None
        try:
            messages, upgraded, _ = self._parser.feed_data(data)
        except HttpProcessingError:
            messages, upgraded = [], False
        if len(messages) == 1 and not upgraded:
            message, payload = messages[0]
            body = data[data.find(_END_OF_HEAD) + len(_END_OF_HEAD) :]
            # More bytes than the body has would be the beginning of another request.
            is_whole = payload.is_eof() and payload.total_bytes == len(body) and not message.chunked
            if is_whole and message.version == HttpVersion11 and not message.should_close:
                return message, body
        self._parser = self._new_parser()  # This one is in the middle of a request, or has ended with it.
        return None

    def _new_parser(self) -> HttpRequestParser:
        return HttpRequestParser(BaseProtocol(self._loop), self._loop, _LARGEST, auto_decompress=False)
