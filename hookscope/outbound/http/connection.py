"""One HTTP/1.1 connection to an application.

A client of its own, with aiohttp's parser for the answers: the captured bytes, header lines included, must be sent
unchanged; and only the owner of the socket knows whether the application can have seen a request, which decides if it
may be sent again. It also takes a quarter of the time of aiohttp's client, which does much more.
"""

import asyncio
import ssl
from typing import TYPE_CHECKING, Self

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpResponseParser, RawResponseMessage

from hookscope.frozen import fast_frozen_dataclass

if TYPE_CHECKING:
    from aiohttp.streams import StreamReader

_BUFFER = 16 << 10
_CHUNK = 64 << 10
_KEPT_OF_ANSWER = 64 << 10
_PARSER_LIMIT = 1 << 20
"""Well over a chunk: the parser is never to pause, since nothing would wake it."""


class BrokenConnectionError(Exception):
    """The application closed the connection, or did not answer in HTTP. `heard` tells whether any byte of an answer
    came.
    """

    def __init__(self, reason: str, *, heard: bool) -> None:
        super().__init__(reason)
        self.heard = heard


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The application's answer: its status, its header lines, its redirect, and the first 64 KiB of its body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    content_type: str
    location: str
    body: bytes


class Connection(asyncio.BufferedProtocol):
    """A connection that is kept open between two exchanges, as long as it is `usable`.

    It reads into a buffer of its own: the one that the event loop makes for each read is so large that the system has
    to be asked for it every time.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(_BUFFER)
        self._parser: HttpResponseParser | None = None
        self._answered: asyncio.Future[Answer] | None = None
        self._message: RawResponseMessage | None = None
        self._payload: StreamReader | None = None
        self._body = b""
        self._heard = False
        self._spoke = False
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._lost = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self.used = False

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None) -> Self:
        """Connect; raises OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, host, port, ssl=tls)
        return connection

    @property
    def usable(self) -> bool:
        """True if another request may be tried on it."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Close it; an exchange under way is lost."""
        if self._transport:
            self._transport.close()

    async def lasts(self, seconds: float) -> bool:
        """Return whether the application keeps it open and silent for so long without having been sent anything."""
        try:
            async with asyncio.timeout(seconds):
                await self._lost.wait()
        except TimeoutError:
            return True
        return self._spoke

    async def exchange(self, head: bytes, body: bytes, patience: float) -> Answer:
        """Send a request; return the answer, in `patience` seconds. Raises BrokenConnectionError and TimeoutError."""
        assert self._transport
        self.used = True
        self._expect_by(self._loop.time() + patience)
        bodiless = head.startswith(b"HEAD ")
        if self._parser is None or bodiless:
            self._parser = _parser(bodiless)
        self._message, self._payload, self._body, self._heard = None, None, b"", False
        self._answered = self._loop.create_future()
        done = False
        try:
            self._transport.write(head + body if len(body) < _CHUNK else head)
            if len(body) >= _CHUNK:
                await self._write_large(body)
            answer = await self._answered
            done = not bodiless
            return answer
        finally:
            self._answered = None
            if not done:
                self.close()

    async def _write_large(self, body: bytes) -> None:
        """Write piece by piece, as fast as the application reads; it may answer before it has read everything."""
        view = memoryview(body)
        for start in range(0, len(body), _CHUNK):
            await self._writable.wait()
            if self._transport is None or self._transport.is_closing():
                return
            self._transport.write(view[start : start + _CHUNK])

    def _expect_by(self, deadline: float) -> None:
        """Abort the exchange at that time. One alarm serves many exchanges, and is set again when it goes off."""
        self._deadline = deadline
        if self._alarm is None:
            self._alarm = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._answered is None or self._answered.done():
            return
        if self._loop.time() < self._deadline:
            self._expect_by(self._deadline)
        else:
            self._answered.set_exception(TimeoutError())
            if self._transport:
                self._transport.abort()  # The rest will not be read anymore.

    # Callbacks of the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that the connection is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def pause_writing(self) -> None:
        """Pause writing: the application does not read fast enough."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Resume writing: the application reads again."""
        self._writable.set()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return the buffer for the next part of an answer."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Read a part of an answer; unexpected bytes end the connection."""
        if self._answered is None or self._answered.done() or self._parser is None:
            self._spoke = True
            self.close()
            return
        self._heard = True
        try:
            messages = self._parser.feed_data(bytes(self._buffer[:nbytes]))[0]
        except HttpProcessingError as error:
            reason = error.message.partition("\n")[0].rstrip(" :")
            self._fail(f"the answer is not HTTP: {reason}")
            return
        for message, payload in messages:
            if message.code >= 200 and self._message is None:
                self._message, self._payload = message, payload
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone; an answer without a stated length ends with it."""
        if self._alarm:
            self._alarm.cancel()
        self._lost.set()
        self._writable.set()
        self._transport = None
        if self._payload is not None:
            self._take()
            self._finish(keep=False)
        else:
            reason = f"the connection broke: {_reason(exc)}" if exc else "it closed the connection without an answer"
            self._fail(reason)

    def _look(self) -> None:
        """Check whether the answer is complete, or as much of it as is kept."""
        if self._payload is None:
            return
        self._take()
        if self._payload.is_eof():
            self._finish(keep=True)
        elif len(self._body) >= _KEPT_OF_ANSWER:
            self._finish(keep=False)

    def _take(self) -> None:
        assert self._payload is not None
        try:
            self._body += self._payload.read_nowait()
        except HttpProcessingError:
            return  # Whatever came before the mistake is kept.

    def _finish(self, *, keep: bool) -> None:
        message = self._message
        if message is None or self._answered is None or self._answered.done():
            return
        if not keep or message.should_close or message.upgrade:
            self.close()
        location = message.headers.get("Location", "") if 300 <= message.code < 400 else ""
        self._answered.set_result(
            Answer(
                status=message.code,
                headers=message.raw_headers,
                content_type=_text(message.headers.get("Content-Type", "")),
                location=_text(location),
                body=self._body[:_KEPT_OF_ANSWER],
            )
        )

    def _fail(self, reason: str) -> None:
        if self._answered is None or self._answered.done():
            return
        if self._message is not None:
            self._finish(keep=False)
        else:
            self._answered.set_exception(BrokenConnectionError(reason, heard=self._heard))
        self.close()


def _text(header: str) -> str:
    """Return a header's value with invalid UTF-8 replaced: the journal takes no surrogates."""
    return header if header.isascii() else header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


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
