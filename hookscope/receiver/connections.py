"""The receiver's connections: limits on their number, and on how long each may leave a request unfinished.

A connection is idle while no whole head of a request has arrived on it. There is no timer for each: all are checked
once a second.
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable

from aiohttp import StreamReader, web
from aiohttp.http import HttpProcessingError

from hookscope.errors import UsageError
from hookscope.receiver.parser_refusals import TOO_LARGE, Refusal, explain
from hookscope.receiver.whole_requests import WholeRequest, WholeRequestParser

MOST_CONNECTIONS = 1024
LARGEST_HEAD = 32 << 10
"""In bytes, of a request line with its headers; Meta's take some 500."""

_READ_AT_ONCE = 64 << 10
_HEAD_SECONDS = 15.0
"""From the connection, or from the first byte of a further request, until its head is whole."""

_REQUEST_SECONDS = 120.0
"""From a whole head until its answer is sent: longer than any answer takes that its sender reads."""

_LINGERING_SECONDS = 2.0
"""After the answer to a body that was not read: a sender whose connection ends at once may never see the answer."""

_LOOK_SECONDS = 1.0
_END_OF_HEAD = b"\r\n\r\n"
_ACCEPTED_AT_ONCE = 64
"""In one turn of the loop; each needs a descriptor before it can be counted."""

_BACKLOG = 1024


class InboundConnection(web.RequestHandler):
    """One connection.

    `head` holds the part of an unfinished head that has arrived. `due` is the deadline for the head, or for the answer,
    by the loop's clock, and None between two requests. A connection starts out with whole requests; as soon as anything
    else arrives on it, aiohttp's server has it for good, so that answers keep the order of their requests.
    """

    __slots__ = ("_connections", "_early", "_has_ended", "_newest_body", "_takes_whole", "due", "head")

    def __init__(self, connections: "Connections", loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            connections,
            loop=loop,
            auto_decompress=False,
            access_log=None,  # type: ignore[arg-type] # as aiohttp's own server passes it
            lingering_time=_LINGERING_SECONDS,
            read_bufsize=_READ_AT_ONCE,
        )
        self._connections = connections
        self._takes_whole = True
        self._early = b""
        self._has_ended = False
        self._newest_body: StreamReader | None = None
        self.head = b""
        self.due: float | None = None

    def data_received(self, data: bytes) -> None:
        """Parse bytes that have arrived; without any, parse those that had to wait."""
        if self in self._connections.answering:
            self._early += data
            if self.transport:
                self.transport.pause_reading()
        elif not (self._takes_whole and self._connections.take(self, data)):
            self._takes_whole = False
            if not data or self not in self._connections.idle or self._connections.awaits(self, data):
                super().data_received(data)
                if self._messages:
                    self._newest_body = self._messages[-1][1]

    def eof_received(self) -> bool:  # type: ignore[override] # aiohttp gives no answer, which ends the connection
        """Return whether the connection stays: whoever has sent whole requests, and no more, awaits the answers."""
        if self in self._connections.answering:
            self._has_ended = True
        elif self._newest_body is not None and self._newest_body.is_eof():
            self._has_ended = self._waiter is None or bool(self._messages)  # Otherwise all of them are answered.
            self.close_after_last()
        return self._has_ended

    def close_after_last(self) -> None:
        """Have aiohttp's server close the connection after the request that it has begun, if no other can come."""
        if self._has_ended and not self._messages:
            self.close()

    def answer(self, answer: bytes) -> None:
        """Send the answer to a whole request, and go on with what its sender has sent without waiting for it."""
        self._connections.answered(self)
        if not self.transport:
            return
        self.transport.write(answer)
        if early := self._early:
            self._early = b""
            self.transport.resume_reading()
            self.data_received(early)
        elif self._has_ended:
            self.transport.close()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer a request that the parser has refused, or that failed here."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        self._connections.refuse(self, status, explain(exc))
        answer = web.Response(status=status, text="not understood", headers={"Server": "hookscope"})
        answer.force_close()
        return answer


