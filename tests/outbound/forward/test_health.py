"""Whether an application is reachable, from looks at it and from deliveries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hookscope.model.feed import Feed, Subscriber
from hookscope.model.record import Cause, Delivery, Failure
from hookscope.model.run_events import Notice, TargetSeen
from hookscope.outbound.forward.health import Health
from hookscope.outbound.http.sender import Sender
from tests.support.application import Application
from tests.support.captures import WHEN
from tests.support.certificates import Authority

TARGET = "http://localhost:3000/"


@asynccontextmanager
async def watched(target: str, *, holds: bool = True) -> AsyncIterator[tuple[Health, Subscriber]]:
    feed = Feed()
    items = feed.subscribe()
    async with Sender() as sender:
        yield Health(target, sender=sender, publish=feed.publish, holds=holds), items


def delivered(status: int | None = None, **outcome: Any) -> Delivery:
    return Delivery(
        capture_id=1, cause=Cause.FORWARD, target=TARGET, sent_at=WHEN, status=status, elapsed_ms=1.0, **outcome
    )


UNREACHABLE = delivered(failure=Failure.UNREACHABLE, error="connection refused")


async def told(items: Subscriber) -> list[str]:
    return [item.message for item in await items.read() if isinstance(item, Notice)]


async def test_it_goes_down_and_comes_back_and_says_so_once() -> None:
    app = Application()
    async with app:
        pass
    async with watched(app.url) as (health, items):
        await health.look()
        await health.look()
        down = health.is_down
        async with app:
            await health.look()
        assert down
        assert not health.is_down
        assert app.received == []
        assert await told(items) == [f"{app.url} is down: connection refused", f"{app.url} can be reached again"]


async def test_a_certificate_that_is_not_accepted_is_down_before_anything_is_sent(tmp_path: Path) -> None:
    tls = Authority(tmp_path).self_signed_server("localhost")
    async with Application(tls=tls) as app, watched(app.url) as (health, items):
        await health.look()
        await health.look()
        assert health.is_down
        (message,) = await told(items)
        assert "certificate is not accepted" in message


async def test_a_proxy_with_nothing_behind_it_is_down() -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with watched(f"http://127.0.0.1:{port}/") as (health, items):
            await health.look()
            assert health.is_down
            (message,) = await told(items)
            assert "closes connections before anything is sent" in message


@pytest.mark.parametrize(
    ("holds", "hint"), [(True, "new notifications are held for it and sent in order"), (False, "Meta gets 502 and")]
)
async def test_a_delivery_that_cannot_be_made_takes_it_down_and_says_what_follows(holds: bool, hint: str) -> None:
    async with watched(TARGET, holds=holds) as (health, items):
        health.judge(UNREACHABLE)
        health.judge(UNREACHABLE)
        assert health.is_down
        (notice,) = [item for item in await items.read() if isinstance(item, Notice)]
        assert notice.message == f"{TARGET} is down: connection refused"
        assert hint in (notice.hint or "")


async def test_any_answer_brings_it_up_again_and_a_delivery_without_one_changes_nothing() -> None:
    async with watched(TARGET) as (health, items):
        was_down = []
        health.judge(UNREACHABLE)
        health.hold(2)
        for delivery in (
            delivered(failure=Failure.TIMEOUT, error="no answer within 20 s"),
            delivered(status=500),
            delivered(failure=Failure.BROKEN, error="closed"),
        ):
            health.judge(delivery)
            was_down.append(health.is_down)
        assert was_down == [True, False, False]
        assert (await told(items))[1:] == [f"{TARGET} can be reached again; 2 notifications held for it will be sent"]


async def test_one_that_is_up_from_the_beginning_is_not_announced_as_back() -> None:
    async with watched(TARGET) as (health, items):
        health.judge(delivered(status=200))
        health.judge(delivered(status=200))
        (seen,) = await items.read()
        assert isinstance(seen, TargetSeen)
        assert seen.up
