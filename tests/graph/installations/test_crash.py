"""A run that is killed at any step: the next one finds the way back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hookscope.errors import HookscopeError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope
from hookscope.secret_sources import Secret, SecretSources
from hookscope.settings import App, LeaseSettings
from tests.graph.endpoint import Endpoint
from tests.graph.fuse import Fuse, is_crash
from tests.graph.installations.page import Installed
from tests.graph.wait import no_wait

FIELDS = {"page": ("feed", "messages"), "whatsapp_business_account": ("messages",)}


class _FusedEdge(InstallationEdge):
    fuse = Fuse()

    async def look(self, scope: Scope) -> SubscribedApp | None:
        self.fuse.step()
        found = await super().look(scope)
        self.fuse.step()
        return found

    async def set(self, scope: Scope, wanted: SubscribedApp | None, verify_token: Secret | None = None) -> None:
        self.fuse.step()
        await super().set(scope, wanted, verify_token)
        self.fuse.step()


class _FusedLedger(InstallationLedger):
    fuse = Fuse()

    def begin(self, entry: InstallationEntry) -> InstallationEntry:
        self.fuse.step()
        written = super().begin(entry)
        self.fuse.step()
        return written

    def close(self, entry: InstallationEntry, outcome: str, reason: str) -> InstallationEntry:
        self.fuse.step()
        written = super().close(entry, outcome, reason)
        self.fuse.step()
        return written


class Runs:
    """Makes leases on the same accounts and ledger, on a fuse or not."""

    def __init__(self, client: GraphClient, app: App, sandbox: SandboxServer, ledger: Path, url: str) -> None:
        given = {
            "HOOKSCOPE_PAGE_TOKEN": sandbox.world.page.token.reveal(),
            "HOOKSCOPE_USER_TOKEN": sandbox.world.user.token.reveal(),
        }
        self._nodes = GraphNodes(client.caller)
        self._app = app
        self._tokens = Tokens(self._nodes, app, SecretSources(given))
        self.ledger = _FusedLedger(ledger)
        self.url = url

    def lease(self, fuse: Fuse, *scopes: Scope) -> InstallationLease:
        edge = _FusedEdge(self._nodes, self._app, self._tokens)
        edge.fuse = self.ledger.fuse = fuse
        return InstallationLease(
            edge,
            self.ledger,
            LeaseSettings(verify_token="our-token"),
            scopes,
            holder=f"{id(fuse)}-x",
            publish=lambda _: None,
            is_live=lambda _: False,
            wait=no_wait,
        )

    async def run(self, fuse: Fuse, *scopes: Scope) -> None:
        lease = self.lease(fuse, *scopes)
        await lease.acquire(await lease.plan(self.url, FIELDS))
        await lease.release()


@pytest.fixture
def runs(client: GraphClient, app: App, sandbox: SandboxServer, tmp_path: Path, ours: Endpoint) -> Runs:
    return Runs(client, app, sandbox, tmp_path / "state" / "hookscope" / "ledger.db", ours.url)


async def _crash_everywhere(runs: Runs, scope: Scope, state: Callable[[], object]) -> int:
    before, at = state(), 0
    while True:
        at += 1
        try:
            await runs.run(Fuse(at), scope)
        except BaseException as error:
            if not is_crash(error):
                raise
        else:
            return at
        await runs.run(Fuse(), scope)
        assert state() == before, f"after a crash at step {at}"
        assert runs.ledger.open_entries() == [], f"after a crash at step {at}"


async def test_a_page_is_put_back_wherever_a_run_was_killed(runs: Runs, page: Installed) -> None:
    assert await _crash_everywhere(runs, page.scope, page.fields) > 10


@pytest.mark.slow
async def test_a_page_without_the_app_has_none_wherever_a_run_was_killed(runs: Runs, page: Installed) -> None:
    page.remove()
    assert await _crash_everywhere(runs, page.scope, page.fields) > 10


@pytest.mark.slow
@pytest.mark.parametrize("which", ["waba", "phone"])
async def test_an_override_is_gone_wherever_a_run_was_killed(
    which: str, runs: Runs, sandbox: SandboxServer, request: pytest.FixtureRequest
) -> None:
    world = sandbox.world

    def state() -> object:
        return world.whatsapp.override(world.app.id), tuple(world.whatsapp.installed)

    assert await _crash_everywhere(runs, request.getfixturevalue(which), state) > 10


async def test_a_change_whose_answer_is_lost_counts_when_it_shows(
    runs: Runs, page: Installed, sandbox: SandboxServer
) -> None:
    lease = runs.lease(Fuse(), page.scope)
    plan = await lease.plan("", FIELDS)
    sandbox.knobs.failing_calls, sandbox.knobs.failing_method, sandbox.knobs.call_failure = 1, "POST", "reset"
    await lease.acquire(plan)
    assert page.fields() == ("feed", "messages")
    sandbox.knobs.failing_calls = 1
    await lease.release()
    assert (page.fields(), runs.ledger.open_entries()) == (("feed",), [])


async def test_a_change_whose_answer_is_lost_keeps_its_way_back_when_it_does_not_show(
    runs: Runs, page: Installed, sandbox: SandboxServer
) -> None:
    lease = runs.lease(Fuse(), page.scope)
    plan = await lease.plan("", FIELDS)
    sandbox.knobs.failing_calls, sandbox.knobs.failing_method, sandbox.knobs.call_failure = 2, "POST", "502"
    with pytest.raises(LostAnswerError) as raised:
        await lease.acquire(plan)
    assert "may still take effect" in f"{raised.value.done}"
    assert len(runs.ledger.open_entries()) == 1
    page.set("feed", "messages")  # It took effect after all.
    await runs.run(Fuse(), page.scope)
    assert (page.fields(), runs.ledger.open_entries()) == (("feed",), [])


async def test_one_that_fails_takes_the_others_back(
    runs: Runs, page: Installed, waba: Scope, sandbox: SandboxServer, ours: Endpoint
) -> None:
    ours.is_down = True
    with pytest.raises(HookscopeError):
        await runs.run(Fuse(), page.scope, waba)
    assert (page.fields(), sandbox.world.whatsapp.override(sandbox.world.app.id)) == (("feed",), None)
    assert runs.ledger.open_entries() == []
