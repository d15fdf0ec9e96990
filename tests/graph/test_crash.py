"""A crash between any two steps, and the way back from it.

Every write to the ledger and every call on the Graph API is a step, before and after. A scenario is played to its end
once, to count its steps, and then once for each of them with the process gone at that point.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hookscope.diagnosis.probe import probe
from hookscope.errors import HandshakeError, HookscopeError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import Edge
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.graph.restore import restore
from hookscope.graph.teardown import teardown
from hookscope.meta.subscription import Subscription
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, Topic
from tests.graph.endpoint import Endpoint
from tests.graph.fuse import Crash, Fuse, FusedEdge, QuickLedger, fused, is_crash
from tests.graph.make import subscription
from tests.graph.memory_graph import MemoryGraph
from tests.graph.memory_probe import MemoryProbe
from tests.graph.one_client import lending
from tests.graph.wait import no_wait
from tests.support.slow import slow_after

OURS, MOVED, PROD, PROD_2 = "https://ours/1", "https://ours/2", "https://prod/hook", "https://prod/2"
TOPICS = (Topic(object="page", fields=("feed", "mention")), Topic(object="user", fields=("email",)))

Scenario = Callable[[Lease], Awaitable[None]]


async def _start_and_end(lease: Lease) -> None:
    await lease.acquire(await lease.plan(OURS))
    await lease.release()


async def _start_move_and_end(lease: Lease) -> None:
    await lease.acquire(await lease.plan(OURS))
    await lease.move(MOVED)
    await lease.release()


async def _start_twice(lease: Lease) -> None:
    """Kill the first one without notice; the second one's planning recovers, and it has the same address."""
    await lease.acquire(await lease.plan(OURS))
    lease._held.clear()
    await lease.acquire(await lease.plan(OURS))
    await lease.release()


async def _start_again_elsewhere(lease: Lease) -> None:
    await lease.acquire(await lease.plan(OURS))
    lease._held.clear()
    with suppress(HandshakeError):  # If our own first address was registered before us, it is in the way now.
        await lease.acquire(await lease.plan(MOVED))
    await lease.release()


SCENARIOS = slow_after(1, (_start_move_and_end, _start_and_end, _start_twice, _start_again_elsewhere))


@pytest.fixture
def world(memory: MemoryGraph) -> MemoryGraph:
    memory.tokens[PROD_2] = "prod-token"
    memory.register("instagram", PROD_2, ["comments"])
    return memory


def lease_on(edge: Edge, ledger: Ledger, settings: LeaseSettings, probe: MemoryProbe) -> Lease:
    return Lease(
        edge,
        ledger,
        settings,
        TOPICS,
        holder="1-a",
        publish=lambda _: None,
        probe=probe,
        is_live=lambda _: False,
        wait=no_wait,
    )


async def heal(memory: MemoryGraph, ledger: Ledger) -> None:
    async for _, outcome in teardown(
        ledger, ledger.open_entries(), lending(memory.edge()), restore, is_live=lambda _: False, wait=no_wait
    ):
        assert not outcome.failed


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(
    ("before", "drops_empty"),
    [
        pytest.param((), False, id="nothing", marks=pytest.mark.slow),
        pytest.param((subscription(PROD, "feed", "ratings"),), False, id="production", marks=pytest.mark.slow),
        pytest.param((subscription(PROD, "feed"), subscription(PROD_2, "likes", topic="user")), False, id="both"),
        pytest.param((subscription(PROD),), False, id="no fields", marks=pytest.mark.slow),
        pytest.param((subscription(PROD),), True, id="no fields, dropped", marks=pytest.mark.slow),
        pytest.param((subscription(OURS, "feed", "ratings"),), False, id="ours already"),
    ],
)
async def test_after_a_crash_at_any_step_all_is_as_before(
    before: tuple[Subscription, ...], drops_empty: bool, scenario: Scenario, world: MemoryGraph, tmp_path: Path
) -> None:
    world.drops_empty = drops_empty
    settings = LeaseSettings(verify_token="our-token", takeover=True, restore_verify_token="prod-token")
    fuse, at = Fuse(), 0
    while fuse.at is None or fuse.steps >= fuse.at:
        at += 1
        fuse = Fuse(at)
        for topic in ("page", "user"):
            world.world.unsubscribe(world.app.app_id, topic)
        for one in before:
            world.register(one.object, one.callback_url, one.fields)
        as_it_was = set(world.all())
        ledger = QuickLedger(tmp_path / f"{at}.db")
        world.calls.clear()
        try:
            await scenario(lease_on(FusedEdge(world.edge(), fuse), fused(ledger, fuse), settings, MemoryProbe(world)))
        except BaseException as error:
            if not is_crash(error):
                raise
        await heal(world, ledger)
        lost = {one for one in before if drops_empty and not one.fields}
        assert set(world.all()) in (as_it_was, as_it_was - lost), f"after a crash at step {at}"
        assert ledger.open_entries() == []
        assert sum(call.startswith("POST") for call in world.calls) <= 3 * len(TOPICS) + 2 * len(before)
    assert at > 10


