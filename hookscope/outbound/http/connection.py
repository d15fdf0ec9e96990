"""One HTTP/1.1 connection to an application.

A client of its own: the captured bytes, header lines included, must be sent unchanged; and only the owner of the socket
knows whether the application can have seen a request, which decides if it may be sent again. It also takes a quarter of
the time of aiohttp's client, which does much more.
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from hookscope.outbound.http.answer_parser import Answer, AnswerParser, NotHttpError
from hookscope.outbound.http.proxy_tunnel import open_tunnel

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket

_BUFFER = 16 << 10
_CHUNK = 64 << 10


class BrokenConnectionError(Exception):
    """The application closed the connection, or did not answer in HTTP.

    `is_unread` is True if the application closed it before it had read the request: its system has refused the bytes.
    """

    def __init__(self, reason: str, *, is_unread: bool) -> None:
        super().__init__(reason)
        self.is_unread = is_unread


class Connection(asyncio.BufferedProtocol):
    """A connection that is kept open between two exchanges, as long as it is `usable`.

    It reads into a buffer of its own: the one that the event loop makes for each read is so large that the system has
    to be asked for it every time.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = memoryview(bytearray(_BUFFER))
        self._parser = AnswerParser()
        self._answered: asyncio.Future[Answer] | None = None
        self._answer_began = False
        self._spoke = False
        self._is_reset = False
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._lost = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self.used = False

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None, proxy: str | None = None) -> Self:
        """Connect, with TLS through the proxy with that URL if there is one. Raises OSError."""
        loop = asyncio.get_running_loop()
        if tls is None or proxy is None:
            _, connection = await loop.create_connection(cls, host, port, ssl=tls)
            return connection
        connection = cls()
        tunnel = await open_tunnel(proxy, host, port)
        connection.connection_made(tunnel)  # With the end of the TLS handshake may come that of the connection.
        transport = await loop.start_tls(tunnel, connection, tls, server_hostname=host)
        assert transport
        connection.connection_made(transport)
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

    async def exchange(self, head: bytes, body: bytes, timeout_seconds: float) -> Answer:
        """Send a request and return its answer. Raises BrokenConnectionError and TimeoutError."""
        assert self._transport
        self.used = True
        self._expect_by(self._loop.time() + timeout_seconds)
        self._parser.start(bodiless=head.startswith(b"HEAD "))
        self._answer_began = False
        self._answered = self._loop.create_future()
        done, is_whole = False, True
        try:
            self._transport.write(head + body if len(body) < _CHUNK else head)
            if len(body) >= _CHUNK:
                is_whole = await self._write_large(body, self._answered)
            answer = await self._answered
            done = self._parser.may_stay_open and is_whole
            return answer
        finally:
            self._answered = None
            if not is_whole and self._transport:
                self._transport.abort()  # What it has not read yet would be waited for.
            elif not done:
                self.close()

    async def _write_large(self, body: bytes, answered: asyncio.Future[Answer]) -> bool:
        """Write piece by piece, as fast as the application reads; return whether all of it could be written.

        The application may answer before it has read everything: one that accepts the request may read on, one that
        refuses it need not.
        """
        view = memoryview(body)
        for start in range(0, len(body), _CHUNK):
            await self._writable.wait()
            if self._transport is None or self._transport.is_closing() or _is_refused(answered):
                return False
            self._transport.write(view[start : start + _CHUNK])
        return True

    def _expect_by(self, deadline: float) -> None:
        """Abort the exchange at that time. One alarm serves many exchanges, and is set again when it goes off."""
        self._deadline = deadline
        if self._alarm is None:
            self._alarm = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._answered is None:
            return
        if self._loop.time() < self._deadline:
            self._expect_by(self._deadline)
            return
        if not self._answered.done():
            self._answered.set_exception(TimeoutError())
        if self._transport:
            self._transport.abort()  # The rest will not be read anymore.

    # Callbacks of the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that the connection is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._socket: TransportSocket = transport.get_extra_info("socket")
        self._is_tls = transport.get_extra_info("ssl_object") is not None

    def pause_writing(self) -> None:
        """Pause writing: the application does not read fast enough."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Resume writing: the application reads again."""
        self._writable.set()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the buffer for the next part of an answer."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Read a part of an answer; unexpected bytes end the connection."""
        if self._answered is None or self._answered.done():
            self._spoke = True
            self.close()
            return
        self._answer_began = True
        try:
            self._parser.feed(self._buffer[:nbytes])
        except NotHttpError as error:
            self._fail(f"the answer is not HTTP: {error}")
            return
        if self._parser.answer:
            self._answered.set_result(self._parser.answer)
            if _is_refused(self._answered):
                self._writable.set()

    def eof_received(self) -> None:
        """Note whether a reset has followed the orderly end: then the application had closed it before the request.

        An application that has read the request and then dies, or closes, causes none. The transport closes itself.
        """
        with suppress(OSError):
            self._is_reset = bool(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone; an answer without a stated length ends with it."""
        if self._alarm:
            self._alarm.cancel()
        self._lost.set()
        self._writable.set()
        if isinstance(exc, OSError) and self._answered is not None and not self._answered.done():
            self._read_rest()
        self._transport = None
        self._parser.end()
        if self._parser.answer is None:
            reason = f"the connection broke: {_reason(exc)}" if exc else "it closed the connection without an answer"
            is_reset = self._is_reset or isinstance(exc, ConnectionError)
            self._fail(reason, is_unread=is_reset and not self._answer_began)
        elif self._answered is not None and not self._answered.done():
            self._answered.set_result(self._parser.answer)

    def _read_rest(self) -> None:
        """Read the answer of an application that closed the connection with part of the request unread.

        Writing fails then, and the event loop reads no more, but the answer has come.
        """
        if self._is_tls:
            return
        with suppress(OSError, NotHttpError), self._socket.dup() as rest:
            while self._parser.answer is None and (count := rest.recv_into(self._buffer)):
                self._answer_began = True
                self._parser.feed(self._buffer[:count])

    def _fail(self, reason: str, *, is_unread: bool = False) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(BrokenConnectionError(reason, is_unread=is_unread))
        self.close()


def _is_refused(answered: asyncio.Future[Answer]) -> bool:
    return answered.done() and (answered.exception() is not None or answered.result().status >= 300)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
