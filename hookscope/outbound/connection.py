"""One HTTP/1.1 connection to an application.

A client of its own, with aiohttp's parser for the answers: what is sent on must be the captured bytes, header lines
included, to the letter; and whether the application can have seen a request, which decides if it may be sent again, is
known only where the socket is. It also takes a quarter of the time of aiohttp's client, which does much more.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Self

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpResponseParser
from aiohttp.streams import StreamReader

_CHUNK = 64 << 10
_KEPT_OF_ANSWER = 64 << 10
_PARSER_LIMIT = 1 << 20
"""Well over a chunk: the parser is never to pause, since nothing would wake it."""


class BrokenConnectionError(Exception):
    """The application closed the connection, or answered no HTTP. `heard` tells whether any byte of an answer came."""

    def __init__(self, reason: str, *, heard: bool) -> None:
        super().__init__(reason)
        self.heard = heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the application answered: its status, and the first 64 KiB of its body."""

    status: int
    content_type: str
    body: bytes


class Connection:
    """A connection that is kept open between two exchanges, as long as `usable`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._open = True
        self.used = False

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None) -> Self:
        """Connect; raises OSError."""
        return cls(*await asyncio.open_connection(host, port, ssl=tls, limit=_CHUNK))

    @property
    def usable(self) -> bool:
        """Whether another request may be tried on it."""
        return self._open and not self._reader.at_eof() and not self._writer.is_closing()

    def close(self) -> None:
        """Close it; what is under way is lost."""
        self._open = False
        self._writer.close()

    async def lasts(self, seconds: float) -> bool:
        """Whether the application keeps it open for so long without having been sent anything."""
        try:
            async with asyncio.timeout(seconds):
                return bool(await self._reader.read(1))
        except TimeoutError:
            return True
        except OSError:
            return False

    async def exchange(self, head: bytes, body: bytes) -> Answer:
        """Send a request and read its answer. Raises BrokenConnectionError."""
        self.used = True
        done = False
        try:
            self._writer.write(head + body if len(body) < _CHUNK else head)
            if len(body) >= _CHUNK:
                self._writer.write(body)
                await self._drain()
            answer = await self._answer(head.startswith(b"HEAD "))
            done = True
            return answer
        finally:
            if not (done and self._open):
                self.close()

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError:
            return  # It may have answered before it stopped reading.

    async def _answer(self, bodiless: bool) -> Answer:
        parser = _parser(bodiless)
        heard = False
        while True:
            data = await self._read(heard)
            try:
                messages = parser.feed_data(data)[0] if data else []
            except HttpProcessingError as error:
                reason = error.message.partition("\n")[0].rstrip(" :")
                raise BrokenConnectionError(f"the answer is no HTTP: {reason}", heard=True) from error
            heard = heard or bool(data)
            for message, payload in messages:
                if message.code >= 200:
                    self._open = not (message.should_close or message.upgrade)
                    kind = message.headers.get("Content-Type", "")
                    return Answer(status=message.code, content_type=kind, body=await self._body(parser, payload))
            if not data:
                raise BrokenConnectionError("it closed the connection without an answer", heard=heard)

    async def _body(self, parser: HttpResponseParser, payload: StreamReader) -> bytes:
        """What comes of the answer's body; the connection is given up with what is too long or broken of it."""
        body = payload.read_nowait()
        while not payload.is_eof() and len(body) < _KEPT_OF_ANSWER:
            try:
                data = await self._read(heard=True)
                if data:
                    parser.feed_data(data)
                else:
                    parser.feed_eof()
            except (BrokenConnectionError, HttpProcessingError):
                data = b""
            body += payload.read_nowait()
            if not data:
                self._open = False
                break
        self._open = self._open and payload.is_eof()
        return body[:_KEPT_OF_ANSWER]

    async def _read(self, heard: bool) -> bytes:
        try:
            return await self._reader.read(_CHUNK)
        except OSError as error:
            raise BrokenConnectionError(f"the connection broke: {error.strerror or error}", heard=heard) from error


def _parser(bodiless: bool) -> HttpResponseParser:
    loop = asyncio.get_running_loop()
    return HttpResponseParser(
        BaseProtocol(loop, None),
        loop,
        _PARSER_LIMIT,
        response_with_body=not bodiless,
        read_until_eof=True,
        auto_decompress=False,
    )
