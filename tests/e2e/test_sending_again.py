"""What a view asks of a run: a capture sent again, as it was or edited."""

import json

from hookscope.capture.record import Source
from hookscope.control import ControlClient
from hookscope.meta.signature import SHA256_HEADER, sign
from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.captures import feed_body
from tests.support.program import Home, start


def control_socket(home: Home) -> str:
    """The socket of the only run that goes."""
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
                await client.replay(again["replay_id"])
    assert (len(app.received), other.received) == (3, [])


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
            kept = await run.next("capture", id=edited["replay_id"])
        forwarded, again, changed = app.received
    assert (same["status"], edited["status"]) == (200, 200)
    assert again.headers == forwarded.headers
    assert changed.body == feed_body("edited")
    assert changed.header(SHA256_HEADER) == sign(feed_body("edited"), graph.secret)
    assert (kept["source"], kept["replay_of"], kept["signature"]["verdict"]) == (Source.REPLAY, 2, "valid")
