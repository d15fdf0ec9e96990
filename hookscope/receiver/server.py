"""The receiver's HTTP server.

Each request is read raw, judged, committed to the journal and only then answered. There is one handler for every
path and method, so it stands on aiohttp's bare server: no routes, no middleware, no decompression, since a signature
covers the bytes as they came.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self

from aiohttp import web
from msgspec.structs import replace

from hookscope.errors import StoreError
from hookscope.model.append import Append, Appender
from hookscope.model.feed import RateLimitedNotice
from hookscope.model.record import Capture, Kind, Reply, Request, Source
from hookscope.model.run_events import Captured, Level, RunEvent
from hookscope.model.timestamps import now
from hookscope.receiver import policy as rules
from hookscope.receiver.answers import HEALTH_PATH, HEALTHY, NOT_KEPT, UNHEALTHY, Responder, response, written
from hookscope.receiver.bodies import BODY_LIMIT, BUDGET, Bodies, read_beginning
from hookscope.receiver.connections import MOST_CONNECTIONS, Connections, InboundConnection, listen
from hookscope.receiver.expected_requests import ExpectedProbes, ExpectedTrigger, ExpectedTriggers
from hookscope.receiver.parser_refusals import Refusal, sender
from hookscope.receiver.policy import TAKEN, Decision, Policy
from hookscope.receiver.whole_requests import WholeRequest, WholeRequestParser

_SHUTDOWN_SECONDS = 2.0
_AT_HAND = 64 << 10
_REFUSALS_SECONDS = 60.0


class _Pending:
    """A whole request whose capture is being committed: told by the journal, it answers."""

    __slots__ = ("_connection", "_receiver", "_trigger")

    def __init__(self, receiver: "Receiver", connection: InboundConnection, trigger: ExpectedTrigger | None) -> None:
        self._receiver = receiver
        self._connection = connection
        self._trigger = trigger

    def done(self) -> bool:
        """False: the capture is published even if its sender has gone."""
        return False

    def set_result(self, capture: Capture) -> None:
        """Send the answer, and publish the capture: its sender waits, its readers do not."""
        try:
            self._answer(capture.reply)
        finally:  # A next request that was sent early may fail while the answer is given.
            self._receiver.kept(capture, self._trigger)

    def set_exception(self, error: StoreError) -> None:
        """Answer with an error, so that the sender repeats the request."""
        self._answer(self._receiver.lost(error))

    def _answer(self, reply: Reply) -> None:
        # `elapsed_ms` would make each answer another one for the cache.
        plain = TAKEN if reply.status == 200 else Reply(status=reply.status, body=reply.body)
        self._connection.answer(written(plain, int(time.time())))


class _Published(asyncio.Future[Capture]):
    """A capture that is being committed and published in one step, so that none with a later number comes before it."""

    def __init__(self, publish: Callable[[Capture], object]) -> None:
        super().__init__()
        self._publish = publish

    def set_result(self, capture: Capture) -> None:
        """Publish the capture and wake whoever awaits it."""
        try:
            self._publish(capture)
        finally:
            super().set_result(capture)


class Receiver:
    """Listens on `host` and `port` (0 for a free one); an async context manager that serves once it is entered.

    `run_id` and `source` mark the captures. With `is_healthy`, `GET /healthz` is no capture: it is answered 200 or 503.
    `lost` gets the error for each capture that could not be stored; without it, rate-limited notices are published.
    `missed` gets the capture, unless it came whole. Raises UsageError when the address is not available.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        journal: Appender,
        publish: Callable[[RunEvent], None],
        run_id: int | None,
        source: Source,
        host: str = "127.0.0.1",
        port: int = 0,
        body_limit: int = BODY_LIMIT,
        body_budget: int = BUDGET,
        most_connections: int = MOST_CONNECTIONS,
        is_healthy: Callable[[], bool] | None = None,
        lost: Callable[[StoreError], None] | None = None,
        missed: Callable[[Capture], None] = lambda _: None,
    ) -> None:
        self._policy = policy
        self._journal = journal
        self._publish = publish
        self._run_id = run_id
        self._source = source
        self._host, self._port = host, port
        self._bodies = Bodies(limit=body_limit, budget=body_budget)
        self._most_connections = most_connections
        self._is_healthy, self._missed = is_healthy, missed
        self._recording: set[asyncio.Task[None]] = set()
        self._probes = ExpectedProbes()
        self._triggers = ExpectedTriggers()
        notice = RateLimitedNotice(publish, "deliveries are answered 503, so that Meta sends them again")
        self._tell_lost = lost or (lambda error: notice.make(error.message, error.hint))
        self._refusals = RateLimitedNotice(
            publish, "it is kept as a stray", level=Level.WARNING, seconds=_REFUSALS_SECONDS
        )
        self.url = ""
        self.relay: Responder | None = None
        """Answers accepted notifications in the receiver's place, if set."""

    async def __aenter__(self) -> Self:
        self._connections = Connections(
            self._handle,
            most=self._most_connections,
            refused=self._refuse,
            whole=WholeRequestParser(self._policy.paths),
            taken=self._take,
        )
        self._server = await listen(self._connections, self._host, self._port)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await asyncio.sleep(0)  # Requests that have arrived by now are still served.
        await self._connections.settle()
        self._connections.pre_shutdown()
        await self._connections.shutdown(_SHUTDOWN_SECONDS)
        if self._recording:
            await asyncio.wait(self._recording)

    def expect_probe(self, challenge: str) -> AbstractContextManager[Callable[[], bool]]:
        """Answer our own verification request with this challenge, and do not take it for one of Meta's.

        The function tells whether it has arrived.
        """
        return self._probes.expect(challenge)

    def expect_trigger(self) -> AbstractContextManager[ExpectedTrigger]:
        """Record the one notification that carries the trigger's header as triggered by us."""
        return self._triggers.expect()

    def _take(self, connection: InboundConnection, whole: WholeRequest) -> bool:
        """Record a whole request, and have it answered then; return False for one that must wait for an application."""
        if self.relay:
            return False
        received_at, started = now(), time.perf_counter()
        peer = connection.peername
        request, trigger = self._triggers.claim(
            Request(
                method="POST",
                target=whole.target,
                headers=whole.headers,
                body=whole.body,
                remote=sender(str(peer[0]) if peer else "", whole.forwarded),
            )
        )
        source = Source.TRIGGER if trigger else self._source
        capture = self._capture(request, rules.judge(request, self._policy), received_at, source)
        append = Append(capture, Capture.identify, started)
        taken = _Pending(self, connection, trigger)
        try:
            self._journal.begin_append(append, taken)
        except StoreError as error:
            taken.set_exception(error)
        return True

    async def _handle(self, raw: web.BaseRequest) -> web.StreamResponse:
        received_at = now()
        content, target = raw.content, raw.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
        self._connections.begin(raw.protocol)
        try:
            if self._is_healthy and (raw.method, target) == ("GET", HEALTH_PATH):
                return response(HEALTHY if self._is_healthy() else UNHEALTHY, raw)
            stray = rules.judge_head(raw.method, target, self._policy)
            if content.is_eof() and content.total_bytes <= _AT_HAND:  # It came with the head, as most do.
                return await self._serve(raw, _request(raw, target, content.read_nowait()), stray, received_at)
            if stray:
                body, cut_off = await read_beginning(raw)
                stray = replace(stray, flaw="; ".join(filter(None, (stray.flaw, cut_off))) or None)
                return await self._serve(raw, _request(raw, target, body), stray, received_at)
            with self._bodies.place() as place:
                body, cut = await self._bodies.read(raw, place)
                return await self._serve(raw, _request(raw, target, body), cut, received_at)
        finally:
            if content.is_eof():
                self._connections.end(raw.protocol)

    async def _serve(
        self, raw: web.BaseRequest, request: Request, decision: Decision | None, received_at: datetime
    ) -> web.StreamResponse:
        """Judge a request, unless that is done, record it, and find its answer."""
        started = time.perf_counter()
        request, trigger = self._triggers.claim(request)
        decision = decision or rules.judge(request, self._policy)
        if self._probes.claim(request, decision):
            return response(decision.reply, raw)
        capture = self._capture(request, decision, received_at, Source.TRIGGER if trigger else self._source)
        try:
            if relayed := self._relays(capture):
                capture = replace(capture, reply=Reply(status=None))
                capture = await self._append(Append(capture, Capture.identify, started))
                capture, news = await relayed.answer(capture)
                self.kept(capture, trigger)
                self._publish(news)
            else:
                append = Append(capture, Capture.identify, started)
                capture = await self._append(append, partial(self.kept, trigger=trigger))
        except StoreError as error:
            self._missed(replace(capture, reply=NOT_KEPT, flaw="it could not be stored"))
            return response(self.lost(error), raw)
        return response(capture.reply, raw)

    async def _append(self, append: Append, publish: Callable[[Capture], object] = lambda _: None) -> Capture:
        """Commit and publish a capture, and return it as it was stored. Raises StoreError."""
        stored = _Published(publish)
        self._journal.begin_append(append, stored)
        return await stored

    def kept(self, capture: Capture, trigger: ExpectedTrigger | None = None) -> None:
        """Publish a capture that is committed."""
        if trigger:
            trigger.capture = capture
        self._publish(Captured(capture=capture))

    def lost(self, error: StoreError) -> Reply:
        """Report that a capture could not be committed, and return the answer that has its sender send it again."""
        self._tell_lost(error)
        return NOT_KEPT

    def _capture(self, request: Request, decision: Decision, received_at: datetime, source: Source) -> Capture:
        return Capture(
            run_id=self._run_id,
            kind=decision.kind,
            source=source,
            received_at=received_at,
            request=request,
            reply=decision.reply,
            signature=decision.signature,
            handshake=decision.handshake,
            flaw=decision.flaw,
        )

    def _refuse(self, refusal: Refusal) -> None:
        """Record a request that the parser refused, and report it now and then."""
        task = asyncio.create_task(self._record(refusal), name="keep a refused request")
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)

    async def _record(self, refusal: Refusal) -> None:
        decision = rules.not_understood(refusal.status, refusal.flaw)
        capture = self._capture(refusal.request(), decision, now(), self._source)
        try:
            capture = await self._append(Append(capture), self.kept)
        except StoreError as error:
            self._tell_lost(error)
            return
        if not capture.id:
            return  # It was not kept.
        message = f"#{capture.id} is not a valid HTTP request: {refusal.flaw}"
        self._refusals.make(message, f"see what was captured: hookscope captures show {capture.id}")

    def _relays(self, capture: Capture) -> Responder | None:
        accepted = capture.kind is Kind.NOTIFICATION and capture.reply.status == 200
        return self.relay if accepted and self.relay and self.relay.wants(capture) else None


def _request(raw: web.BaseRequest, target: str, body: bytes) -> Request:
    return Request(
        method=raw.method,
        target=target,
        headers=raw.raw_headers,
        body=body,
        remote=sender(raw.remote or "", raw.headers.get("X-Forwarded-For")),
    )
