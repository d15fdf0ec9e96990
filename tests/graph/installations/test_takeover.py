"""Replacing an override of somebody else's: only with its proven token, and it comes back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from hookscope.diagnosis.probe import probe
from hookscope.errors import ForeignCallbackError, HandshakeError, RestoreError, UsageError
from hookscope.graph.callback_prover import CallbackProver
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.restore import restore
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Ending
from hookscope.scope import Scope
from hookscope.secret_sources import Secret
from hookscope.settings import LeaseSettings
from tests.graph.endpoint import Endpoint
from tests.graph.wait import no_wait

FIELDS = {"whatsapp_business_account": ("messages",)}
TAKEOVER = LeaseSettings(verify_token="our-token", takeover=True, restore_verify_token="prod-token")


@pytest.fixture(params=["waba", "phone"])
def scope(request: pytest.FixtureRequest) -> Scope:
    found: Scope = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def foreign(edge: InstallationEdge, scope: Scope, production: Endpoint) -> SubscribedApp:
    """Production's override is there before we come."""
    await edge.set(
        scope, SubscribedApp(app_id=edge.app.app_id, override_url=production.url), Secret(production.verify_token)
    )
    found = await edge.look(scope)
    assert found
    return found


def _lease(
    edge: InstallationEdge, ledger: InstallationLedger, scope: Scope, settings: LeaseSettings
) -> InstallationLease:
    return InstallationLease(
        edge,
        ledger,
        settings,
        (scope,),
        holder="1-a",
        publish=lambda _: None,
        prover=CallbackProver(settings, probe, lambda _: None),
        is_live=lambda _: False,
        wait=no_wait,
    )