class Connections(web.Server):
    """Holds at most `most` connections: for one more, the one that has been idle longest is closed.

    `refused` is called for each request that could not be parsed. `whole`, if given, parses requests that arrive in one
    piece, and `taken` is called with each: it returns True to answer it by `answer`, sooner or later.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        *,
        most: int,
        refused: Callable[[Refusal], None],
        whole: WholeRequestParser | None = None,
        taken: Callable[[InboundConnection, WholeRequest], bool] = lambda *_: False,
        head_seconds: float = _HEAD_SECONDS,
    ) -> None:
        super().__init__(handler)
        self._head_seconds = head_seconds
        self._whole = whole
        self._taken = taken
        self.idle: dict[InboundConnection, None] = {}
        """In the order in which they have become idle."""
        self.answering: set[InboundConnection] = set()
        """Those whose request was taken whole and is not answered yet."""
        self._settled: asyncio.Future[None] | None = None
        self._all: set[InboundConnection] = set()
        self._most = most
        self._refused = refused
        self._clock = asyncio.get_running_loop().time
        self._next_look = self._look_later()

    def __call__(self) -> InboundConnection:
        """Return the protocol for a new connection."""
        return InboundConnection(self, asyncio.get_running_loop())

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Register a new connection."""
        # asyncio's default of 256 KiB makes the system map memory each time: a fifth of the time of a notification.
        transport.max_size = _READ_AT_ONCE  # type: ignore[attr-defined]
        super().connection_made(handler, transport)
        if isinstance(handler, InboundConnection):
            self._all.add(handler)
            self.idle[handler] = None
            handler.due = self._clock() + self._head_seconds
            if len(self._all) > self._most:
                self._drop(next(iter(self.idle)))

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forget a connection that has ended."""
        if isinstance(handler, InboundConnection):
            self._forget(handler)
        super().connection_lost(handler, exc)

    def take(self, handler: InboundConnection, data: bytes) -> bool:
        """Return whether the bytes are a whole request that is answered without aiohttp's server."""
        parsed = self._whole and self._whole.parse(data)
        if not parsed:
            return False
        handler.keep_alive(True)  # aiohttp's timer knows nothing of requests that are taken whole.
        self.idle.pop(handler, None)
        handler.due = None
        self.answering.add(handler)
        taken = False
        try:
            taken = self._taken(handler, parsed)
        finally:  # A failure ends the connection; do not wait for it when all of them are to end.
            if not taken:
                self.answering.discard(handler)
                self.idle[handler] = None
        return taken

    def answered(self, handler: InboundConnection) -> None:
        """Mark that a whole request is being answered."""
        self.answering.discard(handler)
        if handler in self._all:
            self.idle[handler] = None
        if self._settled and not self.answering:
            # In the next turn: by then the last answer is on its way, too.
            asyncio.get_running_loop().call_soon(self._settled.set_result, None)
            self._settled = None

    async def settle(self) -> None:
        """Take no further request whole, and wait until all that were are answered."""
        self._whole = None
        if self.answering:
            settled = self._settled = asyncio.get_running_loop().create_future()
            await settled

    def begin(self, handler: web.RequestHandler) -> None:
        """Mark the beginning of a request, whose head came by itself or behind another one."""
        if isinstance(handler, InboundConnection):
            self.idle.pop(handler, None)
            handler.head = b""
            handler.due = self._clock() + _REQUEST_SECONDS
            handler.close_after_last()

    def end(self, handler: web.RequestHandler) -> None:
        """Mark that a request has been read to its end and is being answered."""
        if isinstance(handler, InboundConnection) and handler.connected:
            self.idle[handler] = None
            handler.due = None

    def awaits(self, handler: InboundConnection, data: bytes) -> bool:
        """Collect an unfinished head; return whether it may be parsed."""
        known = len(handler.head)
        handler.head = (handler.head + data).lstrip(b"\r\n")  # Empty lines before a head are ignored.
        if handler.head.find(_END_OF_HEAD, max(known - 3, 0)) >= 0:
            del self.idle[handler]
            handler.due = self._clock() + _REQUEST_SECONDS
        elif len(handler.head) > LARGEST_HEAD:
            self.refuse(handler, 431, f"its headers are larger than {LARGEST_HEAD >> 10} KiB")
            if handler.transport:
                handler.transport.write(TOO_LARGE)
            handler.force_close()
            return False
        elif handler.due is None and handler.head:
            handler.due = self._clock() + self._head_seconds
        return True

    def refuse(self, handler: InboundConnection, status: int, reason: str) -> None:
        """Pass on the bytes of a request that could not be parsed."""
        peer = handler.peername
        self._refused(Refusal(head=handler.head, peer=str(peer[0]) if peer else "", status=status, reason=reason))

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's name
        """End all connections, starting with those without a request under way."""
        self._next_look.cancel()
        await super().shutdown(timeout)

    def _look_later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Close the connections whose deadline has passed."""
        self._next_look = self._look_later()
        now = self._clock()
        for handler in [one for one in self._all if one.due is not None and one.due <= now]:
            self._drop(handler)

    def _drop(self, handler: InboundConnection) -> None:
        self._forget(handler)
        if handler.transport:
            handler.transport.abort()

    def _forget(self, handler: InboundConnection) -> None:
        self._all.discard(handler)
        self.idle.pop(handler, None)


async def listen(connections: Connections, host: str, port: int) -> asyncio.Server:
    """Accept connections at an address. Raises UsageError when it is not available, with no connection left."""
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(connections, host, port, backlog=_ACCEPTED_AT_ONCE)
    except OSError as error:
        await connections.shutdown()
        raise _cannot_listen(host, port, error) from error
    for each in server.sockets:
        with each.dup() as same:
            same.listen(_BACKLOG)  # asyncio takes one number for both.
    return server


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"port {port} on {host} is in use", hint="leave out --port to use a free one")
    reason = error.strerror or str(error)
    return UsageError(f"the receiver cannot listen on {host}:{port}: {reason}", hint="check --host and --port")
