"""Runs within a program: a real engine, on a real sandbox."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

import hookscope
from hookscope import run_registry
from hookscope.api.runs import RunHandle
from hookscope.control.client import ControlClient
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Cause, Kind, Run, Source
from hookscope.model.run_events import Captured
from tests.support.captures import WHEN, feed_body, make_capture


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without settings, whose files are below a folder of its own."""
    for name in ("HOOKSCOPE_APP_ID", "HOOKSCOPE_APP_SECRET", "HOOKSCOPE_EXTRA_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path / "state" / "hookscope"


@pytest.fixture
async def sandbox() -> AsyncIterator[hookscope.Sandbox]:
    async with hookscope.Sandbox() as served:
        yield served


async def subscriptions(sandbox: hookscope.Sandbox) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/sandbox/state") as response:
        found: list[dict[str, Any]] = (await response.json())["subscriptions"]
        return found


async def test_captures_are_iterated_as_they_come(sandbox: hookscope.Sandbox, home: Path) -> None:
    async with hookscope.run(sandbox=sandbox, fields=["feed", "messages"]) as live:
        (registered,) = await subscriptions(sandbox)
        assert registered["callback_url"] == live.callback_url
        (sent,) = await sandbox.send("page.feed.comment")
        assert (sent["outcome"], sent["status"]) == ("delivered", 200)
        handshake, comment = await anext(live), await anext(live)
        assert (handshake.kind, comment.kind) == (Kind.HANDSHAKE, Kind.NOTIFICATION)
        assert comment.signature
        assert comment.events[0].summary.startswith("comment add by ")
        triggered = await live.trigger("page.messages.text")
        assert (triggered.status, triggered.cause) == (200, Cause.TRIGGER)
        async for capture in live:
            assert (capture.id, capture.source) == (triggered.capture_id, Source.TRIGGER)
            break
        with pytest.raises(hookscope.UsageError):
            await live.replay(2)  # It went nowhere.
    assert await subscriptions(sandbox) == []
    assert [capture.id async for capture in live] == []
    with hookscope.open_journal() as journal:
        assert [capture.id for capture in journal.captures("kind:notification")] == [2, 3]
    assert not [*(home / "runs").iterdir()]


async def test_a_page_is_installed_for_the_run_and_a_lead_is_fetched(sandbox: hookscope.Sandbox) -> None:
    page = sandbox.address.page_id

    async def fields() -> list[str]:
        async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/sandbox/state") as response:
            (found,) = (await response.json())["pages"]
            return list(found["installed"].get(sandbox.app_id, []))

    async with aiohttp.ClientSession() as session:
        form = {"subscribed_fields": "feed", "access_token": sandbox.address.page_token.reveal()}
        await session.post(f"{sandbox.url}/{page}/subscribed_apps", data=form)
    async with hookscope.run(sandbox=sandbox, fields="leadgen", pages=page) as live:
        assert await fields() == ["feed", "leadgen"]
        await sandbox.send("page.leadgen")
        capture = [await anext(live), await anext(live)][-1]
        (lead,) = await live.fetch(capture.id)
        assert (lead.kind, lead.answer["field_data"][0]["name"]) == ("lead", "full_name")
    assert await fields() == ["feed"]


async def test_a_reader_that_gives_up_waiting_loses_nothing(sandbox: hookscope.Sandbox) -> None:
    async with hookscope.run(sandbox=sandbox, fields="feed") as live:
        await anext(live)
        waiting = asyncio.ensure_future(anext(live))
        await asyncio.sleep(0)
        waiting.cancel()
        await sandbox.send("page.feed.comment", count=3)
        assert [(await anext(live)).id for _ in range(3)] == [2, 3, 4]


async def test_a_run_of_its_own_sandbox_gets_the_demo() -> None:
    async with hookscope.run(sandbox=True, app_secret="0123456789abcdef") as live:
        captures = [await anext(live) for _ in range(3)]
    assert [capture.source for capture in captures] == [Source.SANDBOX] * 3
    body = captures[1].request
    assert hookscope.verify(body.headers, body.body, "0123456789abcdef")


@pytest.mark.parametrize("way", ["exception", "cancellation"])
async def test_everything_is_put_back_however_it_is_left(sandbox: hookscope.Sandbox, way: str) -> None:
    entered = asyncio.Event()

    async def use() -> None:
        async with hookscope.run(sandbox=sandbox, fields="feed"):
            entered.set()
            if way == "exception":
                raise RuntimeError("a test failed")
            await asyncio.Event().wait()

    task = asyncio.create_task(use())
    await entered.wait()
    if way == "cancellation":
        assert len(await subscriptions(sandbox)) == 1
        task.cancel()
    with pytest.raises(RuntimeError if way == "exception" else asyncio.CancelledError):
        await task
    assert await subscriptions(sandbox) == []


async def test_a_second_cancellation_waits_for_the_way_back_too(sandbox: hookscope.Sandbox) -> None:
    entered, leaving = asyncio.Event(), asyncio.Event()

    async def use() -> None:
        async with hookscope.run(sandbox=sandbox, fields="feed"):
            entered.set()
            try:
                await asyncio.Event().wait()
            finally:
                leaving.set()

    task = asyncio.create_task(use())
    await entered.wait()
    task.cancel()
    await leaving.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await subscriptions(sandbox) == []


async def test_a_run_that_another_command_stops_ends_the_iteration(sandbox: hookscope.Sandbox) -> None:
    async with hookscope.run(sandbox=sandbox, fields="feed") as live:
        (known,) = run_registry.find()
        async with ControlClient(known.address) as client:
            await client.stop("a view asked for it")
        assert [capture.kind async for capture in live] == [Kind.HANDSHAKE]
        assert await subscriptions(sandbox) == []


async def test_somebody_else_s_callback_is_left_alone(sandbox: hookscope.Sandbox) -> None:
    theirs = {"object": "page", "callback_url": "https://hooks.example.com/x", "fields": ["feed"]}
    async with aiohttp.ClientSession() as session:
        await session.post(f"{sandbox.url}/sandbox/subscriptions", json=theirs)
    with pytest.raises(hookscope.ForeignCallbackError) as raised:
        async with hookscope.run(sandbox=sandbox, fields="feed"):
            raise AssertionError("it was entered")
    assert raised.value.code == 9
    assert "takeover" in str(raised.value.hint)
    (left,) = await subscriptions(sandbox)
    assert left["callback_url"] == theirs["callback_url"]


async def test_a_refusal_of_the_graph_api_is_raised(sandbox: hookscope.Sandbox) -> None:
    options: Any = {"app_id": sandbox.app_id, "graph_url": sandbox.url, "tunnel": "none"}
    with pytest.raises(hookscope.GraphError) as raised:
        async with hookscope.run(app_secret="not-the-secret", **options):
            raise AssertionError("it was entered")
    assert raised.value.code == 4


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "which app"),
        ({"app_id": "12"}, "app secret is missing"),
        ({"app_id": "12", "app_secret": " "}, "is empty"),
        ({"app_id": "1 2", "app_secret": "secret"}, "not an app id"),
        ({"app_id": "12", "app_secret": "secret", "tunnel": "none"}, "without a tunnel"),
        ({"sandbox": True, "ack": "never"}, "not a way to answer"),
        ({"sandbox": True, "forward_to": ["http://me:secret@localhost"]}, "a user or password"),
        ({"sandbox": True, "forward_to": "feild:x=>3000"}, "unknown term"),
    ],
)
def test_invalid_input_is_refused_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(hookscope.UsageError, match=told) as raised:
        hookscope.run(**options)
    assert raised.value.code == 2


