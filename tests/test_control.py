import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, UnixConnector, web

from hookscope.control.announcement import announce_replays
from hookscope.control.board import StatusBoard
from hookscope.control.client import ControlClient
from hookscope.control.server import ControlServer
from hookscope.errors import HookscopeError, JournalError, UsageError
from hookscope.formats.redaction import redact_bytes
from hookscope.model.capture_id import EventRef, SharedNumber
from hookscope.model.feed import Feed
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Cause, Delivery
from hookscope.model.run_events import (
    Captured,
    Level,
    Notice,
    Phase,
    PhaseChanged,
    ReceiverListening,
    RunEvent,
    Stopped,
    SubscriptionActive,
)
from hookscope.views.status import LinkState, Status, advance
from tests.support.captures import SECRET, WHEN, make_capture
from tests.support.until import until


class SmallEngine:
    """The part of an engine that the socket needs, and nothing else."""

    def __init__(self) -> None:
        self.board = StatusBoard(Status(app_id="1"))
        self.feed = Feed()
        self.reasons: list[str] = []
        self.bodies: list[bytes | None] = []

    def publish(self, item: RunEvent) -> None:
        self.feed.publish(item)
        self.board.update(item)

    def stop(self, reason: str) -> None:
        self.reasons.append(reason)

    def force_stop(self) -> None:
        self.reasons.append("forced")

    async def trigger(self, body: bytes) -> Delivery:
        if body == b"no":
            raise HookscopeError("the run is still starting", hint="try again")
        return Delivery(
            capture_id=len(body),
            cause=Cause.TRIGGER,
            method="POST",
            target="http://x/",
            sent_at=WHEN,
            status=200,
            elapsed_ms=1.0,
        )

    async def examine(self) -> list[dict[str, Any]]:
        if not self.reasons:
            raise HookscopeError("the run is still starting", hint="try again in a moment")
        return [{"check": "app.credentials", "state": "ok"}]

    def find_id(self, entry: SharedNumber) -> int:
        if entry.seq != 345:
            raise UsageError(f"entry {entry} of a shared log is not here", hint="see ls")
        return 12

    async def fetch(self, number: int) -> list[FetchedNode]:
        if number != 12:
            raise UsageError(f"there is no capture #{number}", hint="see ls")
        return [FetchedNode(capture_id=12, kind="lead", node="1", fetched_at=WHEN, answer={"id": "1"})]

    def redact(self, texts: Sequence[bytes]) -> list[bytes]:
        return [redact_bytes(text, (SECRET,)) for text in texts]

    async def show_replays(self, capture_ids: Sequence[int]) -> None:
        if capture_ids == [0]:
            raise JournalError("the journal cannot be read")
        for capture_id in capture_ids:
            self.publish(Captured(capture=make_capture(id=capture_id)))

    async def replay(self, named: int | EventRef, to: str | None, body: bytes | None) -> Delivery:
        self.bodies.append(body)
        if named not in (12, EventRef(12, 3)):
            raise UsageError(f"there is no capture #{named}", hint="see ls")
        return Delivery(
            capture_id=12, cause=Cause.REPLAY, target=to or "http://x/", sent_at=WHEN, status=200, elapsed_ms=1.0
        )


@asynccontextmanager
async def serving(tmp_path: Path) -> AsyncIterator[tuple[SmallEngine, str]]:
    path = tmp_path / "control.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    engine = SmallEngine()
    async with ControlServer(engine, listener):
        yield engine, str(path)


async def test_a_watcher_sees_the_status_now_and_after_each_change(tmp_path: Path) -> None:
    async with serving(tmp_path) as (engine, path), ControlClient(path) as client:
        engine.publish(ReceiverListening(url="http://127.0.0.1:1"))
        seen: list[Status] = []
        async for status in client.watch():
            seen.append(status)
            if len(seen) == 1:
                engine.publish(PhaseChanged(phase=Phase.LIVE))
                engine.publish(Captured(capture=make_capture(id=7)))
            if status.last_id:
                engine.publish(Stopped(captures=1, notifications=1, exit_code=0))
            assert len(seen) < 10
        assert seen[0].receiver.light is LinkState.OK
        assert seen[-1].phase is Phase.STOPPED
        assert seen[-1].exit_code == 0
        assert seen[-1] == engine.board.status


