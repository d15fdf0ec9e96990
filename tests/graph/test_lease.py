"""The lease against the sandbox, over HTTP: a real client, real handshakes, a real ledger."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from msgspec import Struct, field

from hookscope import run_registry
from hookscope.diagnosis.probe import probe
from hookscope.errors import ForeignCallbackError, GraphError, HandshakeError, HookscopeError, RestoreError, UsageError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import (
    Ending,
    Level,
    Notice,
    RunEvent,
    SubscriptionActive,
    SubscriptionEnded,
    SubscriptionSeen,
)
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, Topic
from tests.graph.endpoint import Endpoint
from tests.graph.make import subscription
from tests.graph.wait import no_wait

PAGE = Topic(object="page", fields=("feed",))


class Run(Struct, dict=True):
    """One run's lease, and what it published."""

    lease: Lease
    items: list[RunEvent] = field(default_factory=list)

    def of(self, kind: type[RunEvent]) -> list[Any]:
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def notices(self) -> list[str]:
        return [notice.message for notice in self.of(Notice)]

    @property
    def endings(self) -> dict[str, Ending]:
        return {ended.object: ended.ending for ended in self.of(SubscriptionEnded)}

    async def start(self, callback_url: str) -> None:
        await self.lease.acquire(await self.lease.plan(callback_url))


Begin = Callable[..., Awaitable[Run]]


@pytest.fixture
def live() -> set[str]:
    """The keys of the runs that go on."""
    return set()


@pytest.fixture
async def begin(app: App, ledger: Ledger, live: set[str]) -> AsyncIterator[Begin]:
    """Begin a run, with a client of its own."""
    async with AsyncExitStack() as stack:

        async def go(
            topics: Sequence[Topic] = (PAGE,), *, holder: str = "1-a", timeout_seconds: float = 10, **settings: Any
        ) -> Run:
            items: list[RunEvent] = []
            client = GraphClient(app, notify=items.append, wait=no_wait, timeout_seconds=timeout_seconds)
            lease = Lease(
                await stack.enter_async_context(client),
                ledger,
                LeaseSettings(verify_token="our-token", **settings),
                topics,
                holder=holder,
                publish=items.append,
                probe=probe,
                is_live=live.__contains__,
                wait=no_wait,
            )
            live.add(holder)
            return Run(lease, items)

        yield go


@pytest.fixture
def register(sandbox: SandboxServer) -> Callable[..., None]:
    """Register somebody's endpoint, by other means."""

    def go(endpoint: Endpoint, *fields: str, topic: str = "page", **options: Any) -> None:
        sandbox.world.subscribe(
            sandbox.world.app.id,
            topic,
            callback_url=endpoint.url,
            verify_token=Secret(endpoint.verify_token),
            fields=fields,
            version="v25.0",
            **options,
        )

    return go


@pytest.fixture
def shown(sandbox: SandboxServer) -> Callable[..., Subscription | None]:
    """The registrations of the app."""

    def go(topic: str = "page") -> Subscription | None:
        found = sandbox.world.registration(sandbox.world.app.id, topic)
        return Subscription.from_json(found.to_json()) if found else None

    return go


Register = Callable[..., None]
Shown = Callable[..., Subscription | None]


# From start to end


async def test_an_object_without_a_subscription_gets_one_and_loses_it_again(
    begin: Begin, ours: Endpoint, shown: Shown, ledger: Ledger, sandbox: SandboxServer
) -> None:
    run = await begin()
    await run.start(ours.url)
    assert shown() == subscription(ours.url, "feed")
    (active,) = run.of(SubscriptionActive)
    assert (active.object, active.fields, active.callback_url, active.displaced) == ("page", ("feed",), ours.url, None)
    (entry,) = ledger.open_entries()
    assert (entry.holder, entry.callback_urls, entry.displaced) == ("1-a", (ours.url,), None)
    assert sandbox.world.app.secret.reveal().encode() not in ledger.path.read_bytes()
    await run.lease.release()
    assert shown() is None
    (ended,) = run.of(SubscriptionEnded)
    assert (ended.ending, ended.object, ended.callback_url) == (Ending.REMOVED, "page", ours.url)
    assert ledger.open_entries() == []
    assert run.lease.open_entries == ()


async def test_the_ledger_knows_before_the_app_does(
    begin: Begin, ours: Endpoint, ledger: Ledger, sandbox: SandboxServer
) -> None:
    known: list[int] = []
    sandbox.world.watch(lambda _, __: known.append(len(ledger.open_entries())))
    run = await begin((PAGE, Topic(object="user", fields=("email",))))
    await run.start(ours.url)
    assert known == [1, 2]


async def test_several_objects_are_registered_and_put_back_each_in_its_way(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "email", "likes", topic="user")
    topics = (PAGE, Topic(object="user", fields=("email", "friends")))
    run = await begin(topics, takeover=True, restore_verify_token="prod-token")
    await run.start(ours.url)
    assert shown("user") == subscription(ours.url, "email", "likes", "friends", topic="user")
    assert [active.object for active in run.of(SubscriptionActive)] == ["page", "user"]
    await run.lease.release()
    assert run.endings == {"page": Ending.REMOVED, "user": Ending.RESTORED}
    assert shown("user") == subscription(production.url, "email", "likes", topic="user")
    assert shown() is None