async def test_a_sandbox_says_what_it_cannot_send(sandbox: hookscope.Sandbox) -> None:
    with pytest.raises(hookscope.HookscopeError, match="sent nothing"):
        await sandbox.send("page.feed.comment")
    with pytest.raises(hookscope.UsageError, match="fed"):
        await sandbox.send("page.fed")
    with pytest.raises(hookscope.HookscopeError, match="is not running"):
        hookscope.run(sandbox=hookscope.Sandbox())


async def test_items_that_a_slow_reader_missed_come_from_the_journal(tmp_path: Path) -> None:
    feed, path = Feed(), tmp_path / "journal.db"
    engine: Any = SimpleNamespace(board=SimpleNamespace(status=SimpleNamespace(run_id=1)))
    async with JournalWriter(path) as journal:
        runs = [
            await journal.begin_run(Run(app_id="1", key=key, objects=(), targets=(), started_at=WHEN)) for key in "ab"
        ]
        with feed.subscribe(limit=2) as subscriber:
            for number in range(50):  # Another run writes into the same journal.
                run = runs[number % 5 == 4]
                kept = await journal.append(replace(make_capture(feed_body(str(number))), run_id=run.id))
                if run is runs[0]:
                    feed.publish(Captured(capture=kept))
            feed.close()
            found = [capture.id async for capture in RunHandle(engine, subscriber, path)]
    assert found == [number for number in range(1, 51) if number % 5]


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_count_that_cannot_be_is_not_taken_for_a_wrong_sample(sandbox: hookscope.Sandbox, count: int) -> None:
    with pytest.raises(hookscope.UsageError, match="`count` must be a number") as refused:
        await sandbox.send("page.feed.comment", count=count)
    assert refused.value.hint == "give another count"


async def test_a_sandbox_that_has_ended_says_so() -> None:
    async with hookscope.Sandbox() as sandbox:
        pass
    with pytest.raises(hookscope.HookscopeError, match="the sandbox is not running"):
        await sandbox.send("page.feed.comment")


@pytest.mark.parametrize("port", [-1, 65536])
async def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(hookscope.UsageError, match=f"--port {port} is not a port"):
        hookscope.run(sandbox=True, port=port)
    with pytest.raises(hookscope.UsageError, match=f"cannot listen on 127.0.0.1:{port}"):
        async with hookscope.Sandbox(port=port):
            pass


def test_an_unknown_tunnel_is_refused_at_once() -> None:
    with pytest.raises(hookscope.UsageError, match="there is no tunnel 'ngork'"):
        hookscope.run(app_id="1234567890", app_secret="0" * 32, tunnel="ngork")
