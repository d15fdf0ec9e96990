"""A run's hold on Pages, WhatsApp accounts, and phone numbers, against the sandbox."""

import asyncio

import pytest
from msgspec.structs import replace

from hookscope.errors import ForeignCallbackError, GraphError, HandshakeError, RestoreError, UsageError
from hookscope.graph.client import GraphClient
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.restore import restore
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.model.run_events import (
    Ending,
    Notice,
    PageEnded,
    PageInstalled,
    RunEvent,
    SubscriptionActive,
    SubscriptionEnded,
)
from hookscope.sandbox.entities import SandboxPage
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret, SecretSources
from hookscope.settings import App
from tests.graph.endpoint import Endpoint
from tests.graph.installations.build import STANDING, Build
from tests.graph.installations.page import Installed
from tests.graph.wait import no_wait


async def test_fields_are_added_to_a_page_and_taken_away_again(
    build: Build, page: Installed, items: list[RunEvent], installations: InstallationLedger
) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("feed", "messages")}))
    assert page.fields() == ("feed", "messages")
    (entry,) = installations.open_entries(scope=page.scope)
    assert (entry.fields, entry.displaced and entry.displaced.fields) == (("feed", "messages"), ("feed",))
    await lease.release()
    assert page.fields() == ("feed",)
    assert installations.open_entries() == []
    active, ended = items
    assert isinstance(active, PageInstalled)
    assert (active.fields, active.displaced) == (("feed", "messages"), ("feed",))
    assert isinstance(ended, PageEnded)
    assert ended.ending is Ending.RESTORED


async def test_an_account_whose_sandbox_ends_meanwhile_is_not_left_to_put_back(
    build: Build,
    page: Installed,
    items: list[RunEvent],
    installations: InstallationLedger,
    sandbox: SandboxServer,
) -> None:
    lease = build(page.scope, is_gone=lambda: 0 < sandbox.knobs.failing_calls < 1000)
    await lease.acquire(await lease.plan("", {"page": ("feed", "messages")}))
    sandbox.knobs.turn({"failing_calls": 1000, "call_failure": "503"})
    await lease.release()
    assert installations.open_entries() == []
    assert [type(item) for item in items] == [PageInstalled, PageEnded]
    assert isinstance(items[-1], PageEnded)
    assert items[-1].ending is Ending.LEFT


async def test_what_a_relay_has_set_stands_for_the_next_one(
    build: Build,
    page: Installed,
    waba: Scope,
    phone: Scope,
    ours: Endpoint,
    items: list[RunEvent],
    installations: InstallationLedger,
) -> None:
    wanted = {"page": ("feed", "messages"), "whatsapp_business_account": ("messages",)}
    first = build(page.scope, waba, phone, **STANDING)
    await first.acquire(await first.plan(ours.url, wanted))
    before = installations.open_entries()
    assert [entry.kept for entry in before] == [True] * 3
    items.clear()
    for live in (), ("1-a",):
        second = build(page.scope, waba, phone, holder="2-b", live=live, **STANDING)
        plans = await second.plan(ours.url, wanted)
        assert not any(plan.is_needed for plan in plans)
        await second.acquire(plans)
        await second.release()
    assert page.fields() == ("feed", "messages")
    after = installations.open_entries()
    assert [(entry.holder, entry.kept) for entry in after] == [("2-b", True)] * 3  # No run takes it for a dead one's.
    assert [entry.displaced for entry in after] == [entry.displaced for entry in before]
    assert {item.ending for item in items if isinstance(item, PageEnded | SubscriptionEnded)} == {Ending.KEPT}