async def test_a_second_release_does_nothing(begin: Begin, ours: Endpoint, sandbox: SandboxServer) -> None:
    run = await begin()
    await run.start(ours.url)
    await run.lease.release()
    changed: list[str] = []
    sandbox.world.watch(lambda _, topic: changed.append(topic))
    await run.lease.release()
    assert changed == []
    assert len(run.of(SubscriptionEnded)) == 1


async def test_values_are_asked_for_or_not(begin: Begin, ours: Endpoint, sandbox: SandboxServer) -> None:
    run = await begin(include_values=False)
    await run.start(ours.url)
    registration = sandbox.world.registration(sandbox.world.app.id, "page")
    assert registration
    assert not registration.include_values


# Fields


async def test_without_fields_those_of_the_app_are_taken(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "mention", "ratings")
    run = await begin((Topic(object="page"),), takeover=True, restore_verify_token="prod-token")
    await run.start(ours.url)
    assert shown() == subscription(ours.url, "mention", "ratings")


async def test_without_any_the_usual_one_is_taken(begin: Begin, ours: Endpoint, shown: Shown) -> None:
    await (await begin((Topic(object="page"),))).start(ours.url)
    assert shown() == subscription(ours.url, "feed")


async def test_an_object_without_usual_fields_wants_them_named(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, ledger: Ledger
) -> None:
    register(production, "feed")
    run = await begin((Topic(object="user"), PAGE), takeover=True, restore_verify_token="prod-token")
    with pytest.raises(UsageError, match="no fields for user") as raised:
        await run.lease.plan(ours.url)
    assert "--fields" in (raised.value.hint or "")
    assert (ledger.history(), production.asked) == ([], 0)


async def test_doubtful_names_are_questioned_and_taken(
    begin: Begin, ours: Endpoint, shown: Shown, sandbox: SandboxServer
) -> None:
    sandbox.knobs.any_app_field = True
    run = await begin((Topic(object="page", fields=("feeed",)), Topic(object="instagram", fields=("comments",))))
    await run.start(ours.url)
    assert any("did you mean 'feed'" in notice for notice in run.notices)
    assert any("unsupported on this edge" in notice for notice in run.notices)
    assert shown() == subscription(ours.url, "feeed")


async def test_an_unknown_object_is_questioned(begin: Begin, ours: Endpoint) -> None:
    run = await begin((Topic(object="pages", fields=("feed",)),))
    with pytest.raises(GraphError, match="Invalid parameter"):
        await run.start(ours.url)
    assert run.of(Notice)[0].hint == "did you mean 'page'?"


# Somebody else's callback


async def test_a_foreign_callback_is_refused_by_name(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown, ledger: Ledger
) -> None:
    register(production, "feed")
    run = await begin()
    with pytest.raises(ForeignCallbackError, match=production.url) as raised:
        await run.lease.plan(ours.url)
    assert raised.value.code == 9
    assert raised.value.done == "nothing was changed"
    for word in ("127.0.0.1", "--takeover", "--restore-verify-token", "test app", "subscriptions remove"):
        assert word in (raised.value.hint or "")
    assert shown() == subscription(production.url, "feed")
    assert ledger.history() == []


async def test_all_objects_are_checked_before_any_is_changed(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "email", topic="user")
    run = await begin((PAGE, Topic(object="user", fields=("email",))))
    with pytest.raises(ForeignCallbackError, match="user points to"):
        await run.start(ours.url)
    assert shown() is None


async def test_a_takeover_puts_the_foreign_callback_back(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "feed", "ratings")
    run = await begin(
        (Topic(object="page", fields=("feed", "mention")),), takeover=True, restore_verify_token="prod-token"
    )
    await run.start(ours.url)
    (active,) = run.of(SubscriptionActive)
    assert active.displaced == subscription(production.url, "feed", "ratings")
    assert shown() == subscription(ours.url, "feed", "ratings", "mention")
    assert production.asked == 1  # Our own question; Meta's comes when it is put back.
    await run.lease.release()
    assert shown() == subscription(production.url, "feed", "ratings")
    assert run.endings == {"page": Ending.RESTORED}
    assert production.asked == 2


@pytest.mark.parametrize("with_values", [False, True])
async def test_a_takeover_says_what_cannot_be_known(
    with_values: bool, begin: Begin, ours: Endpoint, production: Endpoint, register: Register, sandbox: SandboxServer
) -> None:
    register(production, "feed", active=False)
    run = await begin(takeover=True, restore_verify_token="prod-token", restore_include_values=with_values)
    await run.start(ours.url)
    said = "will be put back with them" if with_values else "will be put back without them"
    assert any(said in notice for notice in run.notices)
    assert any("putting it back will activate it" in notice for notice in run.notices)
    await run.lease.release()
    registration = sandbox.world.registration(sandbox.world.app.id, "page")
    assert registration
    assert registration.active
    assert registration.include_values is with_values


