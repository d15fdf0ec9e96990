"""Requests of a view to a run: a capture sent again, unchanged or edited."""

import json
import signal

import pytest

from hookscope.control.client import ControlClient
from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.model.record import Source
from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.captures import feed_body
from tests.support.program import Home, call, start


def control_socket(home: Home) -> str:
    """Return the socket of the only live run."""
    (file,) = (home.state / "runs").glob("*.json")
    address: str = json.loads(file.read_bytes())["address"]
    return address


async def test_a_replay_of_a_replay_goes_where_the_original_went(home: Home, graph: Graph) -> None:
    async with Application() as other, Application() as app:
        routes = ("-f", f"field:messages=>{other.url}", "-f", f"field:feed=>{app.url}")
        async with start(home, "run", "--json", *routes, "--exit-after", "99", environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body())
            await run.next("delivery")
            async with ControlClient(control_socket(home)) as client:
                again = await client.replay(2)
                await client.replay(again.replay_id or 0)
    assert (len(app.received), other.received) == (3, [])


@pytest.mark.slow
async def test_the_command_and_the_socket_send_a_capture_to_the_application_of_its_own_run(
    home: Home, graph: Graph
) -> None:
    async with Application() as first, Application() as second:
        async with start(home, "run", "--json", "-f", first.url, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body())
            await run.next("delivery")
            run.send(signal.SIGINT)
            assert await run.end() == 0
        async with start(home, "run", "--json", "-f", second.url, environment=graph.environment) as run:
            await run.next("subscription.active")
            async with ControlClient(control_socket(home)) as client:
                assert (await client.replay(2)).target == first.url
            assert (await call(home, "replay", "2")).code == 0
    assert (len(first.received), second.received) == (3, [])


async def test_a_run_shows_which_of_its_captures_another_process_replays(home: Home, graph: Graph) -> None:
    async with Application() as app:
        arguments = ("run", "--json", "-f", app.url, "--exit-after", "2")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body())
            await run.next("delivery")
            run.send(signal.SIGINT)
            assert await run.end() == 0
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body("again"))
            await run.next("delivery")
            number = run.of("capture")[-1]["id"]
            assert (await call(home, "replay", "2")).code == 0  # That run has ended; its captures are not of this one.
            assert (await call(home, "replay", str(number), "--repeat", "20")).code == 0
            await run.next("delivery", cause="replay", after=19)
            captures, deliveries = run.of("capture"), run.of("delivery")
    replays = [one for one in captures if one["source"] == "replay"]
    assert [one["replay_of"] for one in replays] == [number] * 20
    sent = [one for one in deliveries if one["cause"] == "replay"]
    assert [one["replay_id"] for one in sent] == [one["id"] for one in replays]
    assert {(one["capture_id"], one["target"], one["status"]) for one in sent} == {(number, app.url, 200)}


@pytest.mark.slow
async def test_a_suspended_run_does_not_keep_others_from_replaying(home: Home, graph: Graph) -> None:
    async with Application() as app:
        async with start(home, "run", "--json", "-f", app.url, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body())
            await run.next("delivery")
            run.send(signal.SIGSTOP)
            done = await call(home, "replay", "2", "--repeat", "200", "--concurrency", "2")
            run.send(signal.SIGCONT)
        assert (done.code, len(app.received)) == (0, 201)


async def test_a_replayed_handshake_is_not_sent_once_more(home: Home, graph: Graph) -> None:
    async with Application() as app:
        arguments = ("run", "--json", "-f", app.url, "--forward-handshakes", "--verify-token", "chosen")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("delivery", cause="forward")
            async with ControlClient(control_socket(home)) as client:
                await client.replay(1)
            assert (await call(home, "replay", "1")).code == 8  # The app does not answer as it must.
            await run.next("delivery", cause="replay", after=1)
            run.send(signal.SIGINT)
            assert await run.end() == 0
        assert [one["cause"] for one in run.of("delivery")] == ["forward", "replay", "replay"]
        assert len(app.received) == 3


async def test_an_edited_body_is_signed_again_by_the_run(home: Home, graph: Graph) -> None:
    async with Application() as app:
        arguments = ("run", "--json", "-f", app.url, "--exit-after", "99")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body())
            await run.next("delivery")
            async with ControlClient(control_socket(home)) as client:
                same = await client.replay(2)
                edited = await client.replay(2, body=feed_body("edited"))
            kept = await run.next("capture", id=edited.replay_id)
        forwarded, again, changed = app.received
    assert (same.status, edited.status) == (200, 200)
    assert again.headers == forwarded.headers
    assert changed.body == feed_body("edited")
    assert changed.header(SHA256_HEADER) == sign(feed_body("edited"), graph.secret)
    assert (kept["source"], kept["replay_of"], kept["signature"]["verdict"]) == (Source.REPLAY, 2, "valid")


@pytest.mark.slow
async def test_notifications_that_the_app_failed_on_are_sent_again(home: Home, graph: Graph) -> None:
    app = Application()
    async with app:
        async with start(home, "run", "--json", "-f", app.url, environment=graph.environment) as run:
            await run.next("subscription.active")
            for number, app.status in enumerate((200, 503, 500)):
                await graph.deliver(feed_body(f"message {number}"))
                await run.next("delivery", after=number)
            run.send(signal.SIGINT)
            assert await run.end() == 0
        app.status = 200
        again = await call(home, "replay", "--filter", "app:5xx", "--json")
    assert (again.code, again.objects[-1]["2xx"]) == (0, 2)
    assert [sent.body for sent in app.received[3:]] == [feed_body("message 1"), feed_body("message 2")]
    assert (await call(home, "replay", "--filter", "app:5xx")).code == 2  # There is none anymore.
    assert len((await call(home, "ls", "--filter", "app:2xx", "--json")).objects) == 3


@pytest.mark.parametrize("arguments", [("--expect", "app:2xx"), ("-f", "not app:200=>3000")])
async def test_the_apps_answer_is_not_known_on_arrival(home: Home, arguments: tuple[str, str]) -> None:
    done = await call(home, "run", "--sandbox", "--json", *arguments)
    assert done.code == 2
    assert "not known when a notification comes" in done.stderr
