import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hookscope.capture.feed import Feed
from hookscope.capture.history import History
from hookscope.capture.item import Delivered, Item, Notice, now
from hookscope.capture.journal import Journal
from hookscope.capture.record import Kind, Run
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.outbound.forward import Forwarder, is_forwarded
from hookscope.outbound.sender import Sender
from tests.support.application import Application
from tests.support.captures import feed_body, make_capture, make_handshake


class Bench:
    """A forwarder at work, with the journal it reads."""

    def __init__(self, journal: Journal, run: Run, forwarder: Forwarder, feed: Feed) -> None:
        self.journal = journal
        self.run = run
        self.forwarder = forwarder
        self.items = feed.subscribe()

    async def receive(self, *messages: str) -> None:
        for message in messages:
            await self.journal.append(make_capture(feed_body(message), run_id=self.run.id))
            self.forwarder.wake()

    async def delivered(self, count: int) -> list[Item]:
        items: list[Item] = []
        async with asyncio.timeout(10):
            while sum(isinstance(item, Delivered) for item in items) < count:
                items += await self.items.read()
        return items


@asynccontextmanager
async def forwarding(tmp_path: Path, target: str) -> AsyncIterator[Bench]:
    feed = Feed()
    async with Journal(tmp_path / "journal.db") as journal, Sender() as sender:
        run = await journal.begin_run(Run(app_id="1", objects=("page",), targets=(target,), started_at=now()))
        forwarder = Forwarder(target=target, run_id=run.id, journal=journal, sender=sender, publish=feed.publish)
        task = asyncio.create_task(forwarder.run())
        yield Bench(journal, run, forwarder, feed)
        task.cancel()
        await asyncio.wait([task])


async def test_notifications_arrive_in_order_and_each_delivery_is_kept(tmp_path: Path) -> None:
    messages = [str(number) for number in range(50)]
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        await bench.receive(*messages)
        await bench.delivered(50)
        assert [sent.body for sent in app.received] == [feed_body(message) for message in messages]
        with History(bench.journal.path) as history:
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


async def test_an_application_that_is_down_is_told_once_and_then_served_again(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass  # now the port is known, and nobody listens
    async with forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        items = await bench.delivered(2)
        notices = [item for item in items if isinstance(item, Notice)]
        assert len(notices) == 1
        assert "does not answer" in notices[0].message
        async with app:
            await bench.receive("c")
            await bench.delivered(1)
        assert [sent.body for sent in app.received] == [feed_body("c")]


async def test_drained_waits_for_all_that_came(tmp_path: Path) -> None:
    async with Application() as app, forwarding(tmp_path, app.url) as bench:
        await bench.receive("a", "b", "c")
        await asyncio.wait_for(bench.forwarder.drained(), 10)
        assert len(app.received) == 3


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
    ],
)
def test_only_genuine_notifications_are_an_applications_business(changes: dict[str, object], forwarded: bool) -> None:
    assert is_forwarded(make_capture(**changes)) == forwarded