async def test_a_takeover_without_a_token_is_a_matter_of_usage(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register
) -> None:
    register(production, "feed")
    with pytest.raises(UsageError, match="needs the verify token") as raised:
        await (await begin(takeover=True)).lease.plan(ours.url)
    assert "--no-restore" in (raised.value.hint or "")


@pytest.mark.parametrize("down", [False, True])
async def test_a_takeover_with_a_token_that_does_not_prove_itself_is_a_failed_handshake(
    down: bool, begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "feed")
    production.is_down = down
    run = await begin(takeover=True, restore_verify_token="prod-token" if down else "wrong")
    with pytest.raises(HandshakeError, match="503" if down else "403") as raised:
        await run.start(ours.url)
    assert raised.value.code == 5
    assert shown() == subscription(production.url, "feed")
    assert production.asked == 1


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_no_restore_accepts_the_loss(
    token: str | None, begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "feed")
    run = await begin(takeover=True, restore_verify_token=token, no_restore=True)
    await run.start(ours.url)
    (told,) = run.notices
    assert "will NOT be put back" in told
    await run.lease.release()
    assert shown() is None
    (ended,) = run.of(SubscriptionEnded)
    assert ended.ending is Ending.REMOVED
    assert production.url in ended.reason


async def test_no_restore_with_a_right_token_restores_all_the_same(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "feed")
    run = await begin(takeover=True, restore_verify_token="prod-token", no_restore=True)
    await run.start(ours.url)
    await run.lease.release()
    assert shown() == subscription(production.url, "feed")


async def test_our_own_address_is_no_foreign_callback(
    begin: Begin, ours: Endpoint, register: Register, shown: Shown
) -> None:
    register(ours, "ratings", active=False)
    run = await begin()
    await run.start(ours.url)
    assert shown() == subscription(ours.url, "ratings", "feed")
    await run.lease.release()
    assert shown() == subscription(ours.url, "ratings")
    assert run.endings == {"page": Ending.LEFT}


async def test_our_own_address_is_verified_again_though_nothing_is_missing(
    begin: Begin, ours: Endpoint, register: Register, sandbox: SandboxServer
) -> None:
    register(ours, "feed")
    run = await begin()
    await run.start(ours.url)
    assert len(sandbox.verifier.attempts) == 1
    assert run.notices == []


@pytest.mark.parametrize("takeover", [False, True])
async def test_a_plan_that_waited_too_long_is_checked_anew(
    takeover: bool,
    begin: Begin,
    ours: Endpoint,
    production: Endpoint,
    colleague: Endpoint,
    register: Register,
    shown: Shown,
    ledger: Ledger,
) -> None:
    if takeover:  # Of one callback, and of no other.
        register(production, "feed")
    run = await begin(takeover=takeover, restore_verify_token="prod-token")
    plan = await run.lease.plan(ours.url)
    register(colleague, "feed")
    with pytest.raises(ForeignCallbackError, match="has changed since"):
        await run.lease.acquire(plan)
    assert shown() == subscription(colleague.url, "feed")
    assert ledger.history() == []


async def test_a_subscription_that_vanished_since_the_plan_is_not_put_back(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown, sandbox: SandboxServer
) -> None:
    register(production, "feed")
    run = await begin(takeover=True, restore_verify_token="prod-token")
    plan = await run.lease.plan(ours.url)
    sandbox.world.unsubscribe(sandbox.world.app.id, "page")
    await run.lease.acquire(plan)
    await run.lease.release()
    assert shown() is None


# Runs side by side


async def test_runs_on_different_objects_do_not_hurt_each_other(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown
) -> None:
    one = await begin(holder="1-a")
    two = await begin((Topic(object="user", fields=("email",)),), holder="2-b")
    await asyncio.gather(one.start(ours.url), two.start(elsewhere.url))
    assert shown() == subscription(ours.url, "feed")
    assert shown("user") == subscription(elsewhere.url, "email", topic="user")
    await one.lease.release()
    assert shown() is None
    assert shown("user") == subscription(elsewhere.url, "email", topic="user")
    await two.lease.release()
    assert shown("user") is None


async def test_another_run_of_ones_own_is_refused_even_with_takeover(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown
) -> None:
    one = await begin(holder="1-a")
    await one.start(ours.url)
    two = await begin(holder="2-b", takeover=True, restore_verify_token="our-token")
    with pytest.raises(ForeignCallbackError, match="another run of yours") as raised:
        await two.lease.plan(elsewhere.url)
    assert "attach" in (raised.value.hint or "")
    assert shown() == subscription(ours.url, "feed")


async def test_two_runs_that_start_at_the_same_moment_do_not_both_get_it(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown, ledger: Ledger
) -> None:
    one, two = await begin(holder="1-a"), await begin(holder="2-b")
    plans = await one.lease.plan(ours.url), await two.lease.plan(elsewhere.url)
    await one.lease.acquire(plans[0])
    with pytest.raises(ForeignCallbackError, match="has changed since"):
        await two.lease.acquire(plans[1])
    assert shown() == subscription(ours.url, "feed")
    assert [entry.holder for entry in ledger.open_entries()] == ["1-a"]