async def test_an_attached_reader_gets_the_event_stream(tmp_path: Path) -> None:
    async with serving(tmp_path) as (engine, path), ControlClient(path) as client:
        feed = client.feed()
        reading = asyncio.ensure_future(anext(feed))
        await until(lambda: bool(engine.feed._subscribers))
        engine.publish(PhaseChanged(phase=Phase.LIVE))
        engine.publish(Notice(level=Level.INFO, message="hello"))
        first = await reading
        assert (first["type"], first["message"]) == ("notice", "hello")
        engine.feed.close()
        assert [value async for value in feed] == []


async def test_the_feed_keeps_nothing_that_it_has_sent(tmp_path: Path) -> None:
    item = Captured(capture=make_capture(id=1))
    held = sys.getrefcount(item)
    async with serving(tmp_path) as (engine, path), ControlClient(path) as client:
        reading = asyncio.ensure_future(anext(client.feed()))
        await until(lambda: bool(engine.feed._subscribers))
        engine.feed.publish(item)
        await reading
        await until(lambda: sys.getrefcount(item) == held)


async def test_a_run_can_be_examined(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, path), ControlClient(path) as client:
        with pytest.raises(HookscopeError, match="still starting"):
            await client.examine()
        await client.stop("q was pressed")
        assert await client.examine() == [{"check": "app.credentials", "state": "ok"}]


async def test_a_run_can_be_asked_what_a_capture_points_at(tmp_path: Path) -> None:
    async with serving(tmp_path) as (engine, path), ControlClient(path) as client:
        assert await client.fetch(12) == await engine.fetch(12)
        assert (await client.replay("@345")).capture_id == 12
        assert (await client.replay("12.3", "http://y/")).target == "http://y/"
        for wrong in ("12.x", "last", "1..2"):
            with pytest.raises(HookscopeError):
                await client.replay(wrong)
        with pytest.raises(HookscopeError, match="entry @7 of a shared log is not here"):
            await client.replay("@7")
        with pytest.raises(HookscopeError, match="no capture #3") as raised:
            await client.fetch(3)
        assert raised.value.hint == "see ls"


async def test_a_run_can_be_asked_to_stop_and_to_replay(tmp_path: Path) -> None:
    async with serving(tmp_path) as (engine, path), ControlClient(path) as client:
        await client.stop("q was pressed")
        await client.stop("and again", force=True)
        assert engine.reasons == ["q was pressed", "forced", "and again"]
        delivery = await client.replay(12, "http://y/")
        assert (delivery.capture_id, delivery.status, delivery.target) == (12, 200, "http://y/")
        large = bytes(range(256)) * (1 << 13)
        await client.replay(12, body=large)
        assert engine.bodies == [None, large]
        with pytest.raises(HookscopeError, match="no capture #13") as caught:
            await client.replay(13)
        assert caught.value.hint == "see ls"


async def test_a_run_takes_its_secrets_out_of_texts_and_never_says_them(tmp_path: Path) -> None:
    large = bytes(range(256)) * (1 << 13)
    async with serving(tmp_path) as (_, path), ControlClient(path) as client:
        assert await client.redact([f"it is {SECRET}".encode(), b"", b"\xff"]) == [b"it is REDACTED", b"", b"\xff"]
        assert await client.redact([]) == []
        assert await client.redact([large]) == [large]


@pytest.mark.parametrize("body", [b'{"texts_base64": 7}', b'{"texts_base64": ["!"]}', b'{"texts_base64": [1]}'])
async def test_texts_that_are_no_base64_are_refused(tmp_path: Path, body: bytes) -> None:
    async with (
        serving(tmp_path) as (_, path),
        ClientSession(connector=UnixConnector(path)) as session,
        session.post("http://h/redact", data=body) as answer,
    ):
        assert answer.status == 409


