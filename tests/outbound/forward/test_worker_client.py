"""Forwarding in a process of its own, with a real process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hookscope.errors import HookscopeError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Delivery, Run
from hookscope.model.run_events import Delivered, Notice
from hookscope.model.timestamps import now
from hookscope.outbound.forward.delivery_log import RunLog
from hookscope.outbound.forward.worker_client import ForwardWorkerClient
from hookscope.settings import ForwardSettings, Route
from tests.support.application import Application
from tests.support.captures import feed_body, make_capture
from tests.support.processes import child_of, needs_proc
from tests.support.until import until


class Bench:
    """A dispatcher at work, with the journal that its process reads."""

    def __init__(self, journal: JournalWriter, run: Run, dispatcher: ForwardWorkerClient, feed: Feed) -> None:
        self.journal = journal
        self.run = run
        self.dispatcher = dispatcher
        self.items = feed.subscribe()
        self.work = asyncio.create_task(dispatcher.run())

    async def receive(self, *messages: str) -> None:
        for message in messages:
            await self.journal.append(make_capture(feed_body(message), run_id=self.run.id, received_at=now()))
            self.dispatcher.wake()

    async def told(self, count: int) -> list[str]:
        """Return the notices, as soon as there are so many."""
        notices: list[str] = []
        async with asyncio.timeout(20):
            while len(notices) < count:
                notices += [item.message for item in await self.items.read() if isinstance(item, Notice)]
        return notices

    def kept(self, number: int) -> list[Delivery]:
        """Return a capture's deliveries in the journal."""
        with JournalReader(self.journal.path) as history:
            return history.deliveries(number)

    async def end(self) -> None:
        self.work.cancel()
        await asyncio.wait({self.work})


@asynccontextmanager
async def dispatching(tmp_path: Path, *targets: str, settings: ForwardSettings | None = None) -> AsyncIterator[Bench]:
    feed = Feed()
    async with JournalWriter(tmp_path / "journal.db") as journal:
        routes = tuple(Route(target=target) for target in targets)
        settings = settings or ForwardSettings(routes=routes)
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=settings.targets, routes=settings.routes, started_at=now())
        )
        log = RunLog(run, journal=journal, publish=feed.publish)
        bench = Bench(journal, run, ForwardWorkerClient(settings, run=run, log=log), feed)
        yield bench
        await bench.end()


async def test_everything_is_delivered_in_order_and_kept_and_published(tmp_path: Path) -> None:
    messages = [str(number) for number in range(200)]
    async with Application() as app, dispatching(tmp_path, app.url) as bench:
        await bench.receive(*messages)
        await bench.dispatcher.drained()
        assert [sent.body for sent in app.received] == [feed_body(message) for message in messages]
        assert [bench.kept(number)[0].status for number in (1, 200)] == [200, 200]
        published = [item.delivery for item in await bench.items.read() if isinstance(item, Delivered)]
        assert [delivery.capture_id for delivery in published] == list(range(1, 201))
        assert await bench.dispatcher.left() == {app.url: 0}


@pytest.mark.slow
async def test_it_says_when_it_is_ready(tmp_path: Path) -> None:
    async with Application() as app, dispatching(tmp_path, app.url) as bench:
        async with asyncio.timeout(20):
            await bench.dispatcher.ready()
        assert await bench.dispatcher.left() == {app.url: 0}


@pytest.mark.slow
async def test_headers_and_filters_go_with_the_order(tmp_path: Path) -> None:
    async with Application() as app:
        routes = (Route(target=app.url, filter="special"),)
        settings = ForwardSettings(routes=routes, headers=((b"X-Stage", b"dev"),))
        async with dispatching(tmp_path, settings=settings) as bench:
            await bench.receive("ordinary", "special")
            await bench.dispatcher.drained()
    (sent,) = app.received
    assert (sent.body, sent.header("X-Stage")) == (feed_body("special"), "dev")