async def test_a_machine_that_registers_at_the_same_moment_and_loses_is_told_at_once(
    begin: Begin,
    ours: Endpoint,
    production: Endpoint,
    colleague: Endpoint,
    register: Register,
    shown: Shown,
    sandbox: SandboxServer,
) -> None:
    register(production, "feed")
    others = iter([colleague])

    def overtake(_: str, __: str) -> None:
        for other in others:
            register(other, "feed")

    sandbox.world.watch(overtake)
    run = await begin(takeover=True, restore_verify_token="prod-token")
    with pytest.raises(ForeignCallbackError, match="at the same moment") as raised:
        await run.start(ours.url)
    assert colleague.url in raised.value.message
    assert raised.value.hint
    assert f"page was left: it now points to {colleague.url}, which is not ours; to regist" in (raised.value.done or "")
    assert f"--callback-url {production.url}" in (raised.value.done or "")
    assert shown() == subscription(colleague.url, "feed")
    assert run.lease.open_entries == ()


async def test_a_loss_after_the_start_is_told_once(
    begin: Begin, ours: Endpoint, colleague: Endpoint, register: Register
) -> None:
    run = await begin()
    await run.start(ours.url)
    await run.lease.check()
    assert run.notices == []
    register(colleague, "feed")
    await run.lease.check()
    await run.lease.check()
    register(ours, "feed")
    await run.lease.check()
    (told,) = run.of(Notice)
    assert colleague.url in told.message
    assert "it was left alone" in told.hint


async def test_nothing_is_asked_of_an_app_whose_sandbox_has_ended(
    begin: Begin, ours: Endpoint, ledger: Ledger, sandbox: SandboxServer
) -> None:
    run = await begin()
    await run.start(ours.url)
    run.lease._is_gone = lambda: True
    sandbox.knobs.turn({"failing_calls": 1, "call_failure": "503"})
    await run.lease.release()
    assert sandbox.knobs.failing_calls == 1
    assert ledger.open_entries() == []
    assert run.endings == {"page": Ending.LEFT}
    assert run.notices == []


async def test_an_app_whose_sandbox_ends_meanwhile_is_not_left_to_put_back(
    begin: Begin, ours: Endpoint, ledger: Ledger, sandbox: SandboxServer
) -> None:
    run = await begin()
    await run.start(ours.url)
    run.lease._is_gone = lambda: 0 < sandbox.knobs.failing_calls < 1000
    sandbox.knobs.turn({"failing_calls": 1000, "call_failure": "503"})
    await run.lease.release()
    assert ledger.open_entries() == []
    assert run.endings == {"page": Ending.LEFT}
    assert run.notices == []


async def test_an_active_subscription_has_the_times_of_its_call_and_of_the_answer(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, sandbox: SandboxServer
) -> None:
    """An answer that was lost has no time, not that of the call before."""
    run = await begin()
    await run.start(ours.url)
    sandbox.knobs.turn({"failing_calls": 1, "failing_method": "POST", "call_failure": "lost"})
    await run.lease.move(elsewhere.url)
    first, moved = run.of(SubscriptionActive)
    assert first.asked_at <= first.answered_at <= moved.asked_at
    assert (moved.callback_url, moved.answered_at) == (elsewhere.url, None)


async def test_an_app_whose_sandbox_ends_right_after_it_is_put_back_is_said_to_be(
    begin: Begin, ours: Endpoint, ledger: Ledger, sandbox: SandboxServer, app: App
) -> None:
    run = await begin()
    await run.start(ours.url)
    run.lease._is_gone = lambda: sandbox.world.registration(app.app_id, "page") is None
    await run.lease.release()
    assert ledger.open_entries() == []
    assert run.endings == {"page": Ending.REMOVED}


async def test_a_live_run_is_known_by_its_lock(
    app: App, ledger: Ledger, ours: Endpoint, elsewhere: Endpoint, client: GraphClient, shown: Shown
) -> None:
    def lease(holder: str) -> Lease:
        settings = LeaseSettings(verify_token="our-token")
        return Lease(
            client, ledger, settings, (PAGE,), holder=holder, publish=lambda _: None, probe=probe, wait=no_wait
        )

    one = run_registry.LiveRun(
        key=run_registry.new_key(), pid=1, address="", journal="", app_id=app.app_id, objects=("page",)
    )
    with run_registry.announce(one):
        first = lease(one.key)
        await first.acquire(await first.plan(ours.url))
        with pytest.raises(ForeignCallbackError):
            await lease("2-b").plan(elsewhere.url)
    second = lease("2-b")
    await second.acquire(await second.plan(elsewhere.url))
    assert shown() == subscription(elsewhere.url, "feed")


# A colleague's later change