async def test_a_crash_while_healing_is_healed_too(world: MemoryGraph, ledger: Ledger) -> None:
    settings = LeaseSettings(verify_token="our-token", takeover=True, restore_verify_token="prod-token")
    world.register("page", PROD, ["feed", "ratings"])
    as_it_was = set(world.all())
    lease = lease_on(world.edge(), ledger, settings, MemoryProbe(world))
    await lease.acquire(await lease.plan(OURS))
    crashes = 0
    for at in range(1, 60):
        fuse = Fuse(at)
        try:
            async for _ in teardown(
                fused(ledger, fuse),
                ledger.open_entries(),
                lending(FusedEdge(world.edge(), fuse)),
                restore,
                is_live=lambda _: False,
                wait=no_wait,
            ):
                pass
        except Crash:
            crashes += 1
    assert crashes > 5
    assert set(world.all()) == as_it_was
    assert ledger.open_entries() == []


class DeleteWatch:
    """Counts what must never arrive at a Graph API: a DELETE that names no object."""

    def __init__(self) -> None:
        self.deletes = 0

    def __call__(self, sandbox: SandboxServer) -> None:
        unsubscribe = sandbox.world.unsubscribe

        def watched(app_id: str, topic: str | None = None, fields: object = None) -> None:
            assert topic
            assert fields is None or fields
            self.deletes += 1
            unsubscribe(app_id, topic, fields)  # type: ignore[arg-type]

        sandbox.world.unsubscribe = watched  # type: ignore[method-assign]


@pytest.mark.slow
async def test_after_a_crash_at_any_step_over_http_all_is_as_before(
    app: App, sandbox: SandboxServer, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, tmp_path: Path
) -> None:
    world, watch = sandbox.world, DeleteWatch()
    watch(sandbox)
    for topic, fields in (("page", ["feed", "ratings"]), ("instagram", ["comments"])):
        world.subscribe(
            app.app_id,
            topic,
            callback_url=production.url,
            verify_token=Secret("prod-token"),
            fields=fields,
            version="v25.0",
        )

    def shown() -> set[Subscription]:
        return {Subscription.from_json(found.to_json()) for found in world.subscriptions(app.app_id)}

    as_it_was = shown()
    settings = LeaseSettings(verify_token="our-token", takeover=True, restore_verify_token="prod-token")
    fuse, at = Fuse(), 0
    async with GraphClient(app, notify=lambda _: None, wait=no_wait) as client:
        while fuse.at is None or fuse.steps >= fuse.at:
            at += 1
            fuse = Fuse(at)
            ledger = QuickLedger(tmp_path / f"{at}.db")
            lease = Lease(
                FusedEdge(client, fuse),
                fused(ledger, fuse),
                settings,
                TOPICS,
                holder="1-a",
                publish=lambda _: None,
                probe=probe,
                is_live=lambda _: False,
                wait=no_wait,
            )
            try:
                await lease.acquire(await lease.plan(ours.url))
                await lease.move(elsewhere.url)
                await lease.release()
            except BaseException as error:
                if not is_crash(error):
                    raise
            async for _, outcome in teardown(
                ledger, ledger.open_entries(), lending(client), restore, is_live=lambda _: False, wait=no_wait
            ):
                assert not outcome.failed
            assert shown() == as_it_was, f"after a crash at step {at}"
            assert ledger.open_entries() == []
    assert at > 30
    assert watch.deletes > 0


async def test_a_crash_is_no_error_that_the_lease_handles(world: MemoryGraph, ledger: Ledger) -> None:
    """Were it one, the tests above would show how errors are handled, and nothing about crashes."""
    assert not issubclass(Crash, HookscopeError | Exception)
    fuse = Fuse(3)
    lease = lease_on(
        FusedEdge(world.edge(), fuse), fused(ledger, fuse), LeaseSettings(verify_token="our-token"), MemoryProbe(world)
    )
    plan = await lease.plan(OURS)
    with pytest.raises(Crash):
        await lease.acquire(plan)
    assert fuse.steps == 3