async def test_replays_of_another_process_are_published_before_it_is_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as (engine, path):
        with engine.feed.subscribe() as subscriber:
            await announce_replays(path, [7, 8])
            items = await subscriber.read()
        assert [item.capture.id for item in items if isinstance(item, Captured)] == [7, 8]
        await announce_replays(path, [0])  # The journal has them all the same.
        async with ClientSession(connector=UnixConnector(path)) as session:
            for body in (b"{}", b'{"ids": 7}', b'{"ids": ["7"]}', b'{"ids": [true]}', b'{"ids": [%s]}' % (b"9" * 25)):
                async with session.post("http://h/replayed", data=body) as answer:
                    assert answer.status == 409, body
    with pytest.raises(OSError, match=r"[Nn]o such file|refused"):
        await announce_replays(path, [7])


async def test_requests_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    ids = (b'{"id": "x"}', b'{"id": 0}', b'{"id": -1}', b'{"id": true}', b'{"id": %s}' % (b"9" * 25))
    async with serving(tmp_path) as (engine, path), ClientSession(connector=UnixConnector(path)) as session:
        values = (b'{"id": 12, "to": 2}', b'{"id": 12, "body_base64": 7}', b'{"id": 12, "body_base64": "!"}')
        for body in (b"not json", b"[]", *ids, *values):
            async with session.post("http://h/replay", data=body) as answer:
                assert answer.status == 409, body
                assert (await answer.json())["error"]["message"]
        async with session.post("http://h/stop", data=b"not json") as answer:
            assert answer.status == 202
        assert engine.reasons == ["requested over the control socket"]


async def test_a_client_may_connect_before_anything_is_served(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    async with ControlClient(str(path)) as client:
        watching = asyncio.ensure_future(anext(client.watch()))
        await asyncio.sleep(0.01)
        async with ControlServer(SmallEngine(), listener):
            assert (await watching).app_id == "1"


async def test_nobody_there_is_an_error_in_words(tmp_path: Path) -> None:
    async with ControlClient(str(tmp_path / "none.sock")) as client:
        with pytest.raises(HookscopeError, match="does not answer"):
            await client.stop("x")
        assert [status async for status in client.watch()] == []


def test_a_status_survives_its_journey() -> None:
    status = Status(app_id="1")
    for item in (
        ReceiverListening(url="u"),
        SubscriptionActive(object="page", fields=("feed",), callback_url="https://x"),
        Notice(level=Level.WARNING, message="m"),
        Captured(capture=make_capture(id=3)),
    ):
        status = advance(status, item)
    assert Status.from_json(json.loads(json.dumps(status.to_json()))) == status


async def test_the_bytes_of_a_notification_are_triggered_as_they_are(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, path), ControlClient(path) as client:
        body = b"x" * (3 << 20)
        delivery = await client.trigger(body)
        assert (delivery.capture_id, delivery.cause, delivery.status) == (len(body), "trigger", 200)
        with pytest.raises(HookscopeError, match="still starting"):
            await client.trigger(b"no")
        with pytest.raises(HookscopeError, match="larger than 16 MiB"):
            await client.trigger(b"x" * (17 << 20))


async def test_a_view_that_is_slower_than_the_run_gets_the_newest_status(tmp_path: Path) -> None:
    statuses = [Status(captures=number) for number in range(3)]

    async def watch(_: web.Request) -> web.Response:
        return web.Response(body=b"".join(json.dumps(status.to_json()).encode() + b"\n" for status in statuses))

    app = web.Application()
    app.router.add_get("/watch", watch)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "s")).start()
    async with ControlClient(str(tmp_path / "s")) as client:
        assert [status async for status in client.watch()] == statuses[-1:]
    await runner.cleanup()