async def test_a_colleagues_later_registration_is_left_alone(
    begin: Begin, ours: Endpoint, colleague: Endpoint, register: Register, shown: Shown
) -> None:
    run = await begin()
    await run.start(ours.url)
    register(colleague, "ratings")
    await run.lease.check()
    (seen,) = run.of(SubscriptionSeen)
    assert not seen.ours
    assert colleague.url in (seen.detail or "")
    await run.lease.release()
    assert run.endings == {"page": Ending.LEFT}
    assert shown() == subscription(colleague.url, "feed", "ratings")


async def test_a_colleague_who_replaces_ours_after_a_takeover_keeps_the_object(
    begin: Begin, ours: Endpoint, production: Endpoint, colleague: Endpoint, register: Register, ledger: Ledger
) -> None:
    register(production, "feed")
    run = await begin(takeover=True, restore_verify_token="prod-token")
    await run.start(ours.url)
    register(colleague, "ratings")
    await run.lease.release()
    assert run.endings == {"page": Ending.LEFT}
    assert ledger.open_entries() == []


async def test_a_look_tells_what_has_become_of_each_object(
    begin: Begin, ours: Endpoint, sandbox: SandboxServer, register: Register
) -> None:
    run = await begin((PAGE, Topic(object="user", fields=("email",))))
    await run.start(ours.url)
    await run.lease.check()
    assert [(seen.ours, seen.detail) for seen in run.of(SubscriptionSeen)] == [(True, None)] * 2
    run.items.clear()
    register(ours, active=False)
    sandbox.world.unsubscribe(sandbox.world.app.id, "user")
    await run.lease.check()
    inactive, gone = run.of(SubscriptionSeen)
    assert not inactive.ours
    assert "inactive" in inactive.detail
    assert not gone.ours
    assert gone.detail == "nothing is registered for it anymore"


# A tunnel that comes back elsewhere


async def test_a_new_address_is_registered_in_place_of_the_old_one(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, register: Register, shown: Shown
) -> None:
    register(production, "feed")
    run = await begin(takeover=True, restore_verify_token="prod-token")
    await run.start(ours.url)
    await run.lease.move(elsewhere.url)
    assert shown() == subscription(elsewhere.url, "feed")
    active = run.of(SubscriptionActive)[-1]
    assert active.callback_url == elsewhere.url
    assert active.displaced == subscription(production.url, "feed")
    await run.lease.release()
    assert shown() == subscription(production.url, "feed")


async def test_the_ledger_knows_the_new_address_before_the_app_does(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, ledger: Ledger, sandbox: SandboxServer
) -> None:
    run = await begin()
    await run.start(ours.url)
    known: list[tuple[str, ...]] = []
    sandbox.world.watch(lambda _, __: known.append(ledger.open_entries()[0].callback_urls))
    await run.lease.move(elsewhere.url)
    assert known == [(ours.url, elsewhere.url)]


async def test_the_same_address_again_is_not_registered_twice(
    begin: Begin, ours: Endpoint, sandbox: SandboxServer
) -> None:
    run = await begin()
    await run.start(ours.url)
    await run.lease.move(ours.url)
    assert len(sandbox.verifier.attempts) == 1
    assert len(run.of(SubscriptionActive)) == 2


@pytest.mark.parametrize("is_removed", [False, True])
async def test_a_move_leaves_alone_what_a_colleague_has_taken_or_removed(
    is_removed: bool,
    begin: Begin,
    ours: Endpoint,
    elsewhere: Endpoint,
    colleague: Endpoint,
    register: Register,
    shown: Shown,
    sandbox: SandboxServer,
) -> None:
    run = await begin((PAGE, Topic(object="user", fields=("email",))))
    await run.start(ours.url)
    if is_removed:
        sandbox.world.unsubscribe(sandbox.world.app.id, "page")
    else:
        register(colleague, "feed")
    await run.lease.move(elsewhere.url)
    assert shown() == (None if is_removed else subscription(colleague.url, "feed"))
    assert shown("user") == subscription(elsewhere.url, "email", topic="user")
    assert [(seen.object, seen.ours) for seen in run.of(SubscriptionSeen)] == [("page", False)]
    assert any("was not registered again" in notice for notice in run.notices)


async def test_a_move_that_fails_is_told_and_the_lease_goes_on(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown
) -> None:
    run = await begin()
    await run.start(ours.url)
    elsewhere.is_down = True
    with pytest.raises(HandshakeError):
        await run.lease.move(elsewhere.url)
    assert "not registered" in run.of(SubscriptionSeen)[0].detail
    await run.lease.check()
    assert "earlier address" in run.of(SubscriptionSeen)[1].detail
    await run.lease.release()
    assert shown() is None


async def test_a_refused_handshake_is_told_before_any_other_failure(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, sandbox: SandboxServer
) -> None:
    """Meta takes few of those, so the next attempt must wait for longer."""
    run = await begin((PAGE, Topic(object="user", fields=("email",))))
    await run.start(ours.url)
    elsewhere.is_down = True
    sandbox.knobs.turn({"failing_calls": 2, "failing_method": "POST", "call_failure": "503"})
    with pytest.raises(HandshakeError):
        await run.lease.move(elsewhere.url)


