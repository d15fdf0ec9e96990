"""The end of a lease on accounts: what is kept, what is put back, and what a call without an answer leaves."""

import asyncio

import pytest

from hookscope.errors import ForeignCallbackError, GraphError, HandshakeError, RestoreError
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Ending, Notice, PageEnded, PageInstalled, RunEvent, SubscriptionEnded
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope
from hookscope.secret_sources import Secret
from tests.graph.endpoint import Endpoint
from tests.graph.installations.build import STANDING, Build
from tests.graph.installations.page import Installed
from tests.graph.wait import Waits
from tests.support.full_disk import full_disk

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


async def test_a_move_with_an_answer_is_not_doubted_for_the_one_before(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    sandbox: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Meta may show an older state for a moment after a change."""
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    before = await edge.look(waba)

    async def look_before(*_: object) -> SubscribedApp | None:
        return before

    sandbox.knobs.turn({"failing_calls": 2, "failing_method": "POST", "call_failure": "502"})
    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_before)
        with pytest.raises(LostAnswerError):
            await lease.move(elsewhere.url)
        await lease.move(elsewhere.url)
    current = await edge.look(waba)
    assert (current and current.override_url) == elsewhere.url


async def test_what_showed_without_an_answer_is_put_back_after_a_move_without_one(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    sandbox: SandboxServer,
) -> None:
    lease = build(waba)
    plans = await lease.plan(ours.url, FIELDS)
    sandbox.knobs.turn({"failing_calls": 1, "failing_method": "POST", "call_failure": "lost"})
    await lease.acquire(plans)
    sandbox.knobs.turn({"failing_calls": 2, "call_failure": "502"})
    with pytest.raises(LostAnswerError):
        await lease.move(elsewhere.url)
    await lease.release()
    assert await edge.look(waba) == plans[0].displaced
    assert installations.open_entries() == []


async def test_a_move_that_was_cut_off_ends_before_the_next_one_looks(
    build: Build, waba: Scope, ours: Endpoint, elsewhere: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    elsewhere.may_answer.clear()
    moving = asyncio.create_task(lease.move(elsewhere.url))
    await elsewhere.is_asked.wait()
    moving.cancel()
    await asyncio.wait([moving])
    look, is_under_way = InstallationEdge.look, list[bool]()

    async def look_and_note(self: InstallationEdge, scope: Scope) -> SubscribedApp | None:
        is_under_way.append(f"change {waba}" in [task.get_name() for task in asyncio.all_tasks()])
        return await look(self, scope)

    asyncio.get_running_loop().call_soon(elsewhere.may_answer.set)
    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_and_note)
        await lease.move(elsewhere.url)
    assert is_under_way == [False]
    assert elsewhere.asked == 1


@pytest.mark.parametrize("is_relays", [False, True], ids=["a run's", "a relay's"])
async def test_an_override_of_a_killed_process_stays_after_a_refusal_only_if_it_is_a_relay_s(
    is_relays: bool,
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    """A relay that is killed before it has noted that its override is kept leaves an entry like a run's."""
    killed = build(waba, holder="0-dead")
    await killed.acquire(await killed.plan(ours.url, FIELDS))
    elsewhere.is_down = True
    relay = build(waba, keep=True, standing=(ours.url,) if is_relays else ())
    with pytest.raises(HandshakeError):
        await relay.acquire(await relay.plan(elsewhere.url, FIELDS))
    current = await edge.look(waba)
    assert (current and current.override_url) == (ours.url if is_relays else None)
    assert [entry.kept for entry in installations.open_entries()] == [True] * is_relays


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


async def _point(edge: InstallationEdge, scope: Scope, endpoint: Endpoint) -> None:
    """Set an override as somebody else would."""
    wanted = SubscribedApp(app_id=edge.app.app_id, override_url=endpoint.url)
    await edge.set(scope, wanted, Secret(endpoint.verify_token))


async def test_a_move_leaves_what_a_colleague_has_set_and_says_so(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    colleague: Endpoint,
    edge: InstallationEdge,
    items: list[RunEvent],
) -> None:
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    await _point(edge, waba, colleague)
    await lease.move(elsewhere.url)
    current = await edge.look(waba)
    assert (current and current.override_url) == colleague.url
    lost = items[-1]
    assert isinstance(lost, Notice)
    assert lost.message == f"{waba} no longer has what this run set: it has the callback {colleague.url}"


async def test_a_move_after_the_app_was_removed_says_so(
    build: Build, waba: Scope, ours: Endpoint, elsewhere: Endpoint, edge: InstallationEdge, items: list[RunEvent]
) -> None:
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    await edge.set(waba, None)
    await lease.move(elsewhere.url)
    assert await edge.look(waba) is None
    lost = items[-1]
    assert isinstance(lost, Notice)
    assert lost.message == f"{waba} no longer has what this run set: it has nothing of the app"


async def test_a_move_to_the_present_address_asks_for_nothing(build: Build, waba: Scope, ours: Endpoint) -> None:
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, FIELDS))
    ours.asked = 0
    await lease.move(ours.url)
    assert ours.asked == 0


