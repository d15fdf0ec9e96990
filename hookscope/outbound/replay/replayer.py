"""Replaying: captures sent again, each kept as a capture of its own that names the original.

Bytes and signature are unchanged unless a change is requested.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

from msgspec import Struct

from hookscope.errors import HookscopeError
from hookscope.formats.redaction import REDACTED, logs_in
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Cause, Delivery, Headers, Reply, Request, Source
from hookscope.model.timestamps import now
from hookscope.outbound.handshakes import check_handshake_answer, handshake_url
from hookscope.outbound.http.sender import Sender, interrupted_delivery
from hookscope.outbound.recorder import Recorder
from hookscope.outbound.replay.graceful_stop import GracefulStop
from hookscope.outbound.replay.pacing import Pace
from hookscope.outbound.replay.schedule import ScheduledSend

Replay = tuple[Capture, Delivery]
"""The sent request, as a capture of its own, and its delivery."""

_LOADED_AT_ONCE = 16
"""Few: each may hold a body of many megabytes."""


class ReplayRoute(Struct, frozen=True, kw_only=True):
    """The target of a capture, and the form in which it is sent."""

    target: Callable[[Capture], str]
    form: Callable[[Capture], Capture]


class CaptureLookup(Protocol):
    """Loads the captures of a schedule by their numbers, as JournalReader does."""

    def captures_by_id(self, capture_ids: Sequence[int], /) -> dict[int, Capture]:
        """Return the captures that exist."""


class _UnderWay(Struct, frozen=True):
    """A request in flight; `capture` is the captured one in the form in which it is sent."""

    capture: Capture
    request: Request
    target: str
    sent_at: datetime


class Replayer:
    """Sends captures in the order of the schedule, `connections` at a time, and keeps every attempt. Runs once.

    `on_committed` is called with each committed attempt, in the order of the answers; `stopping` ends it early.
    """

    def __init__(
        self,
        *,
        history: CaptureLookup,
        journal: JournalWriter,
        sender: Sender,
        route: ReplayRoute,
        pace: Pace,
        connections: int,
        stopping: GracefulStop,
        on_committed: Callable[[Sequence[Replay]], Awaitable[None]],
    ) -> None:
        self._history = history
        self._sender = sender
        self._route = route
        self._pace = pace
        self._connections = connections
        self._journal = journal
        self._on_committed = on_committed
        self._recorder = Recorder(self._keep)
        self._stopping = stopping
        self._failure: HookscopeError | None = None
        self._next = asyncio.Lock()
        self.dropped = 0

    async def run(self, turns: Iterable[ScheduledSend]) -> None:
        """Send everything, or until stopped, and commit what was sent. Raises JournalError."""
        queue = self._load(iter(turns))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._recorder.run(), name="record")
                senders = [
                    group.create_task(self._work(queue), name=f"replay {number}") for number in range(self._connections)
                ]
                await asyncio.wait(senders)
                self._recorder.close()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        if self._failure:
            raise self._failure

    async def _work(self, queue: Iterator[tuple[ScheduledSend, Capture]]) -> None:
        """Send until there is nothing more; after a failure, earlier attempts are still committed."""
        try:
            await self._send_all(queue)
        except HookscopeError as error:
            self._failure = self._failure or error
            self._stopping.ask()

    async def _send_all(self, queue: Iterator[tuple[ScheduledSend, Capture]]) -> None:
        under_way: _UnderWay | None = None
        try:
            async with self._stopping.limited():
                while loaded := await self._take(queue):
                    turn, capture = loaded
                    if turn.delay:
                        await self._stopping.sleep(turn.delay)
                    await self._recorder.room()
                    if self._stopping.is_asked:
                        return
                    under_way = self._begin(capture)
                    delivery = await self._sender.send(
                        under_way.request, under_way.target, capture_id=capture.id, cause=Cause.REPLAY
                    )
                    self._keep_later(_as_replay(under_way.capture, under_way.request, delivery))
                    under_way = None
        except TimeoutError:
            if under_way:
                self._keep_later(_interrupted(under_way))

    def _keep_later(self, made: Replay) -> None:
        self._recorder.add(made, len(made[0].request.body))

    async def _keep(self, made: Sequence[Replay]) -> None:
        await self._on_committed(await self._journal.add_replays(made))

    def _begin(self, capture: Capture) -> "_UnderWay":
        target = self._route.target(capture)
        changed = self._route.form(capture)
        return _UnderWay(changed, self._sender.prepare(changed.request, handshake_url(changed, target)), target, now())

    async def _take(self, queue: Iterator[tuple[ScheduledSend, Capture]]) -> tuple[ScheduledSend, Capture] | None:
        """Return the next turn to send, when it is due; None at the end."""
        async with self._next:
            for turn, capture in queue:
                loop = asyncio.get_running_loop()
                due = self._pace.due(capture.received_at, loop.time())
                if (early := due - loop.time()) > 0:
                    await self._stopping.sleep(early)
                if self._stopping.is_asked:
                    return None
                if not turn.is_dropped:
                    return turn, capture
                self.dropped += 1
        return None

    def _load(self, turns: Iterator[ScheduledSend]) -> Iterator[tuple[ScheduledSend, Capture]]:
        """Yield the turns with their captures, skipping deleted ones."""
        while chunk := list(islice(turns, _LOADED_AT_ONCE)):
            captures = self._history.captures_by_id(list({turn.capture_id for turn in chunk}))
            yield from ((turn, captures[turn.capture_id]) for turn in chunk if turn.capture_id in captures)


def _as_replay(capture: Capture, request: Request, delivery: Delivery) -> Replay:
    """Return an attempt as a capture that is not in the journal yet, with the delivery."""
    sent = Capture(
        run_id=capture.run_id,
        kind=capture.kind,
        source=Source.REPLAY,
        received_at=delivery.sent_at,
        request=Request(
            method=request.method,
            target=request.target,
            headers=_without_secrets(request.headers, capture.request.headers),
            body=request.body,
            remote="",
        ),
        reply=Reply(status=delivery.status, body=delivery.answer, elapsed_ms=delivery.elapsed_ms),
        signature=capture.signature,
        handshake=capture.handshake,
        flaw=capture.flaw,
        replay_of=capture.replay_of or capture.id,
    )
    return sent, check_handshake_answer(capture, delivery)


def _without_secrets(sent: Headers, captured: Headers) -> Headers:
    """Return the headers as they may be kept, without added credentials, which do not belong in the journal."""
    if not any(logs_in(name) for name, _ in sent):
        return sent
    return tuple(
        (name, REDACTED.encode()) if logs_in(name) and (name, value) not in captured else (name, value)
        for name, value in sent
    )


def _interrupted(under_way: _UnderWay) -> Replay:
    """Return the attempt that was in flight when the sending was stopped."""
    capture, request, sent_at = under_way.capture, under_way.request, under_way.sent_at
    delivery = interrupted_delivery(request, under_way.target, sent_at, capture_id=capture.id, cause=Cause.REPLAY)
    return _as_replay(capture, request, delivery)
