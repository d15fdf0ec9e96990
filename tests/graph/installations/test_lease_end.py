"""The end of a lease on accounts: what is kept, what is put back, and what a call without an answer leaves."""

import asyncio

import pytest

from hookscope.errors import GraphError, HandshakeError
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Notice, RunEvent
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope
from tests.graph.endpoint import Endpoint
from tests.graph.installations.build import STANDING, Build
from tests.graph.installations.page import Installed

FIELDS = {"page": ("feed", "messages"), "whatsapp_business_account": ("messages",)}


async def _cancel_while_asked(lease: InstallationLease, asked: Endpoint) -> None:
    """Cancel the acquisition while the callback is being verified, which goes on."""
    plans = await lease.plan(asked.url, FIELDS)
    asked.may_answer.clear()
    acquiring = asyncio.create_task(lease.acquire(plans))
    await asked.is_asked.wait()
    acquiring.cancel()
    await asyncio.wait([acquiring])


@pytest.mark.parametrize("is_down", [False, True], ids=["accepted", "refused"])
async def test_whoever_has_lost_the_lease_waits_for_its_call_and_changes_nothing_more(
    is_down: bool,
    build: Build,
    waba: Scope,
    ours: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    items: list[RunEvent],
) -> None:
    lease = build(waba, **STANDING)
    await _cancel_while_asked(lease, ours)
    ours.is_down = is_down
    asyncio.get_running_loop().call_soon(ours.may_answer.set)
    await lease.abandon()
    assert f"change {waba}" not in [task.get_name() for task in asyncio.all_tasks()]
    current = await edge.look(waba)
    assert (current and current.override_url) == (None if is_down else ours.url)
    assert lease.open_entries == ()
    assert [entry.kept for entry in installations.open_entries()] == [False]
    assert items == []


async def test_what_stands_stays_when_another_account_refuses(
    build: Build, page: Installed, waba: Scope, ours: Endpoint, installations: InstallationLedger
) -> None:
    first = build(page.scope, **STANDING)
    await first.acquire(await first.plan(ours.url, FIELDS))
    ours.is_down = True
    second = build(page.scope, waba, holder="2-b", **STANDING)
    with pytest.raises(HandshakeError) as raised:
        await second.acquire(await second.plan(ours.url, FIELDS))
    assert f"{page.scope} stays as an earlier process left it" in f"{raised.value.done}"
    assert page.fields() == ("feed", "messages")
    assert [(entry.scope, entry.kept) for entry in installations.open_entries()] == [(page.scope, True)]


async def test_a_move_says_nothing_of_a_page(
    build: Build, page: Installed, waba: Scope, ours: Endpoint, elsewhere: Endpoint, items: list[RunEvent]
) -> None:
    lease = build(page.scope, waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    items.clear()
    await lease.move(elsewhere.url)
    assert items == []


async def test_a_move_without_an_answer_is_made_by_the_next_call(
    build: Build, waba: Scope, ours: Endpoint, elsewhere: Endpoint, edge: InstallationEdge, sandbox: SandboxServer
) -> None:
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    sandbox.knobs.turn({"failing_calls": 2, "failing_method": "POST", "call_failure": "502"})
    with pytest.raises(LostAnswerError):
        await lease.move(elsewhere.url)
    await lease.move(elsewhere.url)
    current = await edge.look(waba)
    assert (current and current.override_url) == elsewhere.url
    await lease.release()
    current = await edge.look(waba)
    assert (current and current.override_url) is None


async def test_a_refused_address_is_told_before_an_account_that_cannot_be_read(
    build: Build,
    waba: Scope,
    phone: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The tunnel is asked for another address only after a failed handshake."""
    lease = build(waba, phone)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    look = InstallationEdge.look

    async def look_unless_waba(self: InstallationEdge, scope: Scope) -> SubscribedApp | None:
        if scope == waba:
            raise GraphError("no answer")
        return await look(self, scope)

    elsewhere.is_down = True
    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_unless_waba)
        with pytest.raises(HandshakeError):
            await lease.move(elsewhere.url)


async def test_a_check_after_the_end_asks_for_nothing(build: Build, page: Installed, items: list[RunEvent]) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", FIELDS))
    await lease.release()
    await lease.check()
    assert not [item for item in items if isinstance(item, Notice)]
