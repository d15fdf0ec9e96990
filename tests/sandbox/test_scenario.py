"""The demo, on a fake clock and over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from hookscope.meta import signature
from hookscope.meta.notification import parse
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from tests.sandbox.callback import Callback, Received
from tests.sandbox.conftest import Graph
from tests.sandbox.fake_clock import FakeClock
from tests.support.identities import identities
from tests.support.until import until


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[SandboxServer]:
    async with SandboxServer(clock=clock, scenario=True) as server:
        yield server


@pytest.fixture
async def graph(sandbox: SandboxServer) -> AsyncIterator[Graph]:
    async with ClientSession() as session:
        yield Graph(session, sandbox)


async def _play(clock: FakeClock, callback: Callback, steps: int) -> list[float]:
    """Let so many things be sent, and tell the pauses before them."""
    pauses = []
    for _ in range(steps):
        expected = len(callback.events) + 1
        pauses.append(await clock.run_to_next())
        await callback.wait_for_events(expected)
    return pauses


def _describe(received: Received, secret: str) -> str:
    if received.method == "GET":
        return f"stray {received.target}"
    if signature.judge(received.headers, received.body, [secret]).verdict != "valid":
        return "forged"
    events = parse(received.body).events
    kind = "test " if events[0].is_test else ""
    return kind + "+".join(event.field for event in events)


async def _told(graph: Graph, clock: FakeClock, callback: Callback, steps: int) -> list[str]:
    await _play(clock, callback, steps)
    secret = graph.server.world.app.secret.reveal()
    return [_describe(received, secret) for received in callback.events]


async def test_a_page_gets_the_whole_story_in_order(graph: Graph, clock: FakeClock, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="leadgen,messages,feed")

    assert await _told(graph, clock, callback, 8) == [
        "feed",
        "messages",
        "leadgen",
        "messages+leadgen+feed",
        "test feed",
        "feed",
        "forged",
        "stray /wp-login.php",
    ]
    first, message = callback.posts[0], callback.posts[1]
    assert first.json()["entry"][0]["changes"][0]["value"]["item"] == "comment"
    assert "[bold]" in message.json()["entry"][0]["messaging"][0]["message"]["text"]
    assert identities(callback.posts[5].body) == identities(first.body)
    assert callback.posts[5].body != first.body
    assert len(callback.posts[3].json()["entry"]) == 3


async def test_the_first_event_comes_within_a_second_and_then_one_every_two(
    graph: Graph, clock: FakeClock, callback: Callback
) -> None:
    await graph.subscribe(callback.url)

    pauses = await _play(clock, callback, 10)

    assert pauses[0] < 1
    assert pauses[1:] == [2] * 9


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        ("page", "feed"),
        ("page", "parking"),
        ("page", "unheard_of"),
        ("page", "feed,messages,leadgen,mention,ratings,message_reads,messaging_postbacks,standby"),
        ("instagram", "comments,messages,mentions,story_insights"),
        ("whatsapp_business_account", "messages,message_template_status_update"),
        ("user", "photos,email,likes"),
        ("permissions", "connected"),
        ("ad_account", "with_issues_ad_objects"),
    ],
)
async def test_the_first_five_are_valid_notifications_of_what_is_subscribed(
    graph: Graph, clock: FakeClock, callback: Callback, topic: str, fields: str
) -> None:
    graph.server.knobs.any_app_field = True
    await graph.subscribe(callback.url, object=topic, fields=fields)

    await _play(clock, callback, 5)

    secret = graph.server.world.app.secret.reveal()
    for received in callback.events:
        assert signature.judge(received.headers, received.body, [secret]).verdict == "valid"
        events = parse(received.body).events
        assert {event.object for event in events} == {topic}
        assert {event.field for event in events} <= set(fields.split(","))
    known = [found for received in callback.events if (found := identities(received.body)) != (None,)]
    assert len(set(known)) == len(known)


@pytest.mark.parametrize("topic", ["page", "instagram", "user", "ad_account"])
async def test_forgeries_and_strays_come_whatever_is_subscribed(
    graph: Graph, clock: FakeClock, callback: Callback, topic: str
) -> None:
    graph.server.knobs.any_app_field = True
    await graph.subscribe(callback.url, object=topic, fields="feed")

    told = await _told(graph, clock, callback, 8)

    assert told[-2:] == ["forged", "stray /wp-login.php"]


async def test_a_round_stays_within_a_minute_whatever_is_subscribed(
    graph: Graph, clock: FakeClock, callback: Callback
) -> None:
    everything = ",".join(graph.server.world.page.installed[graph.app_id])
    await graph.subscribe(callback.url, fields=everything)
    began = clock.now()

    told: list[str] = []
    while not any(text.startswith("stray") for text in told):
        told = await _told(graph, clock, callback, 1)

    assert (clock.now() - began).total_seconds() < 60


async def test_a_new_round_repeats_nothing_of_the_one_before(
    graph: Graph, clock: FakeClock, callback: Callback
) -> None:
    await graph.subscribe(callback.url, fields="feed,messages,leadgen")

    await _play(clock, callback, 24)

    secret = graph.server.world.app.secret.reveal()
    valid = [post for post in callback.posts if signature.judge(post.headers, post.body, [secret]).verdict == "valid"]
    sent = [found for post in valid if (found := identities(post.body)) != (None,)]
    assert len(sent) == 3 * 5
    assert len(set(sent)) == 3 * 4  # each round has one duplicate of its own


async def test_an_update_of_a_removed_subscription_is_never_sent(
    graph: Graph, clock: FakeClock, callback: Callback
) -> None:
    await graph.subscribe(callback.url)
    await _play(clock, callback, 2)

    await graph.call("DELETE", graph.edge, params={"object": "page"})

    await until(lambda: clock.sleepers == 0)
    assert len(callback.events) == 2


async def test_a_new_url_is_followed_at_once(graph: Graph, clock: FakeClock, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await _play(clock, callback, 2)
    async with Callback() as other:
        await graph.subscribe(other.url)

        assert (await _play(clock, other, 1))[0] < 1
    assert len(callback.events) == 2


async def test_several_objects_are_played_to_side_by_side(graph: Graph, clock: FakeClock, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await graph.subscribe(callback.url, object="user", fields="photos")

    await _play(clock, callback, 6)

    assert {parse(received.body).events[0].object for received in callback.posts} == {"page", "user"}


async def test_somebody_elses_subscription_is_left_in_peace(graph: Graph, clock: FakeClock, callback: Callback) -> None:
    await graph.admin("subscriptions", callback_url=callback.url, fields=["feed"])

    assert clock.sleepers == 0


async def test_fields_that_the_page_does_not_let_through_are_not_sent(
    graph: Graph, clock: FakeClock, callback: Callback
) -> None:
    await graph.subscribe(callback.url, fields="feed,messages")
    path = f"/v25.0/{graph.page_id}/subscribed_apps"
    await graph.call("POST", path, token=graph.page_token, data={"subscribed_fields": "messages"})

    told = await _told(graph, clock, callback, 8)

    assert set(told[:6]) == {"messages", "messages+messages+messages", "test messages"}


@pytest.mark.parametrize("how", ["uninstalled", "not live"])
async def test_only_dashboard_tests_come_when_nothing_is_let_through(
    graph: Graph, clock: FakeClock, callback: Callback, how: str
) -> None:
    await graph.subscribe(callback.url)
    if how == "uninstalled":
        await graph.call("DELETE", f"/v25.0/{graph.page_id}/subscribed_apps")
    else:
        await graph.admin("apps", live=False)

    told = await _told(graph, clock, callback, 7)

    assert told == ["test feed"] * 5 + ["forged", "stray /wp-login.php"]


async def test_the_page_level_can_be_ignored(graph: Graph, clock: FakeClock, callback: Callback) -> None:
    await graph.call("DELETE", f"/v25.0/{graph.page_id}/subscribed_apps")
    graph.server.knobs.require_page_install = False
    await graph.subscribe(callback.url)

    assert await _told(graph, clock, callback, 1) == ["feed"]


async def test_a_subscription_without_fields_gets_nothing_genuine(
    graph: Graph, clock: FakeClock, callback: Callback
) -> None:
    await graph.subscribe(callback.url, fields="")

    assert await _told(graph, clock, callback, 2) == ["forged", "stray /wp-login.php"]


async def test_a_server_that_has_ended_plays_no_more(clock: FakeClock, callback: Callback) -> None:
    async with SandboxServer(clock=clock, scenario=True) as server:
        world = server.world

    world.subscribe(
        world.app.id,
        "page",
        callback_url=callback.url,
        verify_token=Secret("t"),
        fields=["feed"],
        version="v25.0",
    )

    assert len(asyncio.all_tasks()) == 1