async def test_a_relay_whose_move_is_refused_while_it_ends_keeps_its_former_address(
    build: Build, waba: Scope, ours: Endpoint, elsewhere: Endpoint, edge: InstallationEdge, items: list[RunEvent]
) -> None:
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, FIELDS))
    second = build(waba, holder="2-b", **STANDING)
    await _cancel_while_asked(second, elsewhere)
    elsewhere.is_down = True
    elsewhere.may_answer.set()
    await second.release()
    current = await edge.look(waba)
    assert (current and current.override_url) == ours.url
    assert second.open_entries == ()
    kept = items[-1]
    assert isinstance(kept, SubscriptionEnded)
    assert (kept.ending, kept.reason.partition(";")[0]) == (Ending.KEPT, "it stays registered for the next relay")


async def test_a_relay_leaves_in_place_what_is_noted_as_kept_although_the_disk_is_full(
    build: Build, page: Installed, installations: InstallationLedger, items: list[RunEvent]
) -> None:
    lease = build(page.scope, **STANDING)
    await lease.acquire(await lease.plan("", FIELDS))
    with full_disk():
        await lease.release()
    assert page.fields() == ("feed", "messages")
    assert [entry.kept for entry in installations.open_entries()] == [True]
    kept = items[-1]
    assert isinstance(kept, PageEnded)
    assert kept.ending is Ending.KEPT


async def test_what_is_handed_over_is_not_put_back(
    build: Build, page: Installed, installations: InstallationLedger, edge: InstallationEdge
) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", FIELDS))
    lease.hand_over()
    assert lease.open_entries == ()
    assert installations.open_entries() == []
    await lease.release()
    assert page.fields() == ("feed", "messages")
    (entry,) = installations.by_hand(edge.app.graph_url, edge.app.app_id, page.scope)
    assert entry.displaced
    assert entry.displaced.fields == ("feed",)


async def test_what_a_run_keeps_is_said_to_stay_because_of_that(
    build: Build, page: Installed, items: list[RunEvent], sandbox: SandboxServer
) -> None:
    lease = build(page.scope, keep=True)
    await lease.acquire(await lease.plan("", FIELDS))
    await lease.release()
    kept = items[-1]
    assert isinstance(kept, PageEnded)
    assert kept.ending is Ending.KEPT
    command = f"hookscope teardown --app-id {sandbox.world.app.id} --scope {page.scope}"
    assert kept.reason == f"it stays registered because of --keep; to put it back: {command}"
    assert lease.open_entries == ()


