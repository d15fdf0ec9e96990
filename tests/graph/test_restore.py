"""The way back, against a Graph API in memory: what is done, in which order, and what is said about it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from hookscope.errors import GraphError, HookscopeError
from hookscope.graph import exclusive_restore
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.restore import restore
from hookscope.graph.restore_result import RestoreResult
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Ending
from tests.graph.make import displacing, entry, subscription
from tests.graph.memory_graph import Loss, MemoryEdge, MemoryGraph
from tests.graph.wait import Waits, no_wait

OURS, MOVED, PROD = "https://ours/1", "https://ours/2", "https://prod/hook"
TEARDOWN = "hookscope teardown --app-id 1234567890 --object page"

Back = Callable[..., Awaitable[RestoreResult]]


@pytest.fixture
def back(memory: MemoryGraph, ledger: Ledger) -> Back:
    """Write an entry to the ledger and put it back."""

    async def go(of: LedgerEntry, edge: MemoryEdge | None = None, **options: Any) -> RestoreResult:
        return await restore(ledger.begin(of), edge or memory.edge(), ledger, **{"wait": no_wait, **options})

    return go


def changes(memory: MemoryGraph) -> list[str]:
    return [call for call in memory.calls if call != "GET"]


async def test_a_new_subscription_is_removed(memory: MemoryGraph, ledger: Ledger, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    memory.register("user", PROD, ["email"])
    outcome = await back(entry())
    assert outcome.ending is Ending.REMOVED
    assert outcome.callback_url is None
    assert changes(memory) == ["DELETE page"]
    assert memory.all() == (subscription(PROD, "email", topic="user"),)
    assert ledger.open_entries() == []
    assert ledger.history()[0].outcome == "removed"


async def test_an_entry_that_a_relay_continues_meanwhile_is_left_to_it(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    read = ledger.begin(entry())
    continued = ledger.take_over(read, replace(read, holder="2-b"))
    outcome = await restore(read, memory.edge(), ledger, wait=no_wait)
    assert (outcome.ending, outcome.reason) == (Ending.LEFT, "another process continues it")
    assert memory.calls == []
    assert ledger.open_entries() == [continued]


async def test_a_displaced_callback_comes_back_with_exactly_its_fields(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed", "mention", "ratings"])
    outcome = await back(displacing("feed", fields=("feed", "mention", "ratings")))
    assert outcome.ending is Ending.RESTORED
    assert (outcome.callback_url, outcome.reason) == (PROD, f"it points to {PROD} again, with feed")
    assert memory.shown("page") == subscription(PROD, "feed")
    assert changes(memory) == ["DELETE page mention,ratings", f"POST page {PROD} feed"]


async def test_every_change_follows_a_look_and_the_last_look_confirms(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    await back(displacing("feed", fields=("mention",)))
    assert [call.split()[0] for call in memory.calls] == ["GET", "DELETE", "GET", "POST", "GET"]


async def test_nothing_is_deleted_when_no_field_was_added(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    assert (await back(displacing("feed", "mention", fields=("feed",)))).ending is Ending.RESTORED
    assert changes(memory) == [f"POST page {PROD} feed,mention"]


@pytest.mark.parametrize("current", [None, subscription("https://other/hook", "feed"), subscription(PROD, "feed")])
@pytest.mark.parametrize("of", [entry(), displacing("feed"), displacing("feed", restore_verify_token=None)])
async def test_foreign_callbacks_are_left_alone(
    of: LedgerEntry, current: Subscription | None, memory: MemoryGraph, ledger: Ledger, back: Back
) -> None:
    if current:
        memory.register("page", current.callback_url, current.fields)
    outcome = await back(of)
    assert outcome.ending is Ending.LEFT
    is_lost = of.displaced is not None and (current is None or current.callback_url != PROD)
    assert (f"subscriptions add --app-id 1234567890 --object page --callback-url {PROD}" in outcome.reason) is is_lost
    assert memory.calls == ["GET"]
    assert memory.shown("page") == current
    assert ledger.open_entries() == []


async def test_an_address_from_before_a_move_is_still_ours(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    assert (await back(entry(callback_urls=(OURS, MOVED)))).ending is Ending.REMOVED


async def test_our_own_earlier_registration_only_loses_what_was_added(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["a", "b"])
    outcome = await back(entry(displaced=subscription(OURS, "a"), fields=("a", "b")))
    assert outcome.ending is Ending.LEFT
    assert outcome.reason == f"the added fields were removed; it points to {OURS}, as it did before"
    assert changes(memory) == ["DELETE page b"]
    assert memory.shown("page") == subscription(OURS, "a")


async def test_our_own_earlier_registration_is_left_alone_when_nothing_was_added(
    memory: MemoryGraph, back: Back
) -> None:
    memory.register("page", OURS, ["a"])
    outcome = await back(entry(displaced=subscription(OURS, "a"), fields=("a",)))
    assert (outcome.ending, outcome.reason) == (Ending.LEFT, f"it points to {OURS}, as it did before")
    assert changes(memory) == []


async def test_without_a_token_ours_goes_and_the_reason_says_what_is_lost(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    outcome = await back(displacing("feed", "mention", restore_verify_token=None))
    assert outcome.ending is Ending.REMOVED
    assert PROD in outcome.reason
    assert "subscriptions add --app-id 1234567890 --object page --callback-url" in outcome.reason
    assert "--fields feed,mention" in outcome.reason
    assert memory.all() == ()


async def test_a_field_that_a_colleague_added_meanwhile_stays(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed", "mention", "theirs"])
    outcome = await back(displacing("feed", fields=("mention",)))
    assert outcome.ending is Ending.RESTORED
    assert "somebody else has added theirs" in outcome.reason
    found = memory.shown("page")
    assert found
    assert set(found.fields) == {"feed", "theirs"}


async def test_a_field_that_a_colleague_removed_meanwhile_is_there_again(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    await back(displacing("feed", "mention"))
    assert memory.shown("page") == subscription(PROD, "feed", "mention")


async def test_an_inactive_subscription_comes_back_active_and_that_is_reported(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    outcome = await back(displacing("feed", displaced=subscription(PROD, "feed", active=False)))
    assert outcome.ending is Ending.RESTORED
    assert outcome.reason.endswith("again, with feed; it was inactive before, but registering activates it")


@pytest.mark.parametrize("drops_empty", [False, True])
async def test_a_subscription_without_fields_comes_back_without_fields(
    drops_empty: bool, memory: MemoryGraph, back: Back
) -> None:
    memory.drops_empty = drops_empty
    memory.register("page", OURS, ["feed"])
    outcome = await back(displacing(fields=("feed",)))
    assert outcome.ending is Ending.RESTORED
    assert outcome.reason.endswith("again, with no fields")
    assert memory.shown("page") == subscription(PROD)


async def test_a_callback_that_is_down_keeps_the_entry_open_for_another_try(
    memory: MemoryGraph, ledger: Ledger, back: Back
) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    memory.down.add(PROD)
    outcome = await back(displacing("feed", fields=("mention",)))
    assert outcome.failed
    assert outcome.hint == TEARDOWN
    assert "does not pass" in outcome.reason
    assert memory.shown("page") == subscription(OURS, "feed")
    (open_,) = ledger.open_entries()
    memory.down.clear()
    memory.calls.clear()
    assert (await restore(open_, memory.edge(), ledger, wait=no_wait)).ending is Ending.RESTORED
    assert changes(memory) == [f"POST page {PROD} feed"]


async def test_a_refused_post_is_not_repeated(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    memory.down.add(PROD)
    await back(displacing("feed"))
    assert len(changes(memory)) == 1


@pytest.mark.parametrize("of", [entry(), displacing("feed"), displacing("feed", fields=("mention",))])
async def test_a_refused_change_is_a_failure_with_its_reason(of: LedgerEntry, memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    edge = memory.edge()
    edge.refusals.append(GraphError("the limit is reached", hint="wait an hour"))
    outcome = await back(of, edge)
    assert outcome.failed
    assert outcome.reason == "the limit is reached (wait an hour)"
    assert outcome.hint == TEARDOWN


@pytest.mark.parametrize(
    ("of", "ending"), [(entry(), Ending.REMOVED), (displacing("feed", fields=("mention",)), Ending.RESTORED)]
)
async def test_a_lost_answer_to_a_call_that_took_effect_does_no_harm(
    of: LedgerEntry, ending: Ending, memory: MemoryGraph, back: Back
) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    memory.losses = [Loss.DONE, Loss.DONE]
    assert (await back(of)).ending is ending


@pytest.mark.parametrize("of", [entry(), displacing("feed"), displacing("feed", fields=("mention",))])
async def test_a_call_that_got_lost_is_looked_for_and_then_a_failure(
    of: LedgerEntry, memory: MemoryGraph, ledger: Ledger, back: Back
) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    memory.losses = [Loss.NOT_DONE]
    waits = Waits()
    outcome = await back(of, wait=waits)
    assert outcome.failed
    assert waits.seconds == [0.5, 1.0, 2.0]
    assert len(changes(memory)) == 1
    assert ledger.open_entries()


class LateEdge(MemoryEdge):
    """A client whose registrations show at a later look, and which says that nothing was removed though it was."""

    async def subscribe(self, **given: Any) -> None:
        self.graph.losses = [Loss.LATE]
        with suppress(LostAnswerError):
            await super().subscribe(**given)

    async def unsubscribe(self, **given: Any) -> None:
        await super().unsubscribe(**given)
        raise GraphError("nothing was removed")


@pytest.mark.parametrize("fields", [("feed",), ("feed", "mention")], ids=["in one step", "in two steps"])
@pytest.mark.parametrize("is_answered", [False, True])
async def test_a_change_that_shows_late_is_waited_for(
    fields: tuple[str, ...], is_answered: bool, memory: MemoryGraph, back: Back
) -> None:
    memory.register("page", OURS, fields)
    edge = LateEdge(memory) if is_answered else memory.edge()
    memory.losses = [] if is_answered else [Loss.LATE] * len(fields)

    async def wait(_: float) -> None:
        memory.land()

    assert (await back(displacing("feed", fields=fields), edge, wait=wait)).ending is Ending.RESTORED


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (entry(), f"remove page, but still shows {OURS}"),
        (entry(displaced=subscription(OURS, "a"), fields=("feed",)), f"trim page, but still shows {OURS}"),
        (displacing("feed"), "restore page, but still shows nothing"),
    ],
)
async def test_a_success_that_changes_nothing_is_a_failure(
    of: LedgerEntry, told: str, memory: MemoryGraph, back: Back
) -> None:
    memory.register("page", OURS, ["feed"])
    edge = memory.edge()

    async def pretend(**_: object) -> None:
        memory.calls.append("DELETE page")

    async def lose(**_: object) -> None:
        memory.remove("page")

    edge.unsubscribe, edge.subscribe = pretend, lose  # type: ignore[method-assign]
    outcome = await back(of, edge)
    assert outcome.failed
    assert outcome.reason == f"the Graph API answered 'success' to {told}"


async def test_a_field_that_does_not_come_back_is_a_failure_that_says_which(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed"])
    edge = memory.edge()
    subscribe = edge.subscribe

    async def forgetful(**options: Any) -> None:
        await subscribe(**{**options, "fields": ("feed",)})

    edge.subscribe = forgetful  # type: ignore[method-assign]
    outcome = await back(displacing("feed", "mention"), edge)
    assert outcome.failed
    assert "without its fields mention" in outcome.reason
    assert "subscriptions add" in outcome.reason


async def test_a_colleague_who_comes_in_between_is_left_alone(memory: MemoryGraph, back: Back) -> None:
    memory.register("page", OURS, ["feed", "mention"])
    edge = memory.edge()
    unsubscribe = edge.unsubscribe

    async def with_a_colleague(**options: Any) -> None:
        await unsubscribe(**options)
        memory.register("page", "https://other/hook", ["ratings"])

    edge.unsubscribe = with_a_colleague  # type: ignore[method-assign]
    outcome = await back(displacing("feed", fields=("mention",)), edge)
    assert outcome.ending is Ending.LEFT
    assert outcome.callback_url == "https://other/hook"
    assert changes(memory) == ["DELETE page mention"]


async def test_a_look_that_fails_is_a_failure_and_changes_nothing(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    edge = memory.edge()

    async def fail() -> tuple[Subscription, ...]:
        raise GraphError("unreachable")

    edge.subscriptions = fail  # type: ignore[method-assign]
    outcome = await restore(ledger.begin(entry()), edge, ledger, wait=no_wait)
    assert outcome.failed
    assert outcome.reason == "unreachable"
    assert changes(memory) == []


async def test_two_who_put_the_same_entry_back_do_not_meet(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    written = ledger.begin(entry())

    async def then_start_anew() -> RestoreResult:
        outcome = await restore(written, memory.edge(), ledger, wait=no_wait)
        memory.register("page", "https://ours/1", ["feed"])  # The next run, at the same reserved address.
        return outcome

    first, second = await asyncio.gather(then_start_anew(), restore(written, memory.edge(), ledger, wait=no_wait))
    assert {first.ending, second.ending} == {Ending.REMOVED, Ending.LEFT}
    assert changes(memory) == ["DELETE page"]
    assert memory.shown("page")


async def test_an_entry_that_another_process_puts_back_for_too_long_is_not_touched(
    memory: MemoryGraph, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.register("page", OURS, ["feed"])
    written = ledger.begin(entry())
    monkeypatch.setattr(exclusive_restore, "_TURN_SECONDS", 0.05)
    async with ledger.alone(written, 5):
        outcome = await restore(written, memory.edge(), ledger, wait=no_wait)
    assert (outcome.ending, outcome.hint) == (None, TEARDOWN)
    assert "another process of yours" in outcome.reason
    assert (memory.calls, ledger.open_entries()) == ([], [written])


async def test_an_entry_that_is_closed_by_hand_meanwhile_needs_nothing_more(
    memory: MemoryGraph, ledger: Ledger
) -> None:
    memory.register("page", OURS, ["feed"])
    written = ledger.begin(entry())

    class ClosingEdge(MemoryEdge):
        async def unsubscribe(self, **given: Any) -> None:
            await super().unsubscribe(**given)
            ledger.close(written, "forgotten", "by hand")

    outcome = await restore(written, ClosingEdge(memory), ledger, wait=no_wait)
    assert (outcome.ending, outcome.failed) == (Ending.REMOVED, False)


async def test_a_ledger_that_is_gone_does_not_hold_up_the_app(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    written = ledger.begin(displacing("feed"))
    shutil.rmtree(ledger.path.parent)
    outcome = await restore(written, memory.edge(), ledger, wait=no_wait)
    assert outcome.ending is Ending.RESTORED
    assert memory.shown("page") == subscription(PROD, "feed")


async def test_a_ledger_that_is_broken_does_not_hold_up_the_app(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    written = ledger.begin(displacing("feed"))
    ledger.path.write_bytes(b"broken" * 1000)
    outcome = await restore(written, memory.edge(), ledger, wait=no_wait)
    assert outcome.ending is Ending.RESTORED
    assert "cannot be used" in outcome.reason
    with pytest.raises(HookscopeError):
        ledger.open_entries()