async def test_what_a_killed_relay_could_not_note_as_kept_is_noted_by_the_next_one(
    build: Build, page: Installed, installations: InstallationLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a run on that machine would put it back while the relay is live."""
    wanted = {"page": ("feed", "messages")}
    with monkeypatch.context() as patched:
        patched.setattr(InstallationLedger, "keep", lambda _, entry: entry)
        first = build(page.scope, **STANDING)
        await first.acquire(await first.plan("", wanted))
    assert [entry.kept for entry in installations.open_entries()] == [False]
    second = build(page.scope, holder="2-b", **STANDING)
    await second.heal()
    assert page.fields() == ("feed", "messages")
    await second.acquire(await second.plan("", wanted))
    await build(holder="3-c", live=("2-b",)).heal()
    assert page.fields() == ("feed", "messages")
    assert [(entry.holder, entry.kept) for entry in installations.open_entries()] == [("2-b", True)]


async def test_a_relay_makes_anew_what_no_longer_stands(
    build: Build, page: Installed, installations: InstallationLedger
) -> None:
    first = build(page.scope, **STANDING)
    await first.acquire(await first.plan("", {"page": ("feed", "messages")}))
    page.set("feed")
    second = build(page.scope, holder="2-b", **STANDING)
    await second.acquire(await second.plan("", {"page": ("feed", "messages")}))
    assert page.fields() == ("feed", "messages")
    (entry,) = installations.open_entries(scope=page.scope)
    assert (entry.holder, entry.displaced and entry.displaced.fields) == ("2-b", ("feed",))


async def test_an_account_whose_sandbox_ends_right_after_it_is_put_back_is_said_to_be(
    build: Build, page: Installed, items: list[RunEvent], installations: InstallationLedger
) -> None:
    lease = build(page.scope, is_gone=lambda: page.fields() == ("feed",))
    page.set("mention")
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    page.set("feed", "messages")
    await lease.release()
    assert installations.open_entries() == []
    assert isinstance(items[-1], PageEnded)
    assert (items[-1].ending, items[-1].reason) == (Ending.RESTORED, "it has the fields feed again")


async def test_an_account_whose_sandbox_has_ended_is_not_asked_for(
    build: Build, page: Installed, items: list[RunEvent], installations: InstallationLedger, sandbox: SandboxServer
) -> None:
    lease = build(page.scope, is_gone=lambda: True)
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    sandbox.knobs.turn({"failing_calls": 1, "call_failure": "503"})
    await lease.release()
    assert sandbox.knobs.failing_calls == 1
    assert installations.open_entries() == []
    assert [type(item) for item in items] == [PageInstalled, PageEnded]


@pytest.mark.parametrize("has_ledger", [True, False], ids=["with its ledger", "on another machine"])
async def test_an_override_of_a_relay_whose_address_has_changed_is_its_own(
    has_ledger: bool,
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    items: list[RunEvent],
) -> None:
    before = await edge.look(waba)
    wanted = {"whatsapp_business_account": ("messages",)}
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, wanted))
    if not has_ledger:
        installations.path.unlink()
    items.clear()
    second = build(waba, holder="2-b", **{**STANDING, "standing": (ours.url,)})
    plans = await second.plan(elsewhere.url, wanted)
    current = await edge.look(waba)
    assert current
    assert current.override_url == ours.url
    await second.acquire(plans)
    current = await edge.look(waba)
    assert current
    assert current.override_url == elsewhere.url
    (entry,) = installations.open_entries(scope=waba)
    assert (entry.holder, entry.kept, entry.callback_urls[-1]) == ("2-b", True, elsewhere.url)
    assert [type(item) for item in items if not isinstance(item, Notice)] == [SubscriptionActive]
    assert (await restore(entry, edge, installations, wait=no_wait)).ending is not None
    current = await edge.look(waba)
    assert (current and current.override_url) == (before and before.override_url)


async def test_an_override_is_put_back_though_a_relay_on_another_machine_came_in_between(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    items: list[RunEvent],
) -> None:
    before = await edge.look(waba)
    wanted = {"whatsapp_business_account": ("messages",)}
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, wanted))
    current = await edge.look(waba)
    assert current
    await edge.set(waba, replace(current, override_url=elsewhere.url), Secret("our-token"))
    items.clear()
    third = build(waba, holder="3-c", **{**STANDING, "standing": (ours.url, elsewhere.url)})
    await third.acquire(await third.plan(ours.url, wanted))
    assert [type(item) for item in items if not isinstance(item, Notice)] == [SubscriptionActive]
    (entry,) = installations.open_entries(scope=waba)
    assert (entry.holder, entry.callback_urls) == ("3-c", (elsewhere.url, ours.url))
    assert (await restore(entry, edge, installations, wait=no_wait)).ending is not None
    assert await edge.look(waba) == before


@pytest.mark.parametrize("which", ["waba", "phone"])
async def test_a_relays_override_stays_when_its_new_address_is_refused(
    which: str,
    build: Build,
    request: pytest.FixtureRequest,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    items: list[RunEvent],
) -> None:
    scope: Scope = request.getfixturevalue(which)
    before = await edge.look(scope)
    wanted = {"whatsapp_business_account": ("messages",)}
    first = build(scope, **STANDING)
    await first.acquire(await first.plan(ours.url, wanted))
    items.clear()
    elsewhere.is_down = True
    second = build(scope, holder="2-b", **STANDING)
    with pytest.raises(HandshakeError) as raised:
        await second.acquire(await second.plan(elsewhere.url, wanted))
    await second.release()
    assert f"{raised.value.done}".endswith(f"{scope} stays as an earlier process left it")
    current = await edge.look(scope)
    assert (current and current.override_url) == ours.url
    assert not [item for item in items if not isinstance(item, Notice)]
    elsewhere.is_down = False
    again = build(scope, holder="2-b", live=("2-b",), **STANDING)
    await again.acquire(await again.plan(elsewhere.url, wanted))
    current = await edge.look(scope)
    assert (current and current.override_url) == elsewhere.url
    (entry,) = installations.open_entries(scope=scope)
    assert (entry.kept, entry.callback_urls) == (True, (ours.url, elsewhere.url))
    assert (await restore(entry, edge, installations, wait=no_wait)).ending is not None
    assert await edge.look(scope) == before


async def _stop_while_asked(lease: InstallationLease, url: str, asked: Endpoint) -> None:
    """Cancel the acquisition while the callback is being verified, and release."""
    plans = await lease.plan(url, {"whatsapp_business_account": ("messages",)})
    asked.is_asked.clear()
    asked.may_answer.clear()
    acquiring = asyncio.create_task(lease.acquire(plans))
    await asked.is_asked.wait()
    acquiring.cancel()
    await asyncio.wait([acquiring])
    releasing = asyncio.create_task(lease.release())
    done, _ = await asyncio.wait([releasing], timeout=0.3)
    assert not done
    asked.may_answer.set()
    await releasing


@pytest.mark.parametrize("keep", [False, True], ids=["run", "run --keep"])
@pytest.mark.parametrize("which", ["waba", "phone"])
async def test_a_run_that_is_stopped_while_its_override_is_verified_leaves_nothing_behind(
    which: str,
    keep: bool,
    build: Build,
    request: pytest.FixtureRequest,
    ours: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    items: list[RunEvent],
) -> None:
    scope: Scope = request.getfixturevalue(which)
    before = await edge.look(scope)
    await _stop_while_asked(build(scope, keep=keep), ours.url, ours)
    assert await edge.look(scope) == before
    (ended,) = items
    assert isinstance(ended, SubscriptionEnded)
    assert ended.ending is (Ending.RESTORED if before else Ending.REMOVED)
    assert installations.open_entries() == []


async def test_a_relay_that_is_stopped_while_it_moves_its_override_keeps_one(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, {"whatsapp_business_account": ("messages",)}))
    await _stop_while_asked(build(waba, holder="2-b", **STANDING), elsewhere.url, elsewhere)
    current = await edge.look(waba)
    assert (current and current.override_url) == elsewhere.url
    (entry,) = installations.open_entries()
    assert (entry.kept, entry.callback_urls) == (True, (ours.url, elsewhere.url))


async def test_an_override_that_no_relay_has_set_is_refused_to_one(
    build: Build, waba: Scope, ours: Endpoint, elsewhere: Endpoint, installations: InstallationLedger
) -> None:
    wanted = {"whatsapp_business_account": ("messages",)}
    first = build(waba)
    await first.acquire(await first.plan(ours.url, wanted))
    installations.path.unlink()
    with pytest.raises(ForeignCallbackError, match="already has a callback of its own"):
        await build(waba, holder="2-b", **STANDING).plan(elsewhere.url, wanted)


@pytest.mark.parametrize("keep", [False, True], ids=["run", "run --keep"])
async def test_a_ledger_that_is_broken_does_not_hold_up_the_page(
    keep: bool, build: Build, page: Installed, installations: InstallationLedger
) -> None:
    lease = build(page.scope, keep=keep)
    await lease.acquire(await lease.plan("", {"page": ("feed", "messages")}))
    installations.path.write_bytes(b"broken" * 1000)
    with pytest.raises(RestoreError, match="the ledger could not be written"):
        await lease.release()
    assert page.fields() == ("feed",)


async def test_a_page_without_the_app_has_none_afterward(build: Build, page: Installed) -> None:
    page.remove()
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("feed",)}))
    assert page.fields() == ("feed",)
    await lease.release()
    assert page.fields() is None


async def test_a_page_that_has_all_is_not_changed(
    build: Build, page: Installed, installations: InstallationLedger, items: list[RunEvent]
) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("feed",)}))
    (notice,) = items
    assert isinstance(notice, Notice)
    assert notice.message == f"{page.scope} has the app installed with feed already"
    assert installations.open_entries() == []
    await lease.release()
    assert page.fields() == ("feed",)


async def test_fields_that_others_add_or_remove_meanwhile_are_theirs(build: Build, page: Installed) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    page.set("messages", "mention")
    await lease.release()
    assert page.fields() == ("mention",)


async def test_a_dry_run_changes_nothing(build: Build, page: Installed, installations: InstallationLedger) -> None:
    (planned,) = await build(page.scope, dry_run=True).plan("", {"page": ("messages",)})
    assert "add messages (now the fields feed)" in str(planned)
    assert planned.to_json()["displaced"]["fields"] == ["feed"]
    assert (page.fields(), installations.open_entries()) == (("feed",), [])


async def test_a_dry_run_says_what_would_be_put_back_first(
    build: Build, page: Installed, items: list[RunEvent], installations: InstallationLedger
) -> None:
    killed = build(page.scope, holder="0-dead")
    await killed.acquire(await killed.plan("", {"page": ("messages",)}))
    lease = build(page.scope, dry_run=True)
    await lease.heal()
    await lease.plan("", {"page": ("messages",)})
    assert page.fields() == ("feed", "messages")
    assert len(installations.open_entries()) == 1
    assert isinstance(items[-1], Notice)
    assert items[-1].message == f"{page.scope}, changed by an earlier run, would be put back first"


async def test_the_next_run_puts_back_what_a_killed_one_left(build: Build, page: Installed) -> None:
    killed = build(page.scope, holder="0-dead")
    await killed.acquire(await killed.plan("", {"page": ("messages",)}))
    lease = build(page.scope)
    (planned,) = await lease.plan("", {"page": ("mention",)})
    assert page.fields() == ("feed",)
    await lease.acquire([planned])
    await lease.release()
    assert page.fields() == ("feed",)


async def test_a_live_run_keeps_its_page(build: Build, page: Installed) -> None:
    other = build(page.scope, holder="2-b")
    await other.acquire(await other.plan("", {"page": ("messages",)}))
    with pytest.raises(ForeignCallbackError, match="another run of yours"):
        await build(page.scope, live=("2-b",)).plan("", {"page": ("messages",)})
    assert page.fields() == ("feed", "messages")


async def test_a_page_that_a_live_run_holds_is_not_put_back_by_one_that_does_not_want_it(
    build: Build, page: Installed, installations: InstallationLedger
) -> None:
    other = build(page.scope, holder="2-b")
    await other.acquire(await other.plan("", {"page": ("messages",)}))
    await build(live=("2-b",)).heal()
    assert page.fields() == ("feed", "messages")
    assert len(installations.open_entries()) == 1


async def test_a_page_that_cannot_be_put_back_holds_up_only_a_run_that_wants_it(
    build: Build, page: Installed, waba: Scope, items: list[RunEvent], sandbox: SandboxServer
) -> None:
    killed = build(page.scope, holder="0-dead")
    await killed.acquire(await killed.plan("", {"page": ("messages",)}))
    sandbox.knobs.page_permission = False
    with pytest.raises(RestoreError, match="could not be put back"):
        await build(page.scope).heal()
    items.clear()
    await build(waba).heal()
    (notice,) = items
    assert isinstance(notice, Notice)
    assert notice.message.startswith(f"{page.scope}, which an earlier run changed, is not put back: ")
    assert f"hookscope teardown --app-id {sandbox.world.app.id} --scope {page.scope}" in f"{notice.hint}"


@pytest.mark.parametrize("changes", [{"app_id": "77"}, {"graph_url": "https://graph.example"}], ids=["app", "graph"])
async def test_what_was_changed_elsewhere_is_left_to_a_run_there(
    changes: dict[str, str], build: Build, page: Installed, installations: InstallationLedger
) -> None:
    """This app has nothing of it, which says nothing."""
    killed = build(page.scope, holder="0-dead")
    await killed.acquire(await killed.plan("", {"page": ("messages",)}))
    (entry,) = installations.open_entries()
    installations.close(entry, "test", "it becomes one of elsewhere")
    elsewhere = installations.begin(replace(entry, **changes))
    page.set("feed")
    await build(page.scope).plan("", {"page": ("messages",)})
    assert installations.open_entries() == [elsewhere]


async def test_keep_leaves_it_until_it_is_asked_for_again(
    build: Build, page: Installed, installations: InstallationLedger
) -> None:
    lease = build(page.scope, keep=True)
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    await lease.release()
    assert page.fields() == ("feed", "messages")
    (entry,) = installations.open_entries()
    assert entry.kept
    await build().plan("", {})
    assert page.fields() == ("feed", "messages")
    await build(page.scope).plan("", {"page": ("messages",)})
    assert page.fields() == ("feed",)


async def test_an_install_that_does_not_show_is_an_error_and_nothing_stays(
    build: Build, page: Installed, sandbox: SandboxServer, installations: InstallationLedger
) -> None:
    sandbox.knobs.swallow_page_install = True
    lease = build(page.scope)
    with pytest.raises(GraphError, match="but"):
        await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    assert (page.fields(), installations.open_entries()) == (("feed",), [])


async def test_a_missing_permission_is_explained(build: Build, page: Installed, sandbox: SandboxServer) -> None:
    sandbox.knobs.unpermitted_fields = ("messages",)
    lease = build(page.scope)
    with pytest.raises(GraphError, match="lacks a permission") as raised:
        await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    assert "pages_messaging" in f"{raised.value}"
    assert "HOOKSCOPE_PAGE_TOKEN" in f"{raised.value.hint}" or "Page token" in f"{raised.value.hint}"


async def test_a_page_that_cannot_be_put_back_keeps_its_entry(
    build: Build, page: Installed, sandbox: SandboxServer, installations: InstallationLedger
) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    sandbox.knobs.page_permission = False
    with pytest.raises(RestoreError) as raised:
        await lease.release()
    assert f"--scope {page.scope}" in f"{raised.value.hint}"
    assert len(installations.open_entries()) == 1
    sandbox.knobs.page_permission = True
    await lease.release()
    assert (page.fields(), installations.open_entries()) == (("feed",), [])


async def test_a_page_whose_fields_a_post_only_adds_is_put_back_all_the_same(
    build: Build, page: Installed, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = sandbox.world.install

    def merge(page_id: str, app_id: str, fields: tuple[str, ...]) -> None:
        install(page_id, app_id, (*(page.fields() or ()), *fields))

    monkeypatch.setattr(sandbox.world, "install", merge)
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    await lease.release()
    assert page.fields() == ("feed",)


async def test_a_page_without_fields_is_refused_since_that_cannot_be_set(build: Build, page: Installed) -> None:
    page.set()
    with pytest.raises(GraphError, match="could not be put back") as refused:
        await build(page.scope).plan("", {"page": ("feed",)})
    assert f"hookscope pages unsubscribe {page.scope.id}" in (refused.value.hint or "")
    page.remove()
    assert (await build(page.scope).plan("", {"page": ("feed",)}))[0].is_needed


async def test_without_a_token_it_is_said_which_one_is_missing(client: GraphClient, app: App, page: Installed) -> None:
    nodes = GraphNodes(client.caller)
    bare = InstallationEdge(nodes, app, Tokens(nodes, app, SecretSources({})))
    with pytest.raises(UsageError, match="token is missing") as raised:
        await bare.look(page.scope)
    assert "HOOKSCOPE_PAGE_TOKEN" in f"{raised.value.hint}"


async def test_a_token_of_another_page_is_refused(edge: InstallationEdge) -> None:
    with pytest.raises(UsageError, match="no token for Page 99"):
        await edge.tokens.page("99")


async def test_the_tokens_that_are_learned_are_kept_out_of_all_output(
    client: GraphClient, app: App, sandbox: SandboxServer
) -> None:
    secrets = SecretSources({"HOOKSCOPE_USER_TOKEN": sandbox.world.user.token.reveal()})
    nodes = GraphNodes(client.caller)
    await Tokens(nodes, app, secrets).page(sandbox.world.page.id)
    assert sandbox.world.page.token.reveal() not in secrets.redact(f"told: {sandbox.world.page.token.reveal()}")


@pytest.mark.parametrize("which", ["waba", "phone"])
async def test_an_override_is_set_moved_and_removed(
    which: str,
    build: Build,
    request: pytest.FixtureRequest,
    edge: InstallationEdge,
    ours: Endpoint,
    elsewhere: Endpoint,
    items: list[RunEvent],
) -> None:
    scope: Scope = request.getfixturevalue(which)
    before = await edge.look(scope)
    lease = build(scope)
    await lease.acquire(await lease.plan(ours.url, {"whatsapp_business_account": ("messages",)}))
    current = await edge.look(scope)
    assert current
    assert current.override_url == ours.url
    await lease.move(elsewhere.url)
    current = await edge.look(scope)
    assert current
    assert current.override_url == elsewhere.url
    await lease.release()
    assert await edge.look(scope) == before
    assert isinstance(items[0], SubscriptionActive)
    assert items[0].scope == str(scope)


async def test_a_move_that_failed_is_made_by_the_next_call(
    build: Build, waba: Scope, edge: InstallationEdge, ours: Endpoint, elsewhere: Endpoint
) -> None:
    lease = build(waba)
    await lease.acquire(await lease.plan(ours.url, {"whatsapp_business_account": ("messages",)}))
    elsewhere.is_down = True
    with pytest.raises(HandshakeError):
        await lease.move(elsewhere.url)
    elsewhere.is_down = False
    await lease.move(elsewhere.url)
    current = await edge.look(waba)
    assert current
    assert current.override_url == elsewhere.url
    await lease.release()


async def test_an_override_that_is_refused_does_not_hold_up_another(
    build: Build,
    waba: Scope,
    phone: Scope,
    edge: InstallationEdge,
    sandbox: SandboxServer,
    ours: Endpoint,
    elsewhere: Endpoint,
) -> None:
    lease = build(waba, phone)
    await lease.acquire(await lease.plan(ours.url, {"whatsapp_business_account": ("messages",)}))
    sandbox.knobs.failing_handshakes = 1
    with pytest.raises(HandshakeError):
        await lease.move(elsewhere.url)
    looks = [await edge.look(scope) for scope in (waba, phone)]
    assert [look and look.override_url for look in looks] == [ours.url, elsewhere.url]


async def test_two_pages_are_reached_by_one_users_token(
    build: Build, page: Installed, sandbox: SandboxServer, installations: InstallationLedger
) -> None:
    world = sandbox.world
    world.pages["777"] = SandboxPage(id="777", name="Second", token=Secret("EAAsecondpagetoken"))
    lease = build(page.scope, Scope(ScopeKind.PAGE, "777"))
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    assert page.fields() == ("feed", "messages")
    assert dict(world.pages["777"].installed) == {world.app.id: ("messages",)}
    assert len(installations.open_entries()) == 2
    await lease.release()
    assert (page.fields(), dict(world.pages["777"].installed)) == (("feed",), {})


async def test_an_override_that_does_not_answer_leaves_nothing_behind(
    build: Build, waba: Scope, edge: InstallationEdge, ours: Endpoint, installations: InstallationLedger
) -> None:
    before = await edge.look(waba)
    ours.is_down = True
    lease = build(waba)
    with pytest.raises(HandshakeError):
        await lease.acquire(await lease.plan(ours.url, {"whatsapp_business_account": ("messages",)}))
    assert await edge.look(waba) == before
    assert installations.open_entries() == []


async def test_a_loss_is_said_once(build: Build, page: Installed, items: list[RunEvent]) -> None:
    lease = build(page.scope)
    await lease.acquire(await lease.plan("", {"page": ("messages",)}))
    page.set("feed")
    await lease.check()
    await lease.check()
    (notice,) = [item for item in items if isinstance(item, Notice)]
    assert "no longer has what this run set" in notice.message
