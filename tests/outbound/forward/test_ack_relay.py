import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed, Subscriber
from hookscope.model.record import Source
from hookscope.model.run_events import Captured, Delivered, Notice
from hookscope.outbound.forward import ack_relay
from hookscope.outbound.forward.ack_relay import AckRelay
from hookscope.outbound.forward.health import Health
from hookscope.outbound.http.sender import Sender, SenderSettings
from hookscope.outbound.routing import Routing
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.settings import Route
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, signed
from tests.support.peer import Peer
from tests.support.until import until

PATH = "/x7hook"


class Door:
    """A receiver that has applications answer, and a client in Meta's place."""

    def __init__(
        self, receiver: Receiver, relay: AckRelay, journal: Path, client: ClientSession, items: Subscriber
    ) -> None:
        self._url = receiver.url + PATH
        self.relay = relay
        self.journal = journal
        self._client = client
        self.items = items

    async def post(self, message: str = "x", secret: str = SECRET) -> tuple[int, bytes]:
        body = feed_body(message)
        async with self._client.post(self._url, data=body, headers=signed(body, secret)) as answer:
            return answer.status, await answer.read()


@asynccontextmanager
async def open_door(tmp_path: Path, *routes: Route, timeout_seconds: float = 20.0) -> AsyncIterator[Door]:
    feed = Feed()
    path = tmp_path / "journal.db"
    policy = Policy(paths=frozenset((PATH,)), verify_token="token", secrets=(SECRET,))
    settings = SenderSettings(timeout_seconds=timeout_seconds)
    async with JournalWriter(path) as journal, Sender(settings) as sender:
        health = {route.target: Health(route.target, sender=sender, publish=feed.publish) for route in routes}
        async with (
            Receiver(journal=journal, publish=feed.publish, policy=policy, run_id=None, source=Source.LIVE) as receiver,
            ClientSession() as client,
        ):
            receiver.relay = relay = AckRelay(
                routing=Routing(routes), health=health, journal=journal, sender=sender, publish=feed.publish
            )
            yield Door(receiver, relay, path, client, feed.subscribe())


@pytest.mark.parametrize(("status", "answer"), [(200, b"EVENT_RECEIVED"), (201, b""), (204, b""), (500, b"oh no")])
async def test_meta_gets_the_applications_answer(tmp_path: Path, status: int, answer: bytes) -> None:
    async with (
        Application(status=status, answer=answer) as app,
        open_door(tmp_path, Route(target=app.url)) as door,
    ):
        assert await door.post() == (status, answer)
        assert [sent.body for sent in app.received] == [feed_body("x")]
        items = await door.items.read()
        assert [item.delivery.status for item in items if isinstance(item, Delivered)] == [status]
        assert [item.capture.reply.status for item in items if isinstance(item, Captured)] == [status]
        with JournalReader(door.journal) as history:
            (kept,) = history.captures()
            assert (kept.reply.status, kept.reply.body) == (status, answer)
            assert [delivery.status for delivery in history.deliveries(1)] == [status]


@pytest.mark.parametrize("kind", [b"text/\x01plain", b"text/plain;\tcharset=\xff", "text/\x9bplain".encode()])
async def test_an_answer_is_passed_on_whatever_its_type_is_said_to_be(tmp_path: Path, kind: bytes) -> None:
    said = b"HTTP/1.1 201 Created\r\nContent-Type: " + kind + b"\r\nContent-Length: 2\r\n\r\nOK"
    async with Peer([[said]]) as app, open_door(tmp_path, Route(target=app.url)) as door:
        assert await door.post() == (201, b"OK")


async def test_the_stream_tells_of_a_notification_before_its_answer(tmp_path: Path) -> None:
    async with Application() as app, open_door(tmp_path, Route(target=app.url)) as door:
        await door.post()
        told = [type(item) for item in await door.items.read() if isinstance(item, Captured | Delivered)]
        assert told == [Captured, Delivered]


async def test_a_notification_is_committed_before_the_application_is_asked(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, open_door(tmp_path, Route(target=app.url)) as door:
        asking = asyncio.create_task(door.post())
        await until(lambda: app.received)
        with JournalReader(door.journal) as history:
            (kept,) = history.captures()
            assert kept.reply.status is None
        assert app.hold
        app.hold.set()
        assert (await asking)[0] == 200


async def test_an_application_that_is_down_makes_meta_send_it_again(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with open_door(tmp_path, Route(target=app.url)) as door:
        assert (await door.post())[0] == 502


async def test_an_application_that_does_not_answer_in_time_makes_meta_send_it_again(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, open_door(tmp_path, Route(target=app.url), timeout_seconds=0.1) as door:
        assert (await door.post())[0] == 504
        with JournalReader(door.journal) as history:
            assert [capture.reply.status for capture in history.captures()] == [504]


async def test_a_slow_application_is_told_of_and_still_awaited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_relay, "_NEAR_SECONDS", 0.0)
    app = Application(hold=asyncio.Event())
    async with app, open_door(tmp_path, Route(target=app.url)) as door:
        asking = asyncio.create_task(door.post())
        await until(lambda: app.received)
        (notice,) = await door.items.read()
        assert isinstance(notice, Notice)
        assert "has not answered #1" in notice.message
        assert app.hold
        app.hold.set()
        assert (await asking)[0] == 200


async def test_at_the_end_missing_answers_make_meta_send_it_again(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, open_door(tmp_path, Route(target=app.url)) as door:
        asking = asyncio.create_task(door.post())
        await until(lambda: app.received)
        ending = asyncio.create_task(door.relay.answered())
        await asyncio.sleep(0)
        assert not ending.done()
        door.relay.close()
        assert (await asking)[0] == 502
        await asyncio.wait_for(ending, 30)
        with JournalReader(door.journal) as history:
            assert [capture.reply.status for capture in history.captures()] == [502]
            assert [one.error for one in history.deliveries(1)] == ["the run ended before it answered"]


async def test_an_answer_that_cannot_be_kept_makes_meta_send_it_again(tmp_path: Path) -> None:
    app = Application(hold=asyncio.Event())
    async with app, open_door(tmp_path, Route(target=app.url)) as door:
        asking = asyncio.create_task(door.post())
        await until(lambda: app.received)
        door.journal.rename(tmp_path / "elsewhere.db")
        assert app.hold
        app.hold.set()
        assert (await asking)[0] == 503
        (tmp_path / "elsewhere.db").rename(door.journal)
        with JournalReader(door.journal) as history:
            assert [capture.reply.status for capture in history.captures()] == [None]


async def test_a_wrong_signature_never_reaches_the_application(tmp_path: Path) -> None:
    async with Application() as app, open_door(tmp_path, Route(target=app.url)) as door:
        assert (await door.post(secret="another"))[0] == 401
        assert app.received == []


async def test_the_first_route_that_wants_it_answers_and_without_one_it_is_accepted(tmp_path: Path) -> None:
    async with Application(status=201) as first, Application(status=202) as second:
        routes = (Route(target=first.url, filter="special"), Route(target=second.url, filter="ordinary or special"))
        async with open_door(tmp_path, *routes) as door:
            assert (await door.post("special"))[0] == 201
            assert (await door.post("ordinary"))[0] == 202
            assert (await door.post("another"))[0] == 200
        assert (len(first.received), len(second.received)) == (1, 1)