async def test_what_was_registered_before_a_move_without_an_answer_is_put_back(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown, sandbox: SandboxServer, ledger: Ledger
) -> None:
    run = await begin()
    await run.start(ours.url)
    sandbox.knobs.turn({"failing_calls": 2, "failing_method": "POST", "call_failure": "502"})
    with pytest.raises(LostAnswerError):
        await run.lease.move(elsewhere.url)
    await run.lease.release()
    assert run.endings == {"page": Ending.REMOVED}
    assert shown() is None
    assert ledger.open_entries() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_move_is_tried_again_for_what_is_missing_only(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown, sandbox: SandboxServer, method: str
) -> None:
    run = await begin((PAGE, Topic(object="user", fields=("email",))))
    await run.start(ours.url)
    run.items.clear()
    sandbox.knobs.turn({"failing_calls": 3 if method == "GET" else 2, "failing_method": method, "call_failure": "503"})
    with pytest.raises(GraphError):
        await run.lease.move(elsewhere.url)
    assert [(seen.object, seen.ours) for seen in run.of(SubscriptionSeen)] == [("page", False)]
    assert [active.object for active in run.of(SubscriptionActive)] == ["user"]
    await run.lease.move(elsewhere.url)
    assert [active.object for active in run.of(SubscriptionActive)] == ["user", "page"]
    assert shown() == subscription(elsewhere.url, "feed")
    await run.lease.move(elsewhere.url)
    assert len(run.of(SubscriptionActive)) == 2


async def test_a_move_that_cannot_be_confirmed_is_confirmed_by_the_next(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, sandbox: SandboxServer
) -> None:
    run = await begin()
    await run.start(ours.url)

    def breaks(_: str, __: str) -> None:
        sandbox.knobs.turn({"failing_calls": 3, "failing_method": "GET", "call_failure": "503"})

    sandbox.world.watch(breaks)
    with pytest.raises(GraphError):
        await run.lease.move(elsewhere.url)
    assert not run.of(SubscriptionSeen)[-1].ours
    await run.lease.move(elsewhere.url)
    assert run.of(SubscriptionActive)[-1].callback_url == elsewhere.url
    assert len(sandbox.verifier.attempts) == 2


# Keeping, and looking only


async def test_keep_leaves_the_subscription_and_says_how_to_end_it(
    begin: Begin, ours: Endpoint, shown: Shown, ledger: Ledger
) -> None:
    run = await begin(keep=True)
    await run.start(ours.url)
    await run.lease.release()
    (ended,) = run.of(SubscriptionEnded)
    assert ended.ending is Ending.KEPT
    assert "because of --keep; to put it back: hookscope teardown --app-id" in ended.reason
    assert shown() == subscription(ours.url, "feed")
    (entry,) = ledger.open_entries()
    assert entry.kept


async def test_a_kept_subscription_is_put_back_by_the_next_run_on_that_object_only(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, shown: Shown, live: set[str]
) -> None:
    run = await begin(keep=True)
    await run.start(ours.url)
    await run.lease.release()
    live.clear()
    other = await begin((Topic(object="user", fields=("email",)),), holder="2-b")
    await other.start(elsewhere.url)
    assert shown() == subscription(ours.url, "feed")
    third = await begin(holder="3-c")
    await third.start(elsewhere.url)
    assert third.endings == {"page": Ending.REMOVED}
    assert shown() == subscription(elsewhere.url, "feed")


async def test_a_dry_run_shows_the_plan_and_changes_nothing(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, register: Register, live: set[str],
    sandbox: SandboxServer, ledger: Ledger,
) -> None:  # fmt: skip
    register(production, "email", topic="user")
    killed = await begin(holder="1-a")
    await killed.start(ours.url)
    live.clear()
    changed: list[str] = []
    sandbox.world.watch(lambda _, topic: changed.append(topic))
    topics = (PAGE, Topic(object="user"))
    run = await begin(topics, holder="2-b", dry_run=True, takeover=True, restore_verify_token="prod-token")
    plan = await run.lease.plan(elsewhere.url)
    assert plan.lines() == [
        "put back page, left by an earlier run",
        f"create page: feed → {elsewhere.url}",
        f"replace user: email → {elsewhere.url} (in place of {production.url} with email; put back at the end)",
    ]
    assert [change.to_json()["restorable"] for change in plan.changes] == [True, True]
    assert "prod-token" not in repr(plan)
    assert changed == []
    assert len(ledger.history()) == 1


async def test_a_dry_run_sees_past_what_would_be_healed(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, register: Register, live: set[str]
) -> None:
    register(production, "feed", "ratings")
    await (await begin(holder="1-a", takeover=True, restore_verify_token="prod-token")).start(ours.url)
    live.clear()
    run = await begin(holder="2-b", dry_run=True)
    with pytest.raises(ForeignCallbackError, match=production.url):
        await run.lease.plan(elsewhere.url)
    run = await begin(holder="2-b", dry_run=True, takeover=True, no_restore=True)
    (change,) = (await run.lease.plan(elsewhere.url)).changes
    assert change.displaced == subscription(production.url, "feed", "ratings")
    assert "NOT put back" in str(change)
    assert change.to_json()["restorable"] is False