@contextmanager
def _set_meanwhile(other: SubscribedApp, token: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have somebody else set `other` right after each call that sets something."""
    set_it = InstallationEdge.set

    async def set_both(self: InstallationEdge, scope: Scope, wanted: SubscribedApp, verify_token: Secret) -> None:
        await set_it(self, scope, wanted, verify_token)
        await set_it(self, scope, other, Secret(token))

    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "set", set_both)
        yield


async def test_it_comes_back_with_its_token(
    edge: InstallationEdge, installations: InstallationLedger, scope: Scope, foreign: SubscribedApp, ours: Endpoint
) -> None:
    lease = _lease(edge, installations, scope, TAKEOVER)
    (planned,) = await lease.plan(ours.url, FIELDS)
    assert planned.restorable
    assert "prod-token" not in f"{planned} {planned.to_json()} {planned!r}"
    await lease.acquire([planned])
    current = await edge.look(scope)
    assert current
    assert current.override_url == ours.url
    await lease.release()
    assert await edge.look(scope) == foreign
    assert installations.open_entries() == []


class _DroppingEdge(InstallationEdge):
    """A Graph API that removes an override whose successor it refuses."""

    async def set(self, scope: Scope, wanted: SubscribedApp | None, verify_token: Secret | None = None) -> None:
        try:
            await super().set(scope, wanted, verify_token)
        except HandshakeError:
            await super().set(scope, SubscribedApp(app_id=self.app.app_id))
            raise


async def test_when_ours_is_refused_it_is_still_there(
    edge: InstallationEdge, installations: InstallationLedger, scope: Scope, foreign: SubscribedApp, ours: Endpoint
) -> None:
    ours.is_down = True
    for kind in InstallationEdge, _DroppingEdge:
        lease = _lease(kind(edge._nodes, edge.app, edge.tokens), installations, scope, TAKEOVER)
        plans = await lease.plan(ours.url, FIELDS)
        with pytest.raises(HandshakeError):
            await lease.acquire(plans)
        assert await edge.look(scope) == foreign
        assert installations.open_entries() == []


async def test_a_relay_that_finds_the_next_one_s_callback_leaves_the_way_back(
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
    elsewhere: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was suspended after its call."""
    relay = _lease(edge, installations, scope, replace(TAKEOVER, keep=True, standing=()))
    plans = await relay.plan(ours.url, FIELDS)
    with (
        _set_meanwhile(replace(foreign, override_url=elsewhere.url), "our-token", monkeypatch),
        pytest.raises(RestoreError, match="which is not known to be ours"),
    ):
        await relay.acquire(plans)
    (entry,) = installations.open_entries()
    installations.adopt(entry.adopting((elsewhere.url,)))
    outcome = await restore(entry, edge, installations, wait=no_wait)
    assert (outcome.ending, outcome.callback_url) == (Ending.RESTORED, foreign.override_url)
    assert await edge.look(scope) == foreign


async def test_a_relay_that_continues_an_entry_leaves_its_way_back_to_the_next_one(
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
    elsewhere: Endpoint,
    colleague: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was displaced was so by a run that was killed; the relay was suspended after its call."""
    run = _lease(edge, installations, scope, TAKEOVER)
    await run.acquire(await run.plan(ours.url, FIELDS))
    relay = _lease(edge, installations, scope, replace(TAKEOVER, keep=True, standing=()))
    plans = await relay.plan(elsewhere.url, FIELDS)
    with (
        _set_meanwhile(replace(foreign, override_url=colleague.url), "colleague-token", monkeypatch),
        pytest.raises(RestoreError, match="which is not known to be ours"),
    ):
        await relay.acquire(plans)
    (entry,) = installations.open_entries()
    assert entry.displaced == foreign


async def test_a_run_whose_override_a_colleague_has_replaced_has_nothing_to_put_back(
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
    colleague: Endpoint,
) -> None:
    run = _lease(edge, installations, scope, TAKEOVER)
    await run.acquire(await run.plan(ours.url, FIELDS))
    (entry,) = installations.open_entries()
    assert entry.fields == ()  # It has changed the address alone.
    theirs = replace(foreign, override_url=colleague.url)
    await edge.set(scope, theirs, Secret("colleague-token"))
    await run.release()
    assert await edge.look(scope) == theirs
    assert installations.open_entries() == []


async def test_an_override_that_somebody_removes_after_a_refused_move_is_not_brought_back(
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
    elsewhere: Endpoint,
) -> None:
    """Only a refusal of the first call may have taken the displaced override away."""
    lease = _lease(edge, installations, scope, TAKEOVER)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    elsewhere.is_down = True
    with pytest.raises(HandshakeError):
        await lease.move(elsewhere.url)
    removed = replace(foreign, override_url=None)
    await edge.set(scope, removed)
    await lease.release()
    assert await edge.look(scope) == removed
    assert installations.open_entries() == []


async def test_a_run_that_knows_nothing_of_the_next_relay_leaves_the_way_back(
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
    elsewhere: Endpoint,
) -> None:
    relay = _lease(edge, installations, scope, replace(TAKEOVER, keep=True, standing=()))
    await relay.acquire(await relay.plan(ours.url, FIELDS))
    await edge.set(scope, replace(foreign, override_url=elsewhere.url), Secret("our-token"))
    run = _lease(edge, installations, scope, LeaseSettings(verify_token="our-token"))
    with pytest.raises(
        ForeignCallbackError, match="which is not known to be ours: the ledger keeps what was there"
    ) as raised:
        await run.plan(ours.url, FIELDS)
    assert "hookscope teardown" in (raised.value.hint or "")
    (entry,) = installations.open_entries()
    installations.adopt(entry.adopting((elsewhere.url,)))
    assert (await restore(entry, edge, installations, wait=no_wait)).ending is Ending.RESTORED
    assert await edge.look(scope) == foreign


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"takeover": False}, ForeignCallbackError),
        ({"restore_verify_token": None}, UsageError),
        ({"restore_verify_token": "wrong"}, HandshakeError),
    ],
)
async def test_it_is_not_replaced_without_the_way_back(
    changes: dict[str, object],
    error: type[Exception],
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
) -> None:
    settings = replace(TAKEOVER, **changes)
    with pytest.raises(error):
        await _lease(edge, installations, scope, settings).plan(ours.url, FIELDS)
    assert await edge.look(scope) == foreign


async def test_its_loss_can_be_accepted(
    edge: InstallationEdge, installations: InstallationLedger, scope: Scope, foreign: SubscribedApp, ours: Endpoint
) -> None:
    settings = replace(TAKEOVER, restore_verify_token=None, no_restore=True)
    lease = _lease(edge, installations, scope, settings)
    (planned,) = await lease.plan(ours.url, FIELDS)
    assert "NOT put back" in str(planned)
    await lease.acquire([planned])
    (entry,) = installations.open_entries()
    await lease.release()
    current = await edge.look(scope)
    assert current == replace(foreign, override_url=None)
    closed = installations.find(entry.id)
    assert closed
    assert f"{foreign.override_url} could not be put back" in f"{closed.reason}"


async def test_when_it_is_down_at_the_end_the_entry_stays_until_it_answers(
    edge: InstallationEdge,
    installations: InstallationLedger,
    scope: Scope,
    foreign: SubscribedApp,
    ours: Endpoint,
    production: Endpoint,
) -> None:
    lease = _lease(edge, installations, scope, TAKEOVER)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    production.is_down = True
    with pytest.raises(Exception, match="not everything could be put back"):
        await lease.release()
    assert len(installations.open_entries()) == 1
    production.is_down = False
    await lease.release()
    assert await edge.look(scope) == foreign
