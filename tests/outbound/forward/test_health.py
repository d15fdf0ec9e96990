import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hookscope.model.feed import Feed, Subscriber
from hookscope.model.run_events import Notice
from hookscope.outbound.forward.health import Health
from hookscope.outbound.http.sender import Sender
from tests.support.application import Application
from tests.support.certificates import Authority


@asynccontextmanager
async def watched(target: str) -> AsyncIterator[tuple[Health, Subscriber]]:
    feed = Feed()
    items = feed.subscribe()
    async with Sender() as sender:
        yield Health(target, sender=sender, publish=feed.publish), items


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
