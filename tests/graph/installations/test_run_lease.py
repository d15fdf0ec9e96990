"""The app's subscriptions and the accounts of a run, as one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from hookscope import run_registry
from hookscope.diagnosis.probe import probe
from hookscope.errors import ForeignCallbackError, GraphError, HandshakeError, RestoreError
from hookscope.graph.client import GraphClient
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.run_lease import RunLease
from hookscope.meta.catalog import WHATSAPP
from hookscope.model.run_events import Notice, RunEvent
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret, SecretSources
from hookscope.settings import App, LeaseSettings, RunSettings, Topic
from tests.graph.endpoint import Endpoint
from tests.graph.installations.page import Installed

_KEEP: dict[str, Any] = {"keep": True}
_RELAY: dict[str, Any] = {"keep": True, "standing": ()}


def _lease(
    client: GraphClient,
    app: App,
    ledger: Ledger,
    page: Installed,
    items: list[RunEvent],
    sandbox: SandboxServer,
    **settings: Any,
) -> RunLease:
    run = RunSettings(
        app=app,
        secrets=SecretSources({"HOOKSCOPE_PAGE_TOKEN": sandbox.world.page.token.reveal()}),
        topics=(Topic(object="page", fields=("messages",)),),
        accounts=(page.scope,),
        lease=LeaseSettings(verify_token="our-token", **settings),
        path="/hook",
        journal=ledger.path.with_name("journal.db"),
    )
    return RunLease(client, ledger.path, run, holder="1-a", publish=items.append, probe=probe, is_gone=lambda: False)


@pytest.mark.parametrize("settings", [{}, _KEEP, _RELAY], ids=["run", "run --keep", "relay"])
async def test_an_account_that_refuses_leaves_nothing_registered_on_the_app(
    settings: dict[str, Any],
    client: GraphClient,
    app: App,
    ledger: Ledger,
    page: Installed,
    items: list[RunEvent],
    sandbox: SandboxServer,
    ours: Endpoint,
) -> None:
    lease = _lease(client, app, ledger, page, items, sandbox, **settings)
    plan = await lease.plan(ours.url)
    sandbox.knobs.page_permission = False
    with pytest.raises(GraphError) as raised:
        await lease.acquire(plan)
    await lease.release()
    assert raised.value.done == "page was removed: it had no subscription before"
    assert sandbox.world.registration(app.app_id, "page") is None
    assert page.fields() == ("feed",)
    assert ledger.open_entries() == []
    assert InstallationLedger(ledger.path).open_entries() == []


async def test_a_relays_registration_outlives_an_account_that_refuses(
    client: GraphClient,
    app: App,
    ledger: Ledger,
    page: Installed,
    items: list[RunEvent],
    sandbox: SandboxServer,
    ours: Endpoint,
) -> None:
    first = _lease(client, app, ledger, page, items, sandbox, **_RELAY)
    await first.acquire(await first.plan(ours.url))
    await first.release()
    page.set("feed")
    second = _lease(client, app, ledger, page, items, sandbox, **_RELAY)
    plan = await second.plan(ours.url)
    sandbox.knobs.page_permission = False
    with pytest.raises(GraphError) as raised:
        await second.acquire(plan)
    assert raised.value.done == "page stays as an earlier process left it"
    await second.release()
    registered = sandbox.world.registration(app.app_id, "page")
    assert registered
    assert registered.callback_url == ours.url
    assert [entry.kept for entry in ledger.open_entries()] == [True]


async def test_what_an_earlier_run_left_on_a_page_is_put_back_although_the_app_is_somebody_elses(
    client: GraphClient,
    app: App,
    ledger: Ledger,
    page: Installed,
    items: list[RunEvent],
    sandbox: SandboxServer,
    ours: Endpoint,
    production: Endpoint,
) -> None:
    killed = _lease(client, app, ledger, page, items, sandbox)
    await killed.acquire(await killed.plan(ours.url))
    assert page.fields() == ("feed", "messages")
    await client.subscribe(
        object="page", callback_url=production.url, verify_token="prod-token", fields=(), include_values=True
    )
    with pytest.raises(ForeignCallbackError):
        await _lease(client, app, ledger, page, items, sandbox).plan(ours.url)
    assert page.fields() == ("feed",)


async def test_an_error_before_anything_is_registered_says_so(
    client: GraphClient,
    app: App,
    ledger: Ledger,
    page: Installed,
    items: list[RunEvent],
    sandbox: SandboxServer,
    ours: Endpoint,
) -> None:
    sandbox.knobs.page_permission = False
    with pytest.raises(GraphError) as raised:
        await _lease(client, app, ledger, page, items, sandbox).plan(ours.url)
    assert raised.value.done == "nothing was registered"


@pytest.fixture
async def started(
    client: GraphClient,
    app: App,
    ledger: Ledger,
    page: Installed,
    items: list[RunEvent],
    sandbox: SandboxServer,
    ours: Endpoint,
    request: pytest.FixtureRequest,
) -> RunLease:
    """Return a lease that holds the app and a Page; a test may give its settings."""
    lease = _lease(client, app, ledger, page, items, sandbox, **getattr(request, "param", {}))
    await lease.acquire(await lease.plan(ours.url))
    return lease


@pytest.mark.parametrize("started", [_KEEP], indirect=True)
async def test_an_account_that_cannot_be_kept_does_not_keep_the_app_from_it(started: RunLease, ledger: Ledger) -> None:
    accounts = InstallationLedger(ledger.path)
    (entry,) = accounts.open_entries()
    accounts.take_over(entry, replace(entry, holder="9-z"))
    with pytest.raises(RestoreError, match="no open entry"):
        await started.release()
    assert [entry.kept for entry in ledger.open_entries()] == [True]


@pytest.mark.parametrize("how", [RunLease.release, RunLease.recover], ids=["release", "recover"])
async def test_both_are_put_back_and_what_fails_is_told_of_both(
    how: Callable[[RunLease], Awaitable[None]],
    started: RunLease,
    app: App,
    ledger: Ledger,
    page: Installed,
    sandbox: SandboxServer,
) -> None:
    assert started.holds_anything
    sandbox.knobs.page_permission = False
    sandbox.knobs.turn({"failing_calls": 99, "failing_method": "DELETE", "call_failure": "500"})
    run = run_registry.LiveRun(key="1-a", pid=1, address="/x", journal="/j", app_id=app.app_id, objects=("page",))
    with run_registry.announce(run):
        with pytest.raises(RestoreError, match=f"page:{page.scope.id}: .*; .*page: ") as raised:
            await how(started)
        assert f"hookscope teardown --app-id {app.app_id}" in (raised.value.hint or "")
        assert started.holds_anything
        sandbox.knobs.page_permission = True
        sandbox.knobs.turn({"failing_calls": 0})
        await how(started)
    assert sandbox.world.registration(app.app_id, "page") is None
    assert page.fields() == ("feed",)
    assert (ledger.open_entries(), InstallationLedger(ledger.path).open_entries()) == ([], [])


async def test_a_handshake_that_fails_while_both_are_moved_is_what_is_told(
    client: GraphClient,
    app: App,
    ledger: Ledger,
    items: list[RunEvent],
    sandbox: SandboxServer,
    ours: Endpoint,
    production: Endpoint,
) -> None:
    sandbox.world.subscribe(
        app.app_id,
        WHATSAPP,
        callback_url=production.url,
        verify_token=Secret("prod-token"),
        fields=("messages",),
        version="v25.0",
    )
    secrets = SecretSources({"HOOKSCOPE_USER_TOKEN": sandbox.world.user.token.reveal()})
    run = RunSettings(
        app=app,
        secrets=secrets,
        topics=tuple(Topic(object=topic, fields=("messages",)) for topic in ("page", WHATSAPP)),
        accounts=(Scope(ScopeKind.WABA, sandbox.world.whatsapp.id),),
        lease=LeaseSettings(verify_token="our-token"),
        path="/hook",
        journal=ledger.path.with_name("journal.db"),
    )
    lease = RunLease(client, ledger.path, run, holder="1-a", publish=items.append, probe=probe, is_gone=lambda: False)
    await lease.acquire(await lease.plan(ours.url))
    ours.is_down = True
    secrets.use_user_token(Secret("EAA" + "0" * 60))
    with pytest.raises(HandshakeError):
        await lease.move(f"{ours.url}/elsewhere")
    ours.is_down = False
    with pytest.raises(GraphError, match="token"):
        await lease.move(f"{ours.url}/elsewhere")


async def test_nothing_is_held_once_it_is_abandoned(started: RunLease, ledger: Ledger, page: Installed) -> None:
    await started.abandon()
    assert not started.holds_anything
    assert page.fields() == ("feed", "messages")
    assert (len(ledger.open_entries()), len(InstallationLedger(ledger.path).open_entries())) == (1, 1)


async def test_both_are_checked(started: RunLease, app: App, page: Installed, items: list[RunEvent]) -> None:
    page.set("feed")
    await started.check()
    assert [item.message.split(" no longer ")[0] for item in items if isinstance(item, Notice)] == [str(page.scope)]
