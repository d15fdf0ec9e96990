"""From the receiver to the developer's own applications."""

import asyncio
import os
import signal

import pytest
from aiohttp import ClientSession

from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.captures import feed_body, signed
from tests.support.processes import child_of, is_running, needs_proc
from tests.support.program import Home, call, start
from tests.support.slow import slow_after
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


@pytest.mark.slow
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


async def test_the_applications_answer_keeps_its_type(home: Home, graph: Graph) -> None:
    app = Application(answer=b'{"ok":true}', content_type="application/json; charset=utf-8")
    async with app, start(home, "run", "--json", "--ack", "app", "-f", app.url, environment=graph.environment) as run:
        url = (await run.next("subscription.active"))["callback_url"]
        body = feed_body("a")
        secret = graph.environment["HOOKSCOPE_APP_SECRET"]
        async with ClientSession() as client:
            for expected in (app.answer, b"OK"):
                app.answer = expected
                async with client.post(url, data=body, headers=signed(body, secret)) as answer:
                    assert (await answer.read(), answer.headers["Content-Type"]) == (expected, app.content_type)
            async with client.post(url, data=body) as refused:
                assert (refused.status, refused.headers["Content-Type"]) == (401, "text/plain")
        run.send(signal.SIGINT)
        assert await run.end() == 0


async def test_a_run_that_ends_answers_for_an_application_that_does_not(home: Home, graph: Graph) -> None:
    app = Application(hold=asyncio.Event())
    async with app, start(home, "run", "--json", "--ack", "app", "-f", app.url, environment=graph.environment) as run:
        await run.next("subscription.active")
        asking = asyncio.create_task(graph.deliver(feed_body("a")))
        await until(lambda: app.received)
        run.send(signal.SIGTERM)
        assert await asking == 502
        assert await run.end() == 0
        assert (await run.next("capture", kind="notification"))["reply"]["status"] == 502
        assert (await run.next("delivery"))["error"] == "the run ended before it answered"


async def test_the_application_of_another_route_gets_its_copy_of_what_one_has_answered(
    home: Home, graph: Graph
) -> None:
    async with Application() as answering, Application() as other:
        arguments = ("run", "--json", "--ack", "app", "-f", answering.url, "-f", f"special=>{other.url}")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("subscription.active")
            answering.status = 500
            assert await graph.deliver(feed_body("special, refused")) == 500
            answering.status = 200
            assert await graph.deliver(feed_body("special, taken")) == 200
            assert await graph.deliver(feed_body("ordinary")) == 200
            await until(lambda: other.received)
            run.send(signal.SIGTERM)
            assert await run.end() == 0
    assert len(answering.received) == 3
    assert [sent.body for sent in other.received] == [feed_body("special, taken")]


@pytest.mark.slow
async def test_runs_beside_each_other_do_not_deliver_what_the_others_hold(home: Home, graph: Graph) -> None:
    app = Application()
    async with app:
        pass
    pages, users = ([feed_body(f"{topic} {number}") for number in range(10)] for topic in ("page", "user"))
    first = ("run", "--json", "-f", app.url)
    second = (*first, "--object", "user", "--fields", "feed")
    async with start(home, *first, environment=graph.environment) as killed:
        await killed.next("subscription.active")
        for body in pages[:5]:
            await graph.deliver(body)
        await killed.kill()
    async with start(home, *first, environment=graph.environment) as one:
        await one.next("subscription.active")
        async with start(home, *second, environment=graph.environment) as another:
            await another.next("subscription.active")
            for body in pages[5:]:
                await graph.deliver(body)
            for body in users[:5]:
                await graph.deliver(body, "user")
            await another.kill()  # its heir is the next one
            async with start(home, *second, environment=graph.environment) as next_:
                await next_.next("subscription.active")
                for body in users[5:]:
                    await graph.deliver(body, "user")
                async with app:
                    await until(lambda: len(app.received) >= 20)
                    for run in (one, next_):
                        run.send(signal.SIGTERM)
                        assert await run.end() == 0
    received = [sent.body for sent in app.received]
    assert [body for body in received if body in pages] == pages
    assert [body for body in received if body in users] == users
    assert len(received) == 20


@pytest.mark.slow
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
    slow_after(
        3,
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
    ),
)
async def test_invalid_input_is_refused_before_anything_happens(
    home: Home, graph: Graph, arguments: tuple[str, ...]
) -> None:
    done = await call(home, "run", *arguments, environment=graph.environment)
    assert done.code == 2
    assert graph.registered == {}


@pytest.mark.slow
async def test_the_next_sandbox_delivers_what_one_has_held(home: Home) -> None:
    app = Application()
    async with app:
        pass
    held = await call(home, "run", "--sandbox", "--json", "-f", app.url, "--exit-after", "2")
    assert held.code == 0
    assert any("the next run in the sandbox" in (one.get("hint") or "") for one in held.objects)
    first = [one["request"]["body"] for one in held.objects if one.get("kind") == "notification"]
    async with app:
        assert (await call(home, "run", "--sandbox", "--json", "-f", app.url, "--exit-after", "1")).code == 0
    assert [sent.body.decode() for sent in app.received][:2] == first
    assert len(app.received) == 3


@needs_proc
async def test_the_process_that_forwards_goes_with_the_run_however_that_ends(home: Home, graph: Graph) -> None:
    async with Application() as app, start(home, "run", "--json", "-f", app.url, environment=graph.environment) as run:
        await run.next("subscription.active")
        forwarding = child_of(run.process.pid, "forward.worker")
        await run.kill()
        await until(lambda: not is_running(forwarding))


@pytest.mark.slow
@needs_proc
async def test_a_run_whose_forwarding_is_killed_goes_on_with_another(home: Home, graph: Graph) -> None:
    bodies = [feed_body(f"message {number}") for number in range(20)]
    async with Application() as app, start(home, "run", "--json", "-f", app.url, environment=graph.environment) as run:
        await run.next("subscription.active")
        for number, body in enumerate(bodies):
            assert await graph.deliver(body) == 200
            if number == 10:
                os.kill(child_of(run.process.pid, "forward.worker"), signal.SIGKILL)
        told = await run.next("notice")
        assert "the forwarding process has ended (killed by SIGKILL)" in told["message"]
        await until(lambda: len({sent.body for sent in app.received}) == 20)
        run.send(signal.SIGINT)
        assert await run.end() == 0
        assert len(run.of("notice")) == 1
        assert run.of("subscription.removed")
    assert list(dict.fromkeys(sent.body for sent in app.received)) == bodies
