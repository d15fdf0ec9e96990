import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hookscope.journal.connection import open_for_writing
from hookscope.journal.inserts import insert
from hookscope.journal.outbox import Outbox
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.append import Append
from hookscope.model.feed import Feed
from hookscope.model.record import Cause, Delivery, Failure, Kind, Reply, Run
from hookscope.model.run_events import Delivered, Notice, RunEvent, TargetSeen
from hookscope.model.timestamps import now
from hookscope.outbound.forward import backlog
from hookscope.outbound.forward.delivery_log import RunLog
from hookscope.outbound.forward.forwarder import Forwarder
from hookscope.outbound.forward.health import Health
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.routing import Routing, is_forwarded
from hookscope.settings import Route
from tests.support.application import Application
from tests.support.captures import feed_body, make_capture, make_handshake
from tests.support.peer import Peer
from tests.support.until import until


class Bench:
    """A forwarder at work, with the journal it reads."""

    def __init__(self, journal: JournalWriter, run: Run, forwarder: Forwarder, health: Health, feed: Feed) -> None:
        self.journal = journal
        self.run = run
        self.forwarder = forwarder
        self.health = health
        self.items = feed.subscribe()

    async def receive(self, *messages: str) -> None:
        """Receive each a moment after the one before was answered."""
        for message in messages:
            await self.journal.append(make_capture(feed_body(message), run_id=self.run.id, received_at=now()))
            self.forwarder.wake()

    async def receive_together(self, *messages: str) -> None:
        """Receive all of them before any was answered."""
        came, long_ago = now(), time.perf_counter() - 10
        for message in messages:
            capture = make_capture(feed_body(message), run_id=self.run.id, received_at=came)
            await self.journal.append(capture, since=long_ago)
        self.forwarder.wake()

    async def read(self, enough: Callable[[list[RunEvent]], bool]) -> list[RunEvent]:
        items: list[RunEvent] = []
        async with asyncio.timeout(20):
            while not enough(items):
                items += await self.items.read()
        return items

    async def delivered(self, count: int) -> list[RunEvent]:
        """Return the items until so many deliveries were answered or given up."""
        return await self.read(lambda items: len([d for d in deliveries(items) if not is_held(d)]) >= count)

    async def held(self, count: int) -> list[RunEvent]:
        """Return the items until so many deliveries wait for the application."""
        return await self.read(lambda items: len([d for d in deliveries(items) if is_held(d)]) >= count)


def deliveries(items: list[RunEvent]) -> list[Delivery]:
    return [item.delivery for item in items if isinstance(item, Delivered)]


def is_held(delivery: Delivery) -> bool:
    return delivery.failure is Failure.UNREACHABLE


def notices(items: list[RunEvent]) -> list[str]:
    return [item.message for item in items if isinstance(item, Notice)]


def bodies(*messages: str) -> list[bytes]:
    return [feed_body(message) for message in messages]


@asynccontextmanager
async def forwarding(
    tmp_path: Path,
    target: str,
    *,
    wanted: str | None = None,
    app_id: str = "1",
    connections: int | None = None,
    resumes: bool = False,
) -> AsyncIterator[Bench]:
    feed = Feed()
    async with JournalWriter(tmp_path / "journal.db") as journal, Sender() as sender:
        routes = (Route(target=target, filter=wanted),)
        run = await journal.begin_run(
            Run(app_id=app_id, objects=("page",), targets=(target,), routes=routes, started_at=now())
        )
        health = Health(target, sender=sender, publish=feed.publish)
        routing = Routing(routes)
        forwarder = Forwarder(
            target=target,
            wants=lambda capture: target in routing.targets(capture),
            run=run,
            log=RunLog(run, journal=journal, publish=feed.publish),
            sender=sender,
            health=health,
            connections=connections,
            resumes=resumes,
        )
        bench = Bench(journal, run, forwarder, health, feed)
        tasks = {asyncio.create_task(forwarder.run()), asyncio.create_task(health.run())}
        yield bench
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def begun(bench: Bench, app: Application) -> list[bytes]:
    """Return the requests to a silent application before anything was answered."""
    await until(lambda: app.received)
    bench.forwarder.close()
    assert app.hold
    app.hold.set()
    await asyncio.wait_for(bench.forwarder.drained(), 30)
    return [sent.body for sent in app.received]


async def test_notifications_arrive_in_order_and_each_delivery_is_kept(tmp_path: Path) -> None:
    messages = [str(number) for number in range(50)]
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        await bench.receive(*messages)
        await bench.delivered(50)
        assert [sent.body for sent in app.received] == [feed_body(message) for message in messages]
        with JournalReader(bench.journal.path) as history:
            assert [history.deliveries(number)[0].status for number in history.ids()] == [200] * 50


