"""Deliveries over a real socket: headers, signatures, retries."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from msgspec.structs import replace

from hookscope.meta import signature
from hookscope.meta.notification import EntryForm, parse
from hookscope.meta.notification_builder import Update
from hookscope.meta.signature import SignatureVerdict
from hookscope.sandbox.delivery import AttemptResult, Fault, QueuedNotification, SandboxDelivery
from hookscope.sandbox.entities import SandboxApp
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from tests.meta.test_notification_builder import GOLDEN, VALUE
from tests.sandbox.callback import Callback, Received, answering
from tests.sandbox.conftest import Graph
from tests.sandbox.fake_clock import FakeClock
from tests.support.identities import identities
from tests.support.until import until

_SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
async def _subscribed(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="feed,messages")


@pytest.fixture
def queued(sandbox: SandboxServer) -> QueuedNotification:
    update = Update(object="page", owner="0", field="feed", value=VALUE)
    return QueuedNotification(app_id=sandbox.world.app.id, object="page", updates=(update,))


def _message(sandbox: SandboxServer) -> QueuedNotification:
    update = Update(
        object="page", owner="1", field="messages", form=EntryForm.MESSAGING, value={"message": {"mid": "m"}}
    )
    return QueuedNotification(app_id=sandbox.world.app.id, object="page", updates=(update,))


def _verdict(received: Received, secret: str) -> SignatureVerdict:
    return signature.judge(received.headers, received.body, [secret]).verdict


def _with(queued: QueuedNotification, **changes: object) -> QueuedNotification:
    return replace(queued, **changes)


async def test_the_golden_notification_arrives_to_the_letter(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock
) -> None:
    app = sandbox.world.app
    sandbox.world.apps[app.id] = SandboxApp(id=app.id, secret=Secret(_SECRET), name=app.name)
    clock.pass_by((datetime.fromtimestamp(1508962606, UTC) - clock.now()).total_seconds())

    await sandbox.courier.deliver([queued])

    (received,) = callback.posts
    assert received.body == GOLDEN
    assert received.headers == (
        (b"Host", callback.url.split("/")[2].encode()),
        (b"User-Agent", b"facebookexternalua"),
        (b"Accept", b"*/*"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"208"),
        (b"X-Hub-Signature", b"sha1=0e0ffe4e3c9c6cd37c041d4c4cafbc77e9164578"),
        (b"X-Hub-Signature-256", b"sha256=811a43b97ab9add530335fb863bcafa448d2d028aaa07f56e1e610e068805807"),
    )


async def test_the_user_agent_can_be_the_other_one(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    sandbox.knobs.user_agent = "Webhooks/1.0 (https://fb.me/webhooks)"

    await sandbox.courier.deliver([queued])

    assert callback.posts[0].header("User-Agent") == "Webhooks/1.0 (https://fb.me/webhooks)"


async def test_values_are_left_out_when_the_subscription_says_so(
    graph: Graph, sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    await graph.subscribe(callback.url, include_values="false")

    await sandbox.courier.deliver([queued])

    assert callback.posts[0].json()["entry"][0]["changed_fields"] == ["feed"]


@pytest.mark.parametrize(
    ("fault", "verdict", "names"),
    [
        (None, SignatureVerdict.VALID, ["X-Hub-Signature", "X-Hub-Signature-256"]),
        (Fault.SHA1_ONLY, SignatureVerdict.VALID, ["X-Hub-Signature"]),
        (Fault.MISSING_SIGNATURE, SignatureVerdict.MISSING, []),
        (Fault.WRONG_SIGNATURE, SignatureVerdict.INVALID, ["X-Hub-Signature", "X-Hub-Signature-256"]),
    ],
)
async def test_signatures_can_be_at_fault(
    sandbox: SandboxServer,
    callback: Callback,
    queued: QueuedNotification,
    fault: Fault | None,
    verdict: str,
    names: list[str],
) -> None:
    await sandbox.courier.deliver([_with(queued, fault=fault)])

    (received,) = callback.posts
    assert _verdict(received, sandbox.world.app.secret.reveal()) == verdict
    assert [name for name in received.names if name.startswith("X-Hub")] == names


async def test_a_duplicate_differs_in_its_time_only(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    await sandbox.courier.deliver([queued, _with(queued, later=timedelta(seconds=1))])

    first, second = (received.json() for received in callback.posts)
    assert second["entry"][0]["time"] == first["entry"][0]["time"] + 1
    assert identities(callback.posts[0].body) == identities(callback.posts[1].body)


async def test_notifications_sent_together_can_come_in_reverse(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    sandbox.knobs.reverse_order = True

    await sandbox.courier.deliver([queued, _message(sandbox)])

    assert [parse(received.body).events[0].field for received in callback.posts] == ["messages", "feed"]


async def test_a_delivery_can_be_delayed(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock
) -> None:
    sandbox.knobs.delivery_delay = 45
    sandbox.courier.send(queued)

    assert await clock.run_to_next() == 45
    await callback.wait_for_events(1)


async def _retry(clock: FakeClock, delivery: SandboxDelivery) -> float:
    """Let the next attempt happen, and tell how long it was waited for."""
    count = len(delivery.attempts)
    delay = await clock.run_to_next()
    await until(lambda: len(delivery.attempts) > count or delivery.outcome is AttemptResult.DROPPED)
    return delay


async def test_a_failed_delivery_is_tried_again_until_it_succeeds(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock
) -> None:
    callback.answer = answering(500)
    (delivery,) = await sandbox.courier.deliver([queued])
    assert (delivery.outcome, delivery.attempts[0].status) == (AttemptResult.WAITING, 500)

    delays = [await _retry(clock, delivery), await _retry(clock, delivery)]
    callback.answer = answering(200)
    delays.append(await _retry(clock, delivery))

    assert delivery.outcome is AttemptResult.DELIVERED
    assert delays == [0, 10, 30]
    times = [received.json()["entry"][0]["time"] for received in callback.posts]
    assert [time - times[0] for time in times] == [0, 0, 10, 40]
    assert all(_verdict(received, sandbox.world.app.secret.reveal()) == "valid" for received in callback.posts)


async def test_a_delivery_is_dropped_after_36_hours(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock
) -> None:
    callback.answer = answering(503)
    (delivery,) = await sandbox.courier.deliver([queued])
    began = clock.now()
    await until(lambda: clock.sleepers)
    while clock.sleepers:
        await _retry(clock, delivery)
        await until(lambda: clock.sleepers or delivery.outcome is AttemptResult.DROPPED)

    assert delivery.outcome is AttemptResult.DROPPED
    assert len(delivery.attempts) == len(callback.posts) == 12
    assert timedelta(hours=18) < clock.now() - began <= timedelta(hours=36)


@pytest.mark.parametrize("status", [201, 204, 301, 401, 404, 500])
async def test_only_200_counts(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, status: int
) -> None:
    callback.answer = answering(status, headers={"Location": "/elsewhere"})

    (delivery,) = await sandbox.courier.deliver([queued])

    assert delivery.outcome is AttemptResult.WAITING
    assert len(callback.events) == 1


async def test_no_answer_is_a_failure_with_a_reason(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    await callback.__aexit__(None, None, None)

    (delivery,) = await sandbox.courier.deliver([queued])

    assert delivery.attempts[0].status is None
    assert "Cannot connect" in (delivery.attempts[0].error or "")


async def test_a_slow_callback_is_given_up(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    assert sandbox.knobs.delivery_timeout == 20
    released = asyncio.Event()

    async def hang(_: Received) -> web.Response:
        await released.wait()
        return web.Response()

    callback.answer = hang
    sandbox.knobs.delivery_timeout = 0.1

    (delivery,) = await sandbox.courier.deliver([queued])
    released.set()

    assert delivery.attempts[0].error == "no answer within 0.1 s"
    assert delivery.outcome is AttemptResult.WAITING


async def test_a_retry_goes_where_the_subscription_points_by_then(
    graph: Graph, sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock
) -> None:
    callback.answer = answering(500)
    await sandbox.courier.deliver([queued])
    async with Callback() as other:
        await graph.subscribe(other.url)
        await clock.run_to_next()
        await other.wait_for_events(1)

    assert len(callback.posts) == 1


async def test_nothing_is_retried_once_the_subscription_is_gone(
    graph: Graph, sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock
) -> None:
    callback.answer = answering(500)
    (delivery,) = await sandbox.courier.deliver([queued])
    await graph.call("DELETE", graph.edge, params={"object": "page"})
    await _retry(clock, delivery)
    (other,) = await sandbox.courier.deliver([queued])

    assert (delivery.outcome, other.outcome) == (AttemptResult.DROPPED, AttemptResult.DROPPED)
    assert len(callback.posts) == 1


@pytest.mark.parametrize("changes", [{"fault": Fault.WRONG_SIGNATURE}, {"is_test": True}])
async def test_answers_that_meta_does_not_retry_are_not_retried(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification, clock: FakeClock, changes: dict[str, object]
) -> None:
    callback.answer = answering(401)

    (delivery,) = await sandbox.courier.deliver([_with(queued, **changes)])

    assert delivery.outcome is AttemptResult.DROPPED
    assert clock.sleepers == 0


async def test_an_hour_of_failing_messages_makes_the_subscription_inactive(
    graph: Graph, sandbox: SandboxServer, callback: Callback, clock: FakeClock
) -> None:
    callback.answer = answering(500)
    (delivery,) = await sandbox.courier.deliver([_message(sandbox)])
    while (await graph.subscriptions())[0]["active"]:
        await _retry(clock, delivery)

    began = delivery.attempts[0].at
    assert clock.now() - began > timedelta(hours=1)
    assert sandbox.world.page.installed == {}
    callback.answer = answering(200)
    await _retry(clock, delivery)
    (later,) = await sandbox.courier.deliver([_message(sandbox)])
    assert (delivery.outcome, later.outcome) == (AttemptResult.DROPPED, AttemptResult.DROPPED)


async def test_a_thousand_updates_fit_into_one_notification(
    sandbox: SandboxServer, callback: Callback, queued: QueuedNotification
) -> None:
    await sandbox.courier.deliver([_with(queued, updates=queued.updates * 1000)])

    assert len(parse(callback.posts[0].body).events) == 1000
