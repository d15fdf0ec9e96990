"""Forwarding: the accepted notifications of a run to one application, in order.

Concurrent ones stay concurrent: the application sees what it would see without hookscope, and a burst takes no longer
than necessary.

The journal is the queue. The forwarder reads on from its position, so that a slow application costs no memory and never
holds up the receiver; an unavailable application's notifications are found there again, also by a later run.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from hookscope.journal.outbox import HELD_FOR, Outbox
from hookscope.model.record import Capture, Cause, Delivery, Failure, Run
from hookscope.model.run_events import Level, Notice
from hookscope.model.timestamps import now
from hookscope.outbound.forward.backlog import Backlog
from hookscope.outbound.forward.concurrency import InFlight
from hookscope.outbound.forward.delivery_log import DeliveryLog
from hookscope.outbound.forward.health import Health, notifications
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.recorder import Recorder
from hookscope.outbound.routing import Routing, is_forwarded

_MOST_IN_FLIGHT = 8
"""The number of deliveries at the same time, of notifications that came at the same time."""

_COMMITS = 4
"""The number of commits under way at once: the engine, which commits, may be busy with receiving the rest."""

_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5


class Forwarder:
    """Forwards those of a run's notifications that `wants` wants, and what earlier runs have left for the application.

    Call `wake` when there are new captures; `run` ends when cancelled. `connections` limits the deliveries in flight,
    which may finish in any order if there are several. One that `resumes` continues where another of this run was
    interrupted.
    """

    def __init__(
        self,
        *,
        target: str,
        wants: Callable[[Capture], bool],
        run: Run,
        log: DeliveryLog,
        sender: Sender,
        health: Health,
        connections: int | None = None,
        resumes: bool = False,
    ) -> None:
        self.target = target
        self._is_routed = wants
        self._run = run
        self._log = log
        self._sender = sender
        self._health = health
        self._connections = connections
        self._resumes = resumes
        self._recorder = Recorder(log.add)
        self._runs = [run.id]
        self._after = 0
        self._held_up_to = 0  # The last capture that was reported as held.
        self._waits: set[int] = set()
        # If the user chose a number of connections, any captures may be in flight together.
        self._in_flight = InFlight(self._waits, ordered=not connections)
        self._backlog = Backlog(health, run_id=run.id, wants=self._wants, waits=self._waits)
        self._starved = False
        self._closed = False
        self._news = asyncio.Event()
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._turn = asyncio.Lock()
        self._holding = asyncio.Lock()

    def wake(self) -> None:
        """Look for new captures."""
        if not self._closed:
            self._idle.clear()
            self._news.set()
            self._arrived.set()

    def close(self) -> None:
        """Begin no further delivery: those not in flight are left to the next run."""
        self._closed = True
        self._rest()

    async def drained(self) -> None:
        """Wait until everything that arrived so far is delivered, has failed, or must wait for the application.

        Once closed, wait only for deliveries in flight.
        """
        waits = {asyncio.create_task(self._idle.wait()), asyncio.create_task(self._health.down())}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        await self._recorder.done()

    async def left(self) -> int:
        """Return the number of notifications that the application has not received."""
        with Outbox(self._log.path) as outbox:
            return len([capture_id async for capture_id in self._left(outbox, self._runs)])

    async def run(self) -> None:
        """Deliver what earlier runs left, and then new captures, forever."""
        self._runs = [*await self._log.adopt_pending(self.target), self._run.id]
        with Outbox(self._log.path) as outbox:
            queue = self._queue(outbox)
            try:
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(_COMMITS):
                        tasks.create_task(self._recorder.run())
                    for _ in range(self._connections or _MOST_IN_FLIGHT):
                        tasks.create_task(self._work(queue, outbox))
                    tasks.create_task(self._backlog.run(outbox))
            finally:
                self._recorder.close()
                await self._recorder.run()

    async def _work(self, queue: AsyncIterator[Capture], outbox: Outbox) -> None:
        while True:
            async with self._turn:
                capture = await anext(queue)
                self._backlog.begin(capture)
                await self._in_flight.enter(capture)
            if not self._closed:
                await self._recorder.room()
                # The next one does not wait for this one's commit: the journal commits many at once.
                delivery = await self._send(capture, outbox)
                self._log.note(delivery)
                self._recorder.add(delivery)
                if capture.id in self._waits:
                    self._waits.discard(capture.id)
                    self._health.hold(-1)
            self._in_flight.leave(capture)
            self._backlog.end(capture)
            self._rest()
            if self._closed:
                return

    async def _queue(self, outbox: Outbox) -> AsyncIterator[Capture]:
        """Yield the captures to deliver, in order, as they arrive."""
        async for capture in self._adopted(outbox):
            yield capture
        if self._resumes:
            async for capture in self._unfinished(outbox):
                yield capture
        while True:
            self._news.clear()
            for capture in outbox.answered(after=self._after, run_id=self._run.id):
                self._after = capture.id
                self._backlog.read(capture)
                if self._wants(capture):
                    yield capture
            self._starved = True
            self._rest()
            await self._news.wait()
            self._starved = False

    def _wants(self, capture: Capture) -> bool:
        return is_forwarded(capture) and self._is_routed(capture)

    def _rest(self) -> None:
        done = self._closed or (self._starved and not self._news.is_set())
        if done and self._in_flight.is_empty:
            self._idle.set()

    async def _adopted(self, outbox: Outbox) -> AsyncIterator[Capture]:
        """Yield what earlier runs have left."""
        earlier = self._runs[:-1]
        wanted = [capture_id async for capture_id in self._left(outbox, earlier)]
        if wanted:
            self._waits.update(wanted)
            self._health.hold(len(wanted))
            message = f"{self.target} first gets what earlier runs held for it: {notifications(len(wanted))}"
            self._log.publish(Notice(level=Level.INFO, message=message))
        for capture_id in wanted:
            if capture := outbox.capture(capture_id):
                yield capture

    async def _unfinished(self, outbox: Outbox) -> AsyncIterator[Capture]:
        """Yield what another forwarder of this run has left; its held notifications wait as before."""
        self._after = next(iter(outbox.ids(newest=1)), 0)
        self._backlog.skip(self._after)
        # Looked up late: captures that arrive in between are found after that id.
        wanted = [capture_id async for capture_id in self._left(outbox, [self._run.id]) if capture_id <= self._after]
        held = [
            capture_id
            for capture_id in wanted
            if any(one.target == self.target for one in outbox.deliveries(capture_id))
        ]
        if held:
            self._waits.update(held)
            self._health.hold(len(held))
        for capture_id in wanted:
            if capture := outbox.capture(capture_id):
                yield capture

    async def _left(self, outbox: Outbox, runs: Sequence[int]) -> AsyncIterator[int]:
        """Yield the ids of the notifications that these runs left undelivered to the application.

        The event loop runs in between.
        """
        taken_by = {run.id: Routing(run.routes) for run in map(outbox.run, runs) if run and run.routes}
        for capture_id in outbox.left(runs=runs, target=self.target, since=now() - HELD_FOR):
            capture = outbox.capture(capture_id)
            if capture and self._wants(capture):
                taken = taken_by.get(capture.run_id or 0)
                if taken is None or self.target in taken.targets(capture):
                    yield capture_id
            await asyncio.sleep(0)

    async def _send(self, capture: Capture, outbox: Outbox) -> Delivery:
        """Send until it was answered, was not answered in time, or broke the connection too often."""
        request = self._sender.prepare(capture.request, self.target)
        attempts = 0
        while True:
            delivery = await self._sender.send(request, self.target, capture_id=capture.id, cause=Cause.FORWARD)
            self._health.judge(delivery)
            if delivery.failure is Failure.UNREACHABLE:
                await self._hold(capture, delivery, outbox)
                continue
            attempts += 1
            if delivery.failure is not Failure.BROKEN or attempts == _ATTEMPTS:
                return delivery
            self._tell_repeated(delivery)
            await self._health.look()
            if self._health.is_down:
                await self._hold(capture, delivery, outbox)
            else:
                await asyncio.sleep(_PAUSE_SECONDS * attempts)

    def _tell_repeated(self, delivery: Delivery) -> None:
        message = f"{self.target} broke off #{delivery.capture_id}: {delivery.error}"
        hint = "it is sent again, and the app may process it twice: see its log for a crash or a restart"
        self._log.publish(Notice(level=Level.WARNING, message=message, hint=hint))

    async def _hold(self, capture: Capture, delivery: Delivery, outbox: Outbox) -> None:
        """Wait until the application is reachable and has received everything before this one.

        Report each notification that has to wait with this one.
        """
        async with self._holding:
            self._tell_held(capture, delivery)
            while self._health.is_down:
                self._arrived.clear()
                for waiting in outbox.answered(after=max(self._held_up_to, capture.id), run_id=self._run.id):
                    self._held_up_to = waiting.id
                    if self._wants(waiting):
                        self._tell_held(waiting, delivery)
                await self._up_or_more()
        await self._in_flight.room(capture)

    def _tell_held(self, capture: Capture, delivery: Delivery) -> None:
        if capture.id in self._waits:
            return
        self._waits.add(capture.id)
        self._backlog.forget()
        self._health.hold(1)
        held = Delivery(
            capture_id=capture.id,
            cause=Cause.FORWARD,
            target=self.target,
            sent_at=now(),
            status=None,
            elapsed_ms=0,
            failure=Failure.UNREACHABLE,
            error=f"held: {delivery.error}",
        )
        self._recorder.add(held)

    async def _up_or_more(self) -> None:
        waits = {asyncio.create_task(self._health.up()), asyncio.create_task(self._arrived.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