async def test_a_slow_application_holds_up_nobody_else(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b", "c")  # returns although nothing is answered
        assert len(app.received) <= 1
        assert app.hold
        app.hold.set()
        await bench.delivered(3)
        assert len(app.received) == 3


async def test_a_replay_that_nobody_answered_holds_up_nothing(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("a")
        replay = make_capture(run_id=bench.run.id, received_at=now(), replay_of=1, reply=Reply(status=None))
        await bench.journal.append(replay)
        await bench.receive("b")
        await bench.delivered(2)
        assert [sent.body for sent in app.received] == bodies("a", "b")


async def test_notifications_for_an_application_that_is_down_are_held_and_follow_in_order_once(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass  # now the port is known, and nobody listens
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b", "c")
        items = await bench.held(3)
        assert len([text for text in notices(items) if "is down" in text]) == 1
        assert bench.health.held == 3
        async with app:
            await bench.receive("d")
            await bench.delivered(4)
        assert [sent.body for sent in app.received] == bodies("a", "b", "c", "d")
        await bench.read(lambda _: bench.health.held == 0)
        with JournalReader(bench.journal.path) as history:
            assert [kept.status for kept in history.deliveries(1)] == [None, 200]


async def test_held_notifications_are_delivered_by_the_next_run(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await bench.held(2)
    async with app:
        async with forwarding(tmp_path, app.url) as bench:
            items = await bench.delivered(2)
            assert any("earlier runs held for it: 2 notifications" in text for text in notices(items))
            assert bench.health.held == 0
            await bench.receive("c")
            await bench.delivered(1)
        async with forwarding(tmp_path, app.url) as bench:
            await asyncio.wait_for(bench.forwarder.drained(), 30)
    assert [sent.body for sent in app.received] == bodies("a", "b", "c")


async def test_what_earlier_runs_left_goes_the_way_of_the_routes_of_this_one(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive("ordinary", "special")
        await bench.held(2)
    async with app, forwarding(tmp_path, app.url, wanted="special") as bench:
        await bench.delivered(1)
        await asyncio.wait_for(bench.forwarder.drained(), 30)
    assert [sent.body for sent in app.received] == bodies("special")


async def test_what_a_run_without_routes_of_its_own_left_is_delivered(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with JournalWriter(tmp_path / "journal.db") as journal:  # As earlier versions kept it.
        run = await journal.begin_run(Run(app_id="1", objects=("page",), targets=(app.url,), started_at=now()))
        await journal.append(make_capture(feed_body("a"), run_id=run.id, received_at=now()))
    async with app, forwarding(tmp_path, app.url) as bench:
        await bench.delivered(1)
    assert [sent.body for sent in app.received] == bodies("a")


async def test_what_comes_while_another_goes_on_is_delivered_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Outbox.ids

    def ids(outbox: Outbox, **options: Any) -> list[int]:
        found = list(usual(outbox, **options))
        with closing(open_for_writing(outbox.path)) as other:
            insert(other, [Append(make_capture(feed_body("late"), run_id=1, received_at=now()))])
        return found

    monkeypatch.setattr(Outbox, "ids", ids)
    async with Application() as app, forwarding(tmp_path, app.url, resumes=True) as bench:
        await bench.receive("left")
        await bench.delivered(2)
        await asyncio.wait_for(bench.forwarder.drained(), 30)
    assert [sent.body for sent in app.received] == bodies("left", "late")


async def test_captures_of_runs_without_that_application_are_not_held_for_it(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with forwarding(tmp_path, app.url, wanted="special") as bench:
        await bench.receive("ordinary", "special")
        await bench.held(1)
    async with app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("new and ordinary")
        await bench.delivered(2)
    assert [sent.body for sent in app.received] == bodies("special", "new and ordinary")


@pytest.mark.parametrize(
    "changes",
    [
        {"reply": Reply(status=None)},  # it was never answered: Meta sends it again
        {"reply": Reply(status=502)},
        {"received_at": now() - timedelta(hours=37)},
        {"signature": Signature(verdict=SignatureVerdict.INVALID)},
    ],
)
async def test_the_next_run_leaves_what_is_not_its_business(tmp_path: Path, changes: dict[str, Any]) -> None:
    app = Application()
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        await bench.journal.append(make_capture(run_id=bench.run.id, **({"received_at": now()} | changes)))
    async with app, forwarding(tmp_path, app.url) as bench:
        await asyncio.wait_for(bench.forwarder.drained(), 30)
    assert app.received == []


async def test_another_app_or_another_target_gets_nothing_of_it(tmp_path: Path) -> None:
    app, other = Application(), Application()
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive("a")
        await bench.held(1)
    async with app, other:
        async with forwarding(tmp_path, other.url) as bench:
            await asyncio.wait_for(bench.forwarder.drained(), 30)
        async with forwarding(tmp_path, app.url, app_id="2") as bench:
            await asyncio.wait_for(bench.forwarder.drained(), 30)
    assert app.received == other.received == []


async def test_an_application_that_breaks_the_connection_is_tried_again_and_then_passed_over(tmp_path: Path) -> None:
    broken: list[list[bytes]] = [[], [], []]
    async with (
        Peer([*broken, [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]], close_after=1) as peer,
        forwarding(tmp_path, peer.url) as bench,
    ):
        await bench.receive("a", "b")
        items = await bench.delivered(2)
        assert [(kept.capture_id, kept.status, kept.failure) for kept in deliveries(items)] == [
            (1, None, Failure.BROKEN),
            (2, 200, None),
        ]
        assert peer.requests == 4
        said = f"{peer.url} broke off #1: it closed the connection without an answer"
        assert [notice for notice in notices(items) if "broke off" in notice] == [said, said]


async def test_an_answer_of_any_status_is_a_delivery(tmp_path: Path) -> None:
    async with Application(status=500) as app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await bench.delivered(2)
        assert [sent.body for sent in app.received] == bodies("a", "b")


async def test_a_route_takes_what_its_filter_wants(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url, wanted="special") as bench:
        await bench.receive("ordinary", "special", "ordinary")
        await asyncio.wait_for(bench.forwarder.drained(), 30)
        assert [sent.body for sent in app.received] == bodies("special")


async def test_several_connections_deliver_at_the_same_time(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, forwarding(tmp_path, app.url, connections=3) as bench:
        await bench.receive("a", "b", "c", "d")
        await until(lambda: len(app.received) == 3)
        assert app.hold
        app.hold.set()
        await bench.delivered(4)


async def test_simultaneous_notifications_are_forwarded_simultaneously(tmp_path: Path) -> None:
    messages = [str(number) for number in range(10)]
    app = Application(hold=asyncio.Event())
    async with app, forwarding(tmp_path, app.url) as bench:
        await bench.receive_together(*messages)
        await until(lambda: len(app.received) == 8)
        assert app.hold
        app.hold.set()
        await bench.delivered(10)
        assert sorted(sent.body for sent in app.received) == bodies(*messages)


async def test_successive_notifications_are_forwarded_successively(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await bench.receive_together("c", "d")
        assert await begun(bench, app) == bodies("a")


async def test_one_connection_is_one_after_the_other_whatever_came_together(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, forwarding(tmp_path, app.url, connections=1) as bench:
        await bench.receive_together("a", "b", "c")
        assert await begun(bench, app) == bodies("a")


async def test_held_notifications_that_came_together_follow_in_order(tmp_path: Path) -> None:
    messages = [f"{number:02}" for number in range(30)]
    app = Application()
    async with app:
        pass  # now the port is known, and nobody listens
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive_together(*messages)
        await bench.held(30)
        async with app:
            await bench.delivered(30)
    assert [sent.body for sent in app.received] == bodies(*messages)


async def follow_one_by_one(bench: Bench, app: Application) -> None:
    """Start an application that holds its answers: the first of three goes out alone, the others follow in order."""
    async with app:
        await until(lambda: app.received)
        for _ in range(3):  # Connections that come later than the others would.
            await bench.health.look()
        assert len(app.received) == 1
        assert app.hold
        app.hold.set()
        await bench.delivered(3)
    assert [sent.body for sent in app.received] == bodies("a", "b", "c")


async def test_requests_in_flight_when_the_application_went_down_follow_one_by_one(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive_together("a", "b", "c")
        await bench.held(3)
        await follow_one_by_one(bench, app)


async def test_requests_that_the_application_broke_off_as_it_went_down_follow_one_by_one(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        async with app:
            await bench.receive_together("a", "b", "c")
            await until(lambda: len(app.received) == 3)
        await bench.held(3)
        app.received.clear()
        await follow_one_by_one(bench, app)


async def test_drained_waits_for_all_that_came(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b", "c")
        await asyncio.wait_for(bench.forwarder.drained(), 30)
        assert len(app.received) == 3


async def test_requests_in_flight_at_the_end_are_awaited_and_no_more_are_begun(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app:
        async with forwarding(tmp_path, app.url) as bench:
            await bench.receive("a", "b", "c")
            await until(lambda: app.received)
            bench.forwarder.close()
            ending = asyncio.create_task(bench.forwarder.drained())
            await bench.receive("d")
            assert not ending.done()
            assert app.hold
            app.hold.set()
            await asyncio.wait_for(ending, 30)
            assert len(app.received) == 1
            assert await bench.forwarder.left() == 3
        async with forwarding(tmp_path, app.url) as bench:
            await bench.delivered(3)
    assert [sent.body for sent in app.received] == bodies("a", "b", "c", "d")


async def test_notifications_dropped_by_a_proxy_without_an_app_are_held(tmp_path: Path) -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    app = Application(port=server.sockets[0].getsockname()[1])
    async with forwarding(tmp_path, app.url) as bench:
        async with server:
            await bench.receive("a", "b")
            await bench.held(2)
        async with app:
            await bench.delivered(2)
    assert [sent.body for sent in app.received] == bodies("a", "b")


async def test_a_capture_without_an_answer_yet_delays_later_ones(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        asked = make_capture(feed_body("asked"), run_id=bench.run.id, received_at=now(), reply=Reply(status=None))
        asked = await bench.journal.append(asked)
        await bench.receive("later")
        await asyncio.wait_for(bench.forwarder.drained(), 30)
        assert app.received == []
        answer = Delivery(
            capture_id=asked.id, cause=Cause.FORWARD, target="http://x/", sent_at=now(), status=200, elapsed_ms=1
        )
        await bench.journal.add_answer(answer, Reply(status=200))
        bench.forwarder.wake()
        await bench.delivered(2)
        assert [sent.body for sent in app.received] == bodies("asked", "later")


async def test_other_runs_and_what_is_no_notification_are_not_forwarded(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        await bench.journal.append(make_capture(feed_body("another run's")))
        await bench.journal.append(make_handshake(run_id=bench.run.id))
        await bench.receive("ours")
        await bench.delivered(1)
        assert [sent.body for sent in app.received] == [feed_body("ours")]


@pytest.mark.parametrize(
    ("changes", "forwarded"),
    [
        ({}, True),
        ({"signature": Signature(verdict=SignatureVerdict.UNCHECKED)}, True),
        ({"signature": Signature(verdict=SignatureVerdict.INVALID)}, False),
        ({"signature": Signature(verdict=SignatureVerdict.MISSING)}, False),
        ({"kind": Kind.STRAY}, False),
        ({"replay_of": 3}, False),
        ({"reply": Reply(status=401)}, False),
    ],
)
def test_only_genuine_notifications_are_an_applications_business(changes: dict[str, Any], forwarded: bool) -> None:
    assert is_forwarded(make_capture(**changes)) == forwarded


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take an application for slow that has not answered at once."""
    monkeypatch.setattr(backlog, "_SLOW", timedelta())
    monkeypatch.setattr(backlog, "_COUNT_SECONDS", 0.01)


def waiting(items: list[RunEvent]) -> list[tuple[bool, int]]:
    """Return what was said of the application: whether it is up, and how many notifications wait for it."""
    return [(item.up, item.waiting) for item in items if isinstance(item, TargetSeen)]


@pytest.mark.usefixtures("impatient")
async def test_what_waits_for_a_slow_application_is_counted(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url, wanted="not skipped") as bench:
        app.hold = asyncio.Event()
        await bench.receive("one")
        await bench.read(lambda items: (True, 1) in waiting(items))
        await bench.receive("skipped", "two", *(f"more {number}" for number in range(40)))
        await bench.journal.append(make_capture(run_id=bench.run.id + 1))
        await bench.read(lambda items: (True, 42) in waiting(items))
        await bench.receive("three")
        await bench.read(lambda items: (True, 43) in waiting(items))
        app.hold.set()
        items = await bench.read(lambda items: bool(waiting(items)) and waiting(items)[-1] == (True, 0))
        assert all(count <= 43 for _, count in waiting(items))
        assert len(app.received) == 43


@pytest.mark.usefixtures("impatient")
async def test_what_waited_for_a_slow_application_that_goes_down_is_counted_once(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with forwarding(tmp_path, app.url) as bench:
        async with app:
            app.hold = asyncio.Event()
            await bench.receive("one", "two", "three")
            await bench.read(lambda items: (True, 3) in waiting(items))
        await bench.read(lambda items: (False, 3) in waiting(items))
        app.hold = None
        async with app:
            items = await bench.read(lambda items: bool(waiting(items)) and waiting(items)[-1] == (True, 0))
        assert all(count <= 3 for _, count in waiting(items))