async def test_an_application_that_is_down_is_told_of_and_what_it_has_not_got_is_counted(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with dispatching(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await bench.dispatcher.drained()
        await until(lambda: bench.kept(1) and bench.kept(2))
        assert await bench.dispatcher.left() == {app.url: 2}
        async with app:
            assert await bench.told(2) == [
                f"{app.url} is down: connection refused",
                f"{app.url} can be reached again; 2 notifications held for it will be sent",
            ]
            await until(lambda: len(app.received) == 2)


async def test_a_journal_that_cannot_be_written_when_the_process_begins_ends_nothing(tmp_path: Path) -> None:
    async with Application() as app, dispatching(tmp_path, app.url) as bench:
        await bench.receive("a")
        bench.journal.path.rename(tmp_path / "elsewhere.db")
        [told] = await bench.told(1)
        assert "cannot be written" in told
        assert "nothing is forwarded until it can be" in told
        (tmp_path / "elsewhere.db").rename(bench.journal.path)
        await until(lambda: app.received)
        await bench.dispatcher.drained()
        assert [sent.body for sent in app.received] == [feed_body("a")]
        assert not bench.work.done()


async def test_requests_in_flight_at_the_end_are_still_stored(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, dispatching(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await until(lambda: app.received)
        bench.dispatcher.close()
        draining = asyncio.create_task(bench.dispatcher.drained())
        assert app.hold
        app.hold.set()
        await draining
        await bench.end()
        assert [len(bench.kept(number)) for number in (1, 2)] == [1, 0]
        assert len(app.received) == 1


@pytest.mark.slow
async def test_closed_before_it_has_begun_it_sends_nothing(tmp_path: Path) -> None:
    async with Application() as app, dispatching(tmp_path, app.url) as bench:
        bench.dispatcher.close()
        await bench.receive("a")
        await bench.dispatcher.drained()
        assert app.received == []


async def received(app: Application, count: int) -> None:
    """Wait until at least so many requests have arrived."""
    await until(lambda: len(app.received) >= count)


def kill_process() -> None:
    """Kill the process that forwards, as the kernel does for want of memory."""
    os.kill(child_of(os.getpid(), "forward.worker"), signal.SIGKILL)


@pytest.mark.slow
@needs_proc
async def test_after_a_kill_in_a_burst_all_arrive_in_order_and_only_what_was_under_way_twice(tmp_path: Path) -> None:
    messages = [str(number) for number in range(300)]
    bodies = [feed_body(message) for message in messages]
    app = Application()
    async with app, dispatching(tmp_path, app.url) as bench:
        await bench.receive(*messages[:150])
        for enough in (50, 120):
            await received(app, enough)
            app.hold = asyncio.Event()  # Requests from now on are in flight when it is killed.
            await received(app, len(app.received) + 1)
            kill_process()
            held, app.hold = app.hold, None
            held.set()
        await bench.receive(*messages[150:])
        await bench.dispatcher.drained()
        assert await bench.dispatcher.left() == {app.url: 0}
        sent = [one.body for one in app.received]
        first = list(dict.fromkeys(sent))
        assert first == bodies
        assert len(sent) - len(first) <= 2
        assert all(len(bench.kept(number)) == 1 for number in range(1, 301))
        told = await bench.told(1)
        assert told == ["the forwarding process has ended (killed by SIGKILL) and is being replaced"]


@pytest.mark.slow
@needs_proc
async def test_answered_but_unstored_deliveries_are_not_sent_again(tmp_path: Path) -> None:
    """The process is answered and killed while the engine is too busy to read."""
    app = Application()
    async with app, dispatching(tmp_path, app.url) as bench:
        await bench.dispatcher.ready()
        process = child_of(os.getpid(), "forward.worker")
        await bench.receive(*map(str, range(40)))
        await until(lambda: len(app.received) == 40)
        os.kill(process, signal.SIGKILL)  # Within the moment for which deliveries wait for company.
        await bench.dispatcher.drained()
        assert await bench.dispatcher.left() == {app.url: 0}
        assert len(app.received) <= 41  # The last one may still have been under way.


@pytest.mark.slow
@needs_proc
async def test_waiting_callers_are_answered_by_the_next_process(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, dispatching(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await until(lambda: app.received)
        draining = asyncio.create_task(bench.dispatcher.drained())
        kill_process()
        await until(lambda: len(app.received) == 2)
        assert app.hold
        app.hold.set()
        await draining
        assert [len(bench.kept(number)) for number in (1, 2)] == [1, 1]
        assert [sent.body for sent in app.received] == [feed_body(message) for message in "aab"]


@pytest.mark.slow
@needs_proc
async def test_held_notifications_stay_held_after_a_kill(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with dispatching(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await bench.dispatcher.drained()
        kill_process()
        assert "is being replaced" in (await bench.told(2))[1]
        await bench.receive("c")
        await until(lambda: bench.kept(3))
        assert [len(bench.kept(number)) for number in (1, 2, 3)] == [1, 1, 1]
        assert await bench.dispatcher.left() == {app.url: 3}
        async with app:
            await until(lambda: len(app.received) == 3)
            await bench.dispatcher.drained()
    assert [sent.body for sent in app.received] == [feed_body(message) for message in "abc"]


@pytest.mark.slow
@needs_proc
async def test_once_closed_the_next_process_begins_nothing_and_still_counts(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, dispatching(tmp_path, app.url) as bench:
        await bench.receive("a", "b")
        await until(lambda: app.received)
        bench.dispatcher.close()
        kill_process()
        assert await bench.dispatcher.left() == {app.url: 2}
        assert len(app.received) == 1


@pytest.mark.slow
async def test_a_process_that_never_begins_is_an_error_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ForwardSettings(routes=(Route(target="http://127.0.0.1:9/hook", filter="no:such"),))
    async with dispatching(tmp_path, settings=settings) as bench:
        with pytest.raises(HookscopeError, match="no:such") as raised:
            await bench.work
    assert "\n" not in raised.value.message
    assert "Traceback" in caplog.text


async def test_a_process_that_cannot_be_started_is_an_error_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-such-python"))
    async with dispatching(tmp_path, "http://127.0.0.1:9/hook") as bench:
        draining = asyncio.create_task(bench.dispatcher.drained())
        with pytest.raises(HookscopeError, match="cannot be started: No such file"):
            await bench.work
        with pytest.raises(EOFError):
            await draining
        with pytest.raises(EOFError):
            await bench.dispatcher.ready()
        with pytest.raises(EOFError):
            await bench.dispatcher.left()
        bench.dispatcher.wake()


@pytest.mark.slow
async def test_a_process_that_can_be_started_after_all_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", str(tmp_path / "no-such-python"))
        async with Application() as app, dispatching(tmp_path, app.url) as bench:
            (told,) = await bench.told(1)
            assert "cannot be started" in told
            patch.undo()
            await bench.receive("a")
            await bench.dispatcher.drained()
            assert len(app.received) == 1


@needs_proc
async def test_the_process_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", "hidemehideme")
    monkeypatch.setenv("NGROK_AUTHTOKEN", "hidemehideme")
    async with Application() as app, dispatching(tmp_path, app.url) as bench:
        await bench.dispatcher.left()
        environment = Path(f"/proc/{child_of(os.getpid(), 'forward.worker')}/environ").read_bytes()
    assert b"PATH=" in environment
    assert b"hidemehideme" not in environment