# After a run that was killed


async def test_the_next_run_heals_what_a_killed_one_left(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, register: Register, live: set[str],
    shown: Shown,
) -> None:  # fmt: skip
    register(production, "feed")
    killed = await begin(holder="1-a", takeover=True, restore_verify_token="prod-token")
    await killed.start(ours.url)
    live.clear()
    run = await begin((Topic(object="user", fields=("email",)),), holder="2-b")
    await run.start(elsewhere.url)
    assert shown() == subscription(production.url, "feed")
    (ended,) = run.of(SubscriptionEnded)
    assert ended.reason.startswith("left by an earlier run: ")


async def test_two_runs_that_heal_the_same_at_once_do_it_once(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, register: Register, live: set[str],
    shown: Shown,
) -> None:  # fmt: skip
    register(production, "feed")
    killed = await begin(holder="1-a", takeover=True, restore_verify_token="prod-token")
    await killed.start(ours.url)
    live.clear()
    production.asked = 0
    two = await begin((Topic(object="user", fields=("email",)),), holder="2-b")
    three = await begin((Topic(object="permissions", fields=("connected",)),), holder="3-c")
    await asyncio.gather(two.start(elsewhere.url), three.start(ours.url))
    assert shown() == subscription(production.url, "feed")
    assert production.asked == 1
    assert shown("user")
    assert shown("permissions")


async def test_nothing_new_is_begun_when_healing_fails(
    begin: Begin, ours: Endpoint, elsewhere: Endpoint, production: Endpoint, register: Register, live: set[str],
    shown: Shown,
) -> None:  # fmt: skip
    register(production, "feed")
    killed = await begin(holder="1-a", takeover=True, restore_verify_token="prod-token")
    await killed.start(ours.url)
    live.clear()
    production.is_down = True
    run = await begin((Topic(object="user", fields=("email",)),), holder="2-b")
    with pytest.raises(RestoreError, match="503") as raised:
        await run.start(elsewhere.url)
    assert raised.value.code == 7
    assert raised.value.hint == f"hookscope teardown --app-id {killed.lease.open_entries[0].app_id} --object page"
    assert shown("user") is None
    production.is_down = False
    await run.start(elsewhere.url)
    assert shown() == subscription(production.url, "feed")


# Failures while registering


async def test_a_failed_handshake_leaves_nothing_behind(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown, ledger: Ledger
) -> None:
    register(production, "feed")
    run = await begin(takeover=True, restore_verify_token="prod-token")
    ours.is_down = True
    with pytest.raises(HandshakeError, match="503"):
        await run.start(ours.url)
    assert shown() == subscription(production.url, "feed")
    assert ledger.open_entries() == []
    assert run.of(SubscriptionActive) == []
    assert run.of(SubscriptionEnded) == []


async def test_a_failure_at_the_second_object_puts_the_first_one_back(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown, sandbox: SandboxServer,
    ledger: Ledger,
) -> None:  # fmt: skip
    register(production, "feed")
    sandbox.knobs.unpermitted_fields = ("email",)
    topics = (PAGE, Topic(object="user", fields=("email",)))
    run = await begin(topics, takeover=True, restore_verify_token="prod-token")
    with pytest.raises(GraphError, match="permission") as raised:
        await run.start(ours.url)
    assert raised.value.done == f"page was restored: it points to {production.url} again, with feed"
    assert shown() == subscription(production.url, "feed")
    assert shown("user") is None
    assert ledger.open_entries() == []
    assert run.endings == {"page": Ending.RESTORED}


async def test_a_failure_that_cannot_be_undone_is_a_failure_to_put_back(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown, sandbox: SandboxServer,
    ledger: Ledger,
) -> None:  # fmt: skip
    register(production, "feed")
    sandbox.knobs.unpermitted_fields = ("email",)
    topics = (PAGE, Topic(object="user", fields=("email",)))
    run = await begin(topics, takeover=True, restore_verify_token="prod-token")
    plan = await run.lease.plan(ours.url)
    production.is_down = True
    with pytest.raises(RestoreError, match="after that, not everything could be put back") as raised:
        await run.lease.acquire(plan)
    assert "permission" in raised.value.message
    assert "hookscope teardown" in (raised.value.hint or "")
    assert [entry.object for entry in ledger.open_entries()] == ["page"]
    assert any(notice.level is Level.ERROR for notice in run.of(Notice))
    production.is_down = False
    await run.lease.release()
    assert shown() == subscription(production.url, "feed")


async def test_a_post_whose_answer_is_lost_is_found_on_the_app(
    begin: Begin, ours: Endpoint, sandbox: SandboxServer, shown: Shown
) -> None:
    run = await begin(timeout_seconds=0.5)
    plan = await run.lease.plan(ours.url)
    sandbox.knobs.turn({"failing_calls": 1, "failing_method": "POST", "call_failure": "lost"})
    await run.lease.acquire(plan)
    assert len(sandbox.verifier.attempts) == 1
    assert len(run.of(SubscriptionActive)) == 1
    await run.lease.release()
    assert shown() is None


