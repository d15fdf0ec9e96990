"""The receiver's HTTP server.

Each request is read raw, judged, committed to the journal and only then answered. There is one handler for every
path and method, so it stands on aiohttp's bare server: no routes, no middleware, no decompression, since a signature
covers the bytes as they came.
"""

import asyncio
import errno
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from aiohttp import HttpVersion11, web
from aiohttp.web_exceptions import HTTPException

from hookscope.addresses import is_loopback
from hookscope.capture.clock import now
from hookscope.capture.complaint import Complaint
from hookscope.capture.item import Captured, Item
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Kind, Reply, Request, Source
from hookscope.errors import JournalError, UsageError
from hookscope.receiver import policy as rules
from hookscope.receiver.announced import Announced, Announcement
from hookscope.receiver.answer import response
from hookscope.receiver.policy import Judgement, Policy

BODY_LIMIT = 16 << 20
"""WhatsApp sends bodies of up to 3 MB, by Meta's overview of its webhooks."""

_KEPT_OF_OVERSIZED = 64 << 10
_READ_AT_ONCE = 64 << 10
_BODY_SECONDS = 30.0
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Who asks first waits for it before the body is sent, as curl does with a large one (RFC 9110, 10.1.1)."""

_SHUTDOWN_SECONDS = 2.0


class Answers(Protocol):
    """Somebody who answers notifications after they are committed."""

    def wants(self, capture: Capture) -> bool:
        """Whether the answer to this one is theirs."""

    async def answer(self, capture: Capture) -> tuple[Capture, Item]:
        """Find and commit the answer; the capture with it, and what is published after it. Raises JournalError."""


class Receiver:
    """Listens on `host` and `port` (0 for a free one); an async context manager, serving once it is entered.

    `run_id` and `source` mark the captures. Raises UsageError when the address cannot be had.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        journal: Journal,
        publish: Callable[[Item], None],
        run_id: int | None,
        source: Source,
        host: str = "127.0.0.1",
        port: int = 0,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._policy = policy
        self._journal = journal
        self._publish = publish
        self._run_id = run_id
        self._source = source
        self._host, self._port = host, port
        self._body_limit = body_limit
        self._probes: set[str] = set()
        self._announced = Announced()
        self._complaint = Complaint(publish, "deliveries are answered 503, so that Meta sends them again")
        self.url = ""
        self.relay: Answers | None = None
        """Who answers accepted notifications in our place, if anybody."""

    async def __aenter__(self) -> Self:
        server = _Server(self._handle, auto_decompress=False, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port, backlog=1024).start()
        except OSError as error:
            await self._runner.cleanup()
            raise _cannot_listen(self._host, self._port, error) from error
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @contextmanager
    def expect_probe(self, challenge: str) -> Iterator[None]:
        """Answer our own verification request with this challenge without taking it for one of Meta's."""
        self._probes.add(challenge)
        try:
            yield
        finally:
            self._probes.discard(challenge)

    def expect_trigger(self) -> AbstractContextManager[Announcement]:
        """Keep the one notification that carries the announcement's header as triggered by ourselves."""
        return self._announced.expect()

    async def _handle(self, raw: web.BaseRequest) -> web.StreamResponse:
        received_at = now()
        body, whole = await self._read(raw)
        started = time.perf_counter()
        request, announcement = self._announced.claim(_request(raw, body))
        judgement = whole or rules.judge(request, self._policy)
        if self._probes and self._is_probe(request, judgement):
            return response(judgement.reply, raw)
        capture = Capture(
            run_id=self._run_id,
            kind=judgement.kind,
            source=Source.TRIGGER if announcement else self._source,
            received_at=received_at,
            request=request,
            reply=judgement.reply,
            signature=judgement.signature,
            handshake=judgement.handshake,
            flaw=judgement.flaw,
        )
        relayed, news = self._relays(capture), None
        if relayed:
            capture = replace(capture, reply=Reply(status=None))
        try:
            capture = await self._journal.append(capture, identity=judgement.identity, since=started)
            if relayed:
                capture, news = await relayed.answer(capture)
        except JournalError as error:
            self._complaint.make(error)
            return response(Reply(status=503, body=b"not kept, send it again"), raw)
        if announcement:
            announcement.capture = capture
        self._publish(Captured(capture=capture))
        if news:
            self._publish(news)
        return response(capture.reply, raw)

    async def _read(self, raw: web.BaseRequest) -> tuple[bytes, Judgement | None]:
        """The body, and a judgement when it is not the whole body."""
        if (raw.content_length or 0) > self._body_limit:
            return b"", rules.oversized(self._body_limit)
        content = raw.content
        if raw.headers.get("Expect", "").lower() == "100-continue" and raw.version == HttpVersion11:
            await raw.writer.write(_GO_ON)
        if content.is_eof() and content.total_bytes <= self._body_limit:
            return content.read_nowait(), None  # it came with the headers, as most do
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                while part := await content.readany():
                    parts.append(part)
                    if content.total_bytes > self._body_limit:
                        return b"".join(parts)[:_KEPT_OF_OVERSIZED], rules.oversized(self._body_limit)
        except (TimeoutError, ConnectionError, HTTPException, web.RequestPayloadError):
            return b"".join(parts)[:_KEPT_OF_OVERSIZED], rules.broken_off()
        return b"".join(parts), None

    def _relays(self, capture: Capture) -> Answers | None:
        accepted = capture.kind is Kind.NOTIFICATION and capture.reply.status == 200
        return self.relay if accepted and self.relay and self.relay.wants(capture) else None

    def _is_probe(self, request: Request, judgement: Judgement) -> bool:
        answered = judgement.handshake is not None and judgement.handshake.accepted
        query = dict(rules.query_parameters(request.target.partition("?")[2]))
        return answered and query.get("hub.challenge") in self._probes


class _Server(web.Server):
    """Reads as much at once as is at hand: for asyncio's 256 KiB the system must map memory, each time anew.

    That takes a fifth of the time of a notification.
    """

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """A sender has connected."""
        transport.max_size = _READ_AT_ONCE  # type: ignore[attr-defined]
        super().connection_made(handler, transport)


def _request(raw: web.BaseRequest, body: bytes) -> Request:
    return Request(
        method=raw.method,
        target=raw.raw_path.encode("utf-8", "surrogateescape").decode("latin-1"),
        headers=raw.raw_headers,
        body=body,
        remote=_sender(raw),
    )


def _sender(raw: web.BaseRequest) -> str:
    """The address of the sender; a tunnel's agent connects from this machine and names the sender in a header."""
    peer = raw.remote or ""
    forwarded = raw.headers.get("X-Forwarded-For")
    if forwarded and (not peer or is_loopback(peer)):
        return forwarded.partition(",")[0].strip()[:64]
    return peer


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"port {port} on {host} is in use", hint="leave --port out, and a free one is taken")
    reason = error.strerror or str(error)
    return UsageError(f"the receiver cannot listen on {host}:{port}: {reason}", hint="check --host and --port")
