"""What relays leave on accounts: the next one continues it, and puts nothing of it back."""

import pytest

from hookscope.errors import ForeignCallbackError, HookscopeError
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.restore import restore
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Ending, RunEvent, SubscriptionEnded
from hookscope.scope import Scope
from hookscope.secret_sources import Secret
from tests.graph.endpoint import Endpoint
from tests.graph.installations.build import STANDING, Build
from tests.graph.installations.page import Installed
from tests.graph.wait import no_wait

MESSAGES = {"page": ("feed", "messages"), "whatsapp_business_account": ("messages",)}
TAKEOVER = {"takeover": True, "restore_verify_token": "prod-token"}
_REGISTERED = ("https://relay/hook",)
"""What the relays of a log have registered for the app itself."""


async def _override(edge: InstallationEdge, scope: Scope) -> str | None:
    current = await edge.look(scope)
    return current.override_url if current else None


async def _point(edge: InstallationEdge, scope: Scope, endpoint: Endpoint) -> None:
    """Set an override as somebody else would."""
    wanted = SubscribedApp(app_id=edge.app.app_id, override_url=endpoint.url)
    await edge.set(scope, wanted, Secret(endpoint.verify_token))


@pytest.mark.parametrize("live", [(), ("1-a",)], ids=["ended", "suspended"])
async def test_the_next_relay_holds_a_page_that_one_of_its_log_has_set(
    live: tuple[str, ...], build: Build, page: Installed, installations: InstallationLedger
) -> None:
    """Else a run that wants the Page would take away what the relay needs, as left by the one that has ended."""
    first = build(page.scope, holder="1-a", **STANDING)
    await first.acquire(await first.plan("", MESSAGES))
    second = build(page.scope, holder="2-b", live=live, keep=True, standing=_REGISTERED)
    await second.acquire(await second.plan("", MESSAGES))
    (entry,) = installations.open_entries()
    assert (entry.holder, entry.kept, entry.callback_urls) == ("2-b", True, ())
    run = build(page.scope, holder="3-c", live=("2-b",))
    with pytest.raises(ForeignCallbackError, match="another run of yours holds"):
        await run.plan("", MESSAGES)
    assert page.fields() == ("feed", "messages")


@pytest.mark.parametrize("which", ["page", "waba"])
async def test_a_relay_that_lost_the_lease_while_it_planned_leaves_the_entry_to_the_next_one(
    which: str,
    build: Build,
    page: Installed,
    waba: Scope,
    ours: Endpoint,
    installations: InstallationLedger,
) -> None:
    scope = page.scope if which == "page" else waba
    first = build(scope, holder="1-a", **STANDING)
    await first.acquire(await first.plan(ours.url, MESSAGES))
    suspended = build(scope, holder="2-b", **STANDING)
    plans = await suspended.plan(ours.url, MESSAGES)
    third = build(scope, holder="3-c", **STANDING)
    await third.acquire(await third.plan(ours.url, MESSAGES))
    before = installations.open_entries()
    with pytest.raises(HookscopeError, match="no open entry") as raised:
        await suspended.acquire(plans)
    assert raised.value.hint
    assert installations.open_entries() == before


async def test_a_page_needs_more_fields_than_a_suspended_relay_has_set(
    build: Build, page: Installed, installations: InstallationLedger
) -> None:
    first = build(page.scope, holder="1-a", **STANDING)
    await first.acquire(await first.plan("", MESSAGES))
    more = {"page": ("feed", "messages", "mention")}
    with pytest.raises(ForeignCallbackError, match="another run of yours holds"):
        await build(page.scope, holder="2-b", live=("1-a",), **STANDING).plan(
            "", more
        )  # Of a log that had no relay yet.
    second = build(page.scope, holder="3-c", live=("1-a",), keep=True, standing=_REGISTERED)
    await second.acquire(await second.plan("", more))
    assert page.fields() == ("feed", "messages", "mention")
    (entry,) = installations.open_entries()
    assert (entry.holder, entry.displaced and entry.displaced.fields) == ("3-c", ("feed",))


