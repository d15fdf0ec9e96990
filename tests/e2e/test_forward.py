"""From the receiver to the developer's own applications."""

import signal

import pytest

from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.captures import feed_body
from tests.support.program import Home, call, start
from tests.support.until import until


async def test_every_application_gets_what_its_route_wants(home: Home, graph: Graph) -> None:
    async with Application() as feed, Application() as all_:
        arguments = ("run", "--json", "-f", f"special=>{feed.url}", "-f", all_.url, "--header", "X-Stage: dev")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body("ordinary"))
            await graph.deliver(feed_body("special"))
            await until(lambda: len(all_.received) == 2 and len(feed.received) == 1)
            run.send(signal.SIGINT)
            assert await run.end() == 0
        assert [sent.body for sent in feed.received] == [feed_body("special")]
        assert {sent.header("X-Stage") for sent in all_.received} == {"dev"}


async def test_an_application_that_comes_late_gets_everything_in_order_and_once(home: Home, graph: Graph) -> None:
    app = Application()
    async with app:
        pass
    bodies = [feed_body(f"message {number}") for number in range(60)]
    async with start(home, "run", "--json", "-f", app.url, environment=graph.environment) as run:
        await run.next("subscription.active")
        for body in bodies[:20]:
            assert await graph.deliver(body) == 200
        async with app:
            await until(lambda: len(app.received) == 20)
        for body in bodies[20:40]:
            assert await graph.deliver(body) == 200
        await run.kill()  # nothing of it may depend on a good end
    async with app, start(home, "run", "--json", "-f", app.url, environment=graph.environment) as run:
        await until(lambda: len(app.received) == 40)
        await run.next("subscription.active")
        for body in bodies[40:]:
            assert await graph.deliver(body) == 200
        await until(lambda: len(app.received) == 60)
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert [sent.body for sent in app.received] == bodies


async def test_meta_gets_the_applications_own_answer(home: Home, graph: Graph) -> None:
    app = Application(status=500, answer=b"broken on purpose")
    async with app, start(home, "run", "--json", "--ack", "app", "-f", app.url, environment=graph.environment) as run:
        await run.next("subscription.active")
        assert await graph.deliver(feed_body("a")) == 500
        app.status = 200
        assert await graph.deliver(feed_body("b")) == 200
        first = await run.next("capture", kind="notification")
        assert (first["reply"]["status"], first["reply"]["body"]) == (500, "broken on purpose")
        run.send(signal.SIGINT)
        assert await run.end() == 0


async def test_a_handshake_tries_the_applications_own_code(home: Home, graph: Graph) -> None:
    async with Application(status=403, answer=b"") as app:
        arguments = ("run", "--json", "-f", app.url, "--forward-handshakes")
        async with start(home, *arguments, environment=graph.environment) as run:
            notice = await run.next("notice")
            assert "Meta would refuse the handshake" in notice["message"]
            await run.next("subscription.active")
            run.send(signal.SIGINT)
            assert await run.end() == 0
    assert {sent.method for sent in app.received} == {"GET"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ack", "app"),
        ("--forward-handshakes",),
        ("-f", "=>3000"),
        ("-f", "field:=>3000"),
        ("-f", "nonsense:x=>3000"),
        ("-f", "3000", "--header", "no colon"),
        ("-f", "3000", "--header", "Host: x"),
        ("-f", "3000", "--max-connections", "0"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_happens(
    home: Home, graph: Graph, arguments: tuple[str, ...]
) -> None:
    done = await call(home, "run", *arguments, environment=graph.environment)
    assert done.code == 2
    assert graph.registered == {}