async def test_a_change_that_shows_late_is_waited_for(
    build: Build, page: Installed, items: list[RunEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meta may show an older state for a moment after a change; also that the app is not installed."""
    page.remove()
    waits = Waits()
    lease = build(page.scope, wait=waits)
    plans = await lease.plan("", FIELDS)
    look, looks = InstallationEdge.look, list[Scope]()

    async def look_late(self: InstallationEdge, scope: Scope) -> SubscribedApp | None:
        looks.append(scope)
        return await look(self, scope) if len(looks) > 3 else None

    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_late)
        await lease.acquire(plans)
    assert waits.seconds == [0.5, 1.0]
    (installed,) = items
    assert isinstance(installed, PageInstalled)
    assert (installed.fields, installed.displaced) == (("feed", "messages"), None)


async def test_an_account_that_has_changed_since_it_was_read_ends_the_lease_on_the_others(
    build: Build,
    page: Installed,
    waba: Scope,
    ours: Endpoint,
    colleague: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    lease = build(page.scope, waba)
    plans = await lease.plan(ours.url, FIELDS)
    await _point(edge, waba, colleague)
    with pytest.raises(ForeignCallbackError, match="has changed since it was read") as raised:
        await lease.acquire(plans)
    assert raised.value.done == f"nothing was changed for it; {page.scope} was restored: it has the fields feed again"
    current = await edge.look(waba)
    assert (current and current.override_url) == colleague.url
    assert page.fields() == ("feed",)
    assert installations.open_entries() == []


async def test_an_override_that_was_never_set_is_not_said_to_have_ended(
    build: Build, page: Installed, waba: Scope, ours: Endpoint, items: list[RunEvent]
) -> None:
    lease = build(page.scope, waba)
    plans = await lease.plan(ours.url, FIELDS)
    ours.is_down = True
    with pytest.raises(HandshakeError) as raised:
        await lease.acquire(plans)
    assert f"{page.scope} was restored: it has the fields feed again" in f"{raised.value.done}"
    assert [type(item) for item in items] == [PageInstalled, PageEnded]


async def test_a_relay_s_new_address_without_an_answer_keeps_the_entry(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    sandbox: SandboxServer,
) -> None:
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, FIELDS))
    second = build(waba, holder="2-b", **STANDING)
    plans = await second.plan(elsewhere.url, FIELDS)
    sandbox.knobs.turn({"failing_calls": 2, "failing_method": "POST", "call_failure": "502"})
    with pytest.raises(LostAnswerError) as raised:
        await second.acquire(plans)
    kept = f"the ledger entry of {waba} is kept, since the call may still take effect"
    assert f"{raised.value.done}".endswith(kept)
    assert f"{raised.value.hint}".endswith(f"; then hookscope teardown --app-id {sandbox.world.app.id} --scope {waba}")
    await second.release()
    current = await edge.look(waba)
    assert (current and current.override_url) == ours.url
    (entry,) = installations.open_entries()
    assert (entry.kept, entry.callback_urls) == (True, (ours.url, elsewhere.url))


async def test_what_cannot_be_put_back_after_a_refusal_is_told_with_the_refusal(
    build: Build,
    page: Installed,
    waba: Scope,
    ours: Endpoint,
    installations: InstallationLedger,
    items: list[RunEvent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = build(page.scope, waba)
    plans = await lease.plan(ours.url, FIELDS)
    ours.is_down = True
    set_it = InstallationEdge.set

    async def set_unless_back(
        self: InstallationEdge, scope: Scope, wanted: SubscribedApp | None, token: Secret | None = None
    ) -> None:
        if wanted and wanted.fields == ("feed",):
            raise GraphError("no permission anymore")
        await set_it(self, scope, wanted, token)

    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "set", set_unless_back)
        with pytest.raises(RestoreError, match="after that, not everything could be put back"):
            await lease.acquire(plans)
    assert [entry.scope for entry in installations.open_entries()] == [page.scope]
    assert [entry.scope for entry in lease.open_entries] == [page.scope]
    (notice,) = [item for item in items if isinstance(item, Notice)]
    assert notice.message == f"{page.scope} could not be put back: no permission anymore"
    await lease.release()
    assert page.fields() == ("feed",)


@pytest.mark.parametrize("can_look", [True, False], ids=["shows late", "cannot be seen"])
async def test_a_change_without_an_answer_counts_only_once_it_shows(
    can_look: bool,
    build: Build,
    page: Installed,
    installations: InstallationLedger,
    sandbox: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits = Waits()
    lease = build(page.scope, wait=waits)
    plans = await lease.plan("", FIELDS)
    before, look, looks = plans[0].displaced, InstallationEdge.look, list[Scope]()

    async def look_late(self: InstallationEdge, scope: Scope) -> SubscribedApp | None:
        looks.append(scope)
        if len(looks) > 1 and not can_look:
            raise GraphError("no answer")
        return await look(self, scope) if len(looks) > 3 else before

    sandbox.knobs.turn({"failing_calls": 1, "failing_method": "POST", "call_failure": "lost"})
    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_late)
        if can_look:
            await lease.acquire(plans)
            assert waits.seconds == [0.5, 1.0]
            return
        with pytest.raises(LostAnswerError):
            await lease.acquire(plans)
    assert len(installations.open_entries()) == 1