@pytest.mark.parametrize("standing", [None, ()], ids=["beside a run", "beside a relay"])
async def test_what_a_relay_has_set_stays_though_it_was_killed_before_it_could_note_that(
    standing: tuple[str, ...] | None,
    build: Build,
    page: Installed,
    waba: Scope,
    ours: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed = build(page.scope, waba, holder="0-dead", **STANDING)
    with monkeypatch.context() as patched:
        patched.setattr(InstallationLedger, "keep", lambda _, entry: entry)
        await killed.acquire(await killed.plan(ours.url, MESSAGES))
    other = build(standing=standing)
    await other.heal()
    await other.plan(ours.url, MESSAGES)
    assert page.fields() == ("feed", "messages")
    assert await _override(edge, waba) == ours.url
    assert len(installations.open_entries()) == 2


async def test_a_page_stays_a_live_run_s(build: Build, page: Installed, installations: InstallationLedger) -> None:
    run = build(page.scope, holder="1-a")
    await run.acquire(await run.plan("", MESSAGES))
    second = build(page.scope, holder="2-b", live=("1-a",), keep=True, standing=_REGISTERED)
    await second.acquire(await second.plan("", MESSAGES))
    assert [(entry.holder, entry.kept) for entry in installations.open_entries()] == [("1-a", False)]
    await second.release()
    assert page.fields() == ("feed", "messages")
    await run.release()
    assert page.fields() == ("feed",)


async def test_a_page_that_has_more_than_the_relay_s_fields_is_not_made_anew(build: Build, page: Installed) -> None:
    first = build(page.scope, holder="1-a", **STANDING)
    await first.acquire(await first.plan("", MESSAGES))
    page.set("feed", "messages", "mention")
    await build(page.scope, holder="2-b", **STANDING).plan("", MESSAGES)
    assert page.fields() == ("feed", "messages", "mention")


async def test_a_page_that_loses_a_field_between_two_looks_is_left_alone(
    build: Build, page: Installed, installations: InstallationLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry is continued by then, and an account has no two."""
    first = build(page.scope, **STANDING)
    await first.acquire(await first.plan("", MESSAGES))
    before = installations.open_entries()
    look = InstallationEdge.look

    async def look_and_lose(self: InstallationEdge, scope: Scope) -> SubscribedApp | None:
        found = await look(self, scope)
        page.set("feed")
        return found

    second = build(page.scope, holder="2-b", **STANDING)
    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_and_lose)
        plans = await second.plan("", MESSAGES)
    with pytest.raises(ForeignCallbackError, match="has already changed"):
        await second.acquire(plans)
    assert page.fields() == ("feed",)
    assert installations.open_entries() == before
    third = build(page.scope, holder="3-c", **STANDING)
    await third.acquire(await third.plan("", MESSAGES))
    assert page.fields() == ("feed", "messages")


async def test_a_relay_installs_the_app_on_a_page_without_it(build: Build, page: Installed) -> None:
    page.remove()
    first = build(page.scope, holder="1-a", **STANDING)
    await first.acquire(await first.plan("", MESSAGES))
    assert page.fields() == ("feed", "messages")


async def test_a_relay_sets_its_override_where_the_app_has_been_removed_meanwhile(
    build: Build, waba: Scope, ours: Endpoint, edge: InstallationEdge, installations: InstallationLedger
) -> None:
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, MESSAGES))
    await edge.set(waba, None)
    second = build(waba, holder="2-b", **STANDING)
    await second.acquire(await second.plan(ours.url, MESSAGES))
    assert await _override(edge, waba) == ours.url
    assert [entry.holder for entry in installations.open_entries()] == ["2-b"]


async def test_a_relay_puts_back_an_override_on_an_account_that_is_not_its_own(
    build: Build,
    page: Installed,
    waba: Scope,
    ours: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    killed = build(waba, holder="0-dead")
    await killed.acquire(await killed.plan(ours.url, MESSAGES))
    await build(page.scope, **STANDING).plan(ours.url, MESSAGES)
    assert await _override(edge, waba) is None
    assert installations.open_entries() == []


async def test_an_override_that_a_colleague_has_replaced_is_refused_to_the_next_relay(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    colleague: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    first = build(waba, **STANDING)
    await first.acquire(await first.plan(ours.url, MESSAGES))
    await _point(edge, waba, colleague)
    second = build(waba, holder="2-b", keep=True, standing=(ours.url,))
    with pytest.raises(ForeignCallbackError, match="already has a callback of its own"):
        await second.plan(elsewhere.url, MESSAGES)
    assert await _override(edge, waba) == colleague.url
    assert installations.open_entries() == []


@pytest.mark.parametrize("takeover", [False, True], ids=["without a takeover", "with a takeover"])
async def test_the_way_back_is_given_up_only_for_a_takeover_of_the_callback_that_is_not_known(
    takeover: bool,
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    production: Endpoint,
    colleague: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    await _point(edge, waba, production)
    first = build(waba, **STANDING, **TAKEOVER)
    await first.acquire(await first.plan(ours.url, MESSAGES))
    await _point(edge, waba, colleague)
    before = installations.open_entries()
    second = build(waba, holder="2-b", takeover=takeover, restore_verify_token="colleague-token", **STANDING)
    if not takeover:
        with pytest.raises(ForeignCallbackError, match="which is not known to be ours"):
            await second.plan(elsewhere.url, MESSAGES)
        assert installations.open_entries() == before
        return
    await second.acquire(await second.plan(elsewhere.url, MESSAGES))
    (entry,) = installations.open_entries()
    assert (await restore(entry, edge, installations, wait=no_wait)).ending is Ending.RESTORED
    assert await _override(edge, waba) == colleague.url


@pytest.mark.parametrize("is_relays", [False, True], ids=["a run", "a relay"])
async def test_the_override_of_a_killed_process_is_put_back_before_a_run_sets_its_own(
    is_relays: bool, build: Build, waba: Scope, ours: Endpoint, elsewhere: Endpoint, edge: InstallationEdge
) -> None:
    killed = build(waba, holder="0-dead", **(STANDING if is_relays else {}))
    await killed.acquire(await killed.plan(ours.url, MESSAGES))
    await build(waba).plan(elsewhere.url, MESSAGES)
    assert await _override(edge, waba) is None


async def test_a_run_says_of_a_killed_one_that_a_colleague_has_replaced_its_override(
    build: Build,
    waba: Scope,
    ours: Endpoint,
    production: Endpoint,
    colleague: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    items: list[RunEvent],
) -> None:
    """Only a relay may have a callback that is known elsewhere."""
    await _point(edge, waba, production)
    killed = build(waba, holder="0-dead", **TAKEOVER)
    await killed.acquire(await killed.plan(ours.url, MESSAGES))
    await _point(edge, waba, colleague)
    await build().heal()
    ended = items[-1]
    assert isinstance(ended, SubscriptionEnded)
    assert ended.ending is Ending.LEFT
    assert ended.reason == (
        f"left by an earlier run: nothing there is ours anymore; its former callback was {production.url}"
    )
    assert await _override(edge, waba) == colleague.url
    assert installations.open_entries() == []


async def test_a_run_verifies_an_override_that_is_its_address_already(
    build: Build, waba: Scope, ours: Endpoint, edge: InstallationEdge
) -> None:
    await _point(edge, waba, ours)
    ours.asked = 0
    run = build(waba, holder="1-a")
    plans = await run.plan(ours.url, MESSAGES)
    assert [plan.stands for plan in plans] == [False]
    await run.acquire(plans)
    assert ours.asked == 1
    await run.release()
    assert await _override(edge, waba) == ours.url


@pytest.mark.parametrize("which", ["waba", "phone"])
async def test_what_was_displaced_first_comes_back_after_a_relay_elsewhere_has_set_the_present_address(
    which: str,
    build: Build,
    request: pytest.FixtureRequest,
    ours: Endpoint,
    elsewhere: Endpoint,
    production: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
) -> None:
    """The relay on the other machine knows nothing of it, since it replaced a callback of the log."""
    scope: Scope = request.getfixturevalue(which)
    await _point(edge, scope, production)
    first = build(scope, holder="1-a", **TAKEOVER, **STANDING)
    await first.acquire(await first.plan(ours.url, MESSAGES))
    await first.release()
    await _point(edge, scope, elsewhere)
    again = build(scope, holder="2-b", keep=True, standing=(ours.url, elsewhere.url), **TAKEOVER)
    plans = await again.plan(elsewhere.url, MESSAGES)
    assert [plan.stands for plan in plans] == [True]
    await again.acquire(plans)
    await again.release()
    (entry,) = installations.open_entries()
    assert entry.callback_urls == (ours.url, elsewhere.url)
    assert (await restore(entry, edge, installations, wait=no_wait)).ending is Ending.RESTORED
    assert await _override(edge, scope) == production.url


@pytest.mark.parametrize("stands", [False, True], ids=["moved", "unmoved"])
async def test_an_override_that_is_somebody_else_s_at_the_second_look_is_not_replaced(
    stands: bool,
    build: Build,
    waba: Scope,
    ours: Endpoint,
    elsewhere: Endpoint,
    production: Endpoint,
    edge: InstallationEdge,
    installations: InstallationLedger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The entry that is continued leads back to what was there before it, not to that."""
    first = build(waba, holder="1-a", **STANDING)
    await first.acquire(await first.plan(ours.url, MESSAGES))
    before = installations.open_entries()
    wanted = ours if stands else elsewhere
    look, looks = InstallationEdge.look, list[str | None]()

    async def look_and_lose(self: InstallationEdge, scope: Scope) -> SubscribedApp | None:
        found = await look(self, scope)
        looks.append(found.override_url if found else None)
        if len(looks) == (1 if stands else 2):
            await _point(edge, scope, production)
        return found

    second = build(waba, holder="2-b", **TAKEOVER, **STANDING)
    with monkeypatch.context() as patched:
        patched.setattr(InstallationEdge, "look", look_and_lose)
        with pytest.raises(ForeignCallbackError, match="already has a callback of its own"):
            await second.plan(wanted.url, MESSAGES)
    assert (looks[0], looks[-1]) == (ours.url, production.url)
    assert await _override(edge, waba) == production.url
    assert installations.open_entries() == before