async def test_a_post_of_which_nothing_shows_stays_in_the_ledger(
    begin: Begin, ours: Endpoint, sandbox: SandboxServer, ledger: Ledger, live: set[str], shown: Shown
) -> None:
    run = await begin()
    plan = await run.lease.plan(ours.url)
    sandbox.knobs.turn({"failing_calls": 2, "failing_method": "POST", "call_failure": "502"})
    with pytest.raises(LostAnswerError) as raised:
        await run.lease.acquire(plan)
    assert raised.value.code == 4
    assert "hookscope teardown" in (raised.value.hint or "")
    assert len(ledger.open_entries()) == 1
    assert run.lease.open_entries == ()
    live.clear()
    again = await begin(holder="2-b")
    await again.start(ours.url)
    assert shown() == subscription(ours.url, "feed")
    assert again.endings == {"page": Ending.LEFT}


async def test_a_registration_that_the_app_does_not_show_is_an_error(
    begin: Begin, ours: Endpoint, sandbox: SandboxServer, ledger: Ledger
) -> None:
    run = await begin()
    app_id = sandbox.world.app.id

    def swallow(_: str, topic: str) -> None:
        sandbox.world.registrations.pop((app_id, topic), None)

    sandbox.world.watch(swallow)
    with pytest.raises(GraphError, match="the callback is not registered: page: nothing is registered") as raised:
        await run.start(ours.url)
    assert "Meta may have done nothing" in str(raised.value.hint)
    assert ledger.open_entries() == []


async def test_a_wrong_secret_is_told_before_anything_is_changed(app: App, ledger: Ledger, ours: Endpoint) -> None:
    wrong = App(app_id=app.app_id, secret=Secret("f" * 32), graph_url=app.graph_url)
    async with GraphClient(wrong, notify=lambda _: None) as client:
        lease = Lease(
            client,
            ledger,
            LeaseSettings(verify_token="our-token"),
            (PAGE,),
            holder="1-a",
            publish=lambda _: None,
            probe=probe,
        )
        with pytest.raises(GraphError, match="app secret"):
            await lease.plan(ours.url)
    assert ledger.history() == []


# Failures while restoring


async def test_a_release_that_fails_says_what_to_repeat_and_can_be_repeated(
    begin: Begin, ours: Endpoint, production: Endpoint, register: Register, shown: Shown, ledger: Ledger
) -> None:
    register(production, "feed")
    topics = (PAGE, Topic(object="user", fields=("email",)))
    run = await begin(topics, takeover=True, restore_verify_token="prod-token")
    await run.start(ours.url)
    production.is_down = True
    with pytest.raises(RestoreError, match="page: ") as raised:
        await run.lease.release()
    (entry,) = ledger.open_entries()
    assert raised.value.hint == entry.teardown_command
    assert run.endings == {"user": Ending.REMOVED}
    production.is_down = False
    await run.lease.release()
    assert shown() == subscription(production.url, "feed")
    assert run.endings == {"user": Ending.REMOVED, "page": Ending.RESTORED}


@pytest.mark.parametrize("keep", [False, True])
async def test_a_start_that_is_broken_off_during_the_post_is_put_back(
    keep: bool, begin: Begin, ours: Endpoint, sandbox: SandboxServer, shown: Shown, ledger: Ledger
) -> None:
    sandbox.knobs.slow_post = 0.1
    run = await begin(keep=keep)
    plan = await run.lease.plan(ours.url)
    start = asyncio.create_task(run.lease.acquire(plan))
    async with asyncio.timeout(30):
        while not ledger.open_entries():
            await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    await run.lease.release()
    assert len(sandbox.verifier.attempts) == 1
    assert shown() is None
    assert ledger.open_entries() == []
    assert run.endings == {"page": Ending.REMOVED}


async def test_an_end_during_a_post_that_never_answers_keeps_the_entry(
    begin: Begin, ours: Endpoint, sandbox: SandboxServer, ledger: Ledger
) -> None:
    run = await begin(timeout_seconds=0.3)
    plan = await run.lease.plan(ours.url)
    sandbox.knobs.slow_post = 30
    start = asyncio.create_task(run.lease.acquire(plan))
    async with asyncio.timeout(30):
        while not ledger.open_entries():
            await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    with pytest.raises(RestoreError, match="may still take effect") as raised:
        await run.lease.release()
    assert "hookscope teardown" in (raised.value.hint or "")
    assert len(ledger.open_entries()) == 1


async def test_errors_of_the_ledger_stop_the_start_before_the_app_is_changed(
    begin: Begin, ours: Endpoint, ledger: Ledger, shown: Shown
) -> None:
    run = await begin()
    plan = await run.lease.plan(ours.url)
    ledger.path.parent.mkdir(parents=True, exist_ok=True)
    ledger.path.write_bytes(b"broken" * 1000)
    with pytest.raises(HookscopeError, match="cannot be used"):
        await run.lease.acquire(plan)
    assert shown() is None
