"""A registration that outlives its process, as a relay's does: the next one continues it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hookscope.errors import ForeignCallbackError, GraphError, HookscopeError, RestoreError
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.graph.plan import Plan
from hookscope.graph.restore import restore
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Ending, Notice, RunEvent, SubscriptionActive, SubscriptionEnded
from hookscope.settings import LeaseSettings, Topic
from tests.graph.make import displacing, entry, subscription
from tests.graph.memory_graph import MemoryEdge, MemoryGraph
from tests.graph.memory_probe import MemoryProbe
from tests.graph.wait import no_wait
from tests.support.full_disk import full_disk

URL, OTHER, PROD = "https://ours/1", "https://ours/2", "https://prod/hook"
PAGE = Topic(object="page", fields=("feed",))
MORE = Topic(object="page", fields=("feed", "leadgen"))
NOTED = pytest.mark.parametrize("is_noted", [True, False], ids=["kept", "killed before it was kept"])


class Relay:
    """One process of a relay on one machine's ledger; `key` is what the run registry knows it by."""

    def __init__(self, graph: MemoryGraph, ledger: Ledger, key: str, live: set[str], **settings: Any) -> None:
        self.edge = MemoryEdge(graph)
        self.items: list[RunEvent] = []
        self.key, self._live = key, live
        self._ledger, self._settings = ledger, settings
        self._probe = MemoryProbe(graph)

    async def start(
        self, url: str = URL, topics: Sequence[Topic] = (PAGE,), standing: tuple[str, ...] | None = ()
    ) -> None:
        plan = await self.plan(url, topics, standing)
        await self.lease.acquire(plan)

    async def plan(
        self, url: str = URL, topics: Sequence[Topic] = (PAGE,), standing: tuple[str, ...] | None = ()
    ) -> Plan:
        self._live.add(self.key)
        settings = LeaseSettings(
            verify_token="our-token", keep=True, standing=standing, no_restore=True, **self._settings
        )
        self.lease = Lease(
            self.edge,
            self._ledger,
            settings,
            topics,
            holder=self.key,
            publish=self.items.append,
            probe=self._probe,
            is_live=self._live.__contains__,
            wait=no_wait,
        )
        return await self.lease.plan(url)

    def die(self) -> None:
        self._live.discard(self.key)

    @property
    def endings(self) -> list[Ending]:
        return [item.ending for item in self.items if isinstance(item, SubscriptionEnded)]


@pytest.fixture
def live() -> set[str]:
    return set()


@contextmanager
def noting(is_noted: bool) -> Iterator[None]:
    """Have relays note that their registration stays, or not, as one that is killed right after its call."""
    with pytest.MonkeyPatch.context() as patched:
        if not is_noted:
            patched.setattr(Ledger, "keep", lambda _, entry: entry)
        yield


def changes(graph: MemoryGraph) -> list[str]:
    """Return the calls so far that change something, and forget them."""
    made = [call for call in graph.calls if call != "GET"]
    graph.calls.clear()
    return made


async def test_a_registration_stays_at_the_end_and_says_what_ends_it(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    relay = Relay(memory, ledger, "1-a", live)
    await relay.start()
    await relay.lease.release()
    assert memory.shown("page") == subscription(URL, "feed")
    (ended,) = [item for item in relay.items if isinstance(item, SubscriptionEnded)]
    assert ended.ending is Ending.KEPT
    assert "stays registered for the next relay" in ended.reason
    assert "hookscope teardown --app-id 1234567890 --object page" in ended.reason


async def test_a_registration_that_is_noted_as_kept_stays_although_the_disk_is_full(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    relay = Relay(memory, ledger, "1-a", live)
    await relay.start()
    with full_disk():
        await relay.lease.release()
    assert memory.shown("page") == subscription(URL, "feed")
    assert relay.endings == [Ending.KEPT]
    assert [entry.kept for entry in ledger.open_entries()] == [True]


@pytest.mark.parametrize("released", [True, False], ids=["stopped", "killed"])
async def test_the_next_process_changes_nothing_where_nothing_is_missing(
    memory: MemoryGraph, ledger: Ledger, live: set[str], released: bool
) -> None:
    first, second = Relay(memory, ledger, "1-a", live), Relay(memory, ledger, "2-b", live)
    await first.start()
    if released:
        await first.lease.release()
    first.die()
    changes(memory)
    await second.start()
    assert changes(memory) == []
    assert [item.callback_url for item in second.items if isinstance(item, SubscriptionActive)] == [URL]
    (entry,) = ledger.open_entries()
    assert (entry.holder, entry.kept) == ("2-b", True)


async def test_further_fields_are_added_in_place(memory: MemoryGraph, ledger: Ledger, live: set[str]) -> None:
    first, second = Relay(memory, ledger, "1-a", live), Relay(memory, ledger, "2-b", live)
    await first.start()
    first.die()
    changes(memory)
    await second.start(topics=(MORE,))
    assert changes(memory) == [f"POST page {URL} feed,leadgen"]
    assert memory.shown("page") == subscription(URL, "feed", "leadgen")


async def test_an_extension_that_fails_leaves_what_is_registered(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    first, second = Relay(memory, ledger, "1-a", live), Relay(memory, ledger, "2-b", live)
    await first.start()
    first.die()
    changes(memory)
    second.edge.refusals.append(GraphError("no"))
    with pytest.raises(GraphError):
        await second.start(topics=(MORE, Topic(object="user", fields=("email",))))
    assert changes(memory) == [f"POST page {URL} feed,leadgen"]
    assert memory.shown("page") == subscription(URL, "feed")
    assert [(one.object, one.kept) for one in ledger.open_entries()] == [("page", True)]


@pytest.mark.parametrize("knows", ["its ledger", "the log"])
async def test_another_address_replaces_the_former_without_a_takeover(
    memory: MemoryGraph, ledger: Ledger, live: set[str], tmp_path: Any, knows: str
) -> None:
    first = Relay(memory, ledger, "1-a", live)
    await first.start()
    first.die()
    changes(memory)
    if knows == "its ledger":
        await Relay(memory, ledger, "2-b", live).start(OTHER)
    else:
        ledger = Ledger(tmp_path / "elsewhere" / "ledger.db")
        await Relay(memory, ledger, "2-b", live).start(OTHER, standing=(URL,))
    assert changes(memory) == [f"POST page {OTHER} feed"]
    (entry,) = ledger.open_entries()
    assert (await restore(entry, MemoryEdge(memory), ledger, wait=no_wait)).ending is Ending.REMOVED
    assert memory.shown("page") is None


async def test_a_lost_ledger_still_ends_with_a_removal(
    memory: MemoryGraph, ledger: Ledger, live: set[str], tmp_path: Any
) -> None:
    await Relay(memory, ledger, "1-a", live).start()
    changes(memory)
    elsewhere = Ledger(tmp_path / "elsewhere" / "ledger.db")
    await Relay(memory, elsewhere, "2-b", live).start(standing=(URL,))
    assert changes(memory) == []
    (entry,) = elsewhere.open_entries()
    assert (await restore(entry, MemoryEdge(memory), elsewhere, wait=no_wait)).ending is Ending.REMOVED


async def test_what_was_displaced_is_put_back_though_several_processes_came_and_went(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    memory.register("page", PROD, ("feed", "messages"))
    takeover = {"takeover": True, "restore_verify_token": "prod-token"}
    for key in ("1-a", "2-b", "3-c"):
        relay = Relay(memory, ledger, key, live, **takeover)
        await relay.start(OTHER if key == "2-b" else URL)
        relay.die()
    (entry,) = ledger.open_entries()
    assert (await restore(entry, MemoryEdge(memory), ledger, wait=no_wait)).ending is Ending.RESTORED
    assert memory.shown("page") == subscription(PROD, "feed", "messages")


@NOTED
async def test_what_was_displaced_is_put_back_though_a_relay_on_another_machine_came_in_between(
    memory: MemoryGraph, ledger: Ledger, live: set[str], tmp_path: Path, is_noted: bool
) -> None:
    memory.register("page", PROD, ("feed", "messages"))
    first = Relay(memory, ledger, "1-a", live, takeover=True, restore_verify_token="prod-token")
    with noting(is_noted):
        await first.start()
    first.die()
    elsewhere = Ledger(tmp_path / "elsewhere" / "ledger.db")
    second = Relay(memory, elsewhere, "2-b", live)
    await second.start(OTHER, standing=(URL,))
    second.die()
    third = Relay(memory, ledger, "3-c", live)
    await third.start(standing=(URL, OTHER))
    assert third.endings == []
    assert memory.shown("page") == subscription(URL, "feed", "messages")
    (entry,) = ledger.open_entries()
    assert (await restore(entry, MemoryEdge(memory), ledger, wait=no_wait)).ending is Ending.RESTORED
    assert memory.shown("page") == subscription(PROD, "feed", "messages")


async def test_what_was_displaced_is_put_back_though_the_relay_s_callback_was_removed_in_between(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    memory.register("page", PROD, ("feed", "messages"))
    first = Relay(memory, ledger, "1-a", live, takeover=True, restore_verify_token="prod-token")
    await first.start()
    first.die()
    memory.remove("page")
    await Relay(memory, ledger, "2-b", live).start()
    (entry,) = ledger.open_entries()
    assert (await restore(entry, MemoryEdge(memory), ledger, wait=no_wait)).ending is Ending.RESTORED
    assert memory.shown("page") == subscription(PROD, "feed", "messages")


@pytest.mark.parametrize("done", ["", "the call was not sent"])
async def test_a_refused_start_leaves_nothing_of_one_that_was_killed_before_its_call(
    memory: MemoryGraph, ledger: Ledger, live: set[str], done: str
) -> None:
    ledger.begin(entry(holder="0-dead", is_relays=True))
    relay = Relay(memory, ledger, "1-a", live)
    relay.edge.refusals.append(GraphError("no", done=done))
    with pytest.raises(GraphError) as raised:
        await relay.start()
    assert raised.value.done == (done or "nothing was changed")
    assert (ledger.open_entries(), memory.all()) == ([], ())


@pytest.mark.parametrize("is_relays", [False, True], ids=["a run", "a relay"])
@pytest.mark.parametrize("takeover", [False, True], ids=["without a takeover", "with a takeover"])
async def test_the_way_back_of_a_killed_process_stays_open_if_a_callback_that_is_not_to_be_replaced_may_be_a_relay_s(
    memory: MemoryGraph, ledger: Ledger, live: set[str], is_relays: bool, takeover: bool
) -> None:
    left = ledger.begin(displacing("feed", holder="0-dead", is_relays=is_relays))
    memory.register("page", OTHER, ("feed",))
    run = Relay(memory, ledger, "1-a", live, takeover=takeover)
    if takeover:
        await run.start(standing=None)
    else:
        with pytest.raises(ForeignCallbackError):
            await run.start(standing=None)
    found = ledger.find(left.id)
    assert found is not None
    assert found.is_open is (is_relays and not takeover)


class OvertakenEdge(MemoryEdge):
    """A client whose call takes so long that the next relay registers before the answer is read."""

    async def subscribe(self, **given: Any) -> None:
        await super().subscribe(**given)
        self.graph.register("page", OTHER, ("feed", "messages"))


async def test_a_relay_that_finds_the_next_one_s_callback_leaves_the_way_back(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    """It was suspended after its call; then another one has the lease, and a callback that it does not know."""
    memory.register("page", PROD, ("feed", "messages"))
    relay = Relay(memory, ledger, "1-a", live, takeover=True, restore_verify_token="prod-token")
    relay.edge = OvertakenEdge(memory)
    with pytest.raises(RestoreError, match="it now points to https://ours/2, which is not known to be ours"):
        await relay.start()
    relay.die()
    third = Relay(memory, ledger, "3-c", live)
    await third.start(standing=(URL, OTHER))
    (entry,) = ledger.open_entries()
    assert (await restore(entry, MemoryEdge(memory), ledger, wait=no_wait)).ending is Ending.RESTORED
    assert memory.shown("page") == subscription(PROD, "feed", "messages")


@NOTED
@pytest.mark.parametrize("standing", [None, ()], ids=["a run", "a relay of another log"])
async def test_whoever_knows_nothing_of_the_next_relay_leaves_the_way_back(
    memory: MemoryGraph,
    ledger: Ledger,
    live: set[str],
    tmp_path: Path,
    standing: tuple[str, ...] | None,
    is_noted: bool,
) -> None:
    memory.register("page", PROD, ("feed", "messages"))
    first = Relay(memory, ledger, "1-a", live, takeover=True, restore_verify_token="prod-token")
    with noting(is_noted):
        await first.start()
    first.die()
    second = Relay(memory, Ledger(tmp_path / "elsewhere" / "ledger.db"), "2-b", live)
    await second.start(OTHER, standing=(URL,))
    second.die()
    with pytest.raises(
        ForeignCallbackError, match="it now points to https://ours/2, which is not known to be ours"
    ) as raised:
        await Relay(memory, ledger, "3-c", live).start("https://ours/3", standing=standing)
    assert raised.value.hint == "hookscope teardown --app-id 1234567890 --object page"
    assert memory.shown("page") == subscription(OTHER, "feed", "messages")
    (entry,) = ledger.open_entries()
    ledger.adopt(entry.adopting((OTHER,)))
    assert (await restore(entry, MemoryEdge(memory), ledger, wait=no_wait)).ending is Ending.RESTORED
    assert memory.shown("page") == subscription(PROD, "feed", "messages")


@NOTED
async def test_the_former_address_stays_when_a_new_one_is_refused(
    memory: MemoryGraph, ledger: Ledger, live: set[str], is_noted: bool
) -> None:
    first = Relay(memory, ledger, "1-a", live)
    with noting(is_noted):
        await first.start()
    first.die()
    second = Relay(memory, ledger, "2-b", live)
    second.edge.refusals.append(GraphError("no"))
    with pytest.raises(GraphError):
        await second.start(OTHER, standing=(URL,))
    assert memory.shown("page") == subscription(URL, "feed")
    assert len(ledger.open_entries()) == 1


async def test_a_relay_that_lost_the_lease_keeps_none_on_its_machine_from_taking_over(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    await Relay(memory, ledger, "1-a", live).start()
    with pytest.raises(ForeignCallbackError, match="another run of yours"):
        await Relay(memory, ledger, "2-b", live).start(OTHER)  # Of another log.
    await Relay(memory, ledger, "3-c", live).start(OTHER, standing=(URL,))
    assert memory.shown("page") == subscription(OTHER, "feed")
    (entry,) = ledger.open_entries()
    assert (entry.holder, entry.callback_urls) == ("3-c", (URL, OTHER))


async def test_a_relay_that_lost_the_lease_while_it_planned_leaves_the_entry_to_the_next_one(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    """Else the entry names an address and a holder that are no longer those of the registration."""
    await Relay(memory, ledger, "1-a", live).start()
    live.clear()
    suspended, following = Relay(memory, ledger, "2-b", live), Relay(memory, ledger, "3-c", live)
    plan = await suspended.plan(standing=(URL,))
    await following.start(OTHER, standing=(URL,))
    memory.register("page", URL, ("feed",))
    before = ledger.open_entries()
    with pytest.raises(HookscopeError, match="no open entry"):
        await suspended.lease.acquire(plan)
    assert ledger.open_entries() == before


async def test_a_call_of_the_former_holder_that_comes_late_is_mended(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    """It was suspended right after it was permitted; a callback of no relay is left alone."""
    relay = Relay(memory, ledger, "2-b", live)
    await relay.start(OTHER, standing=(URL,))
    memory.register("page", URL, ("feed",))
    relay.items.clear()
    await relay.lease.check()
    await relay.lease.register_lost()
    assert memory.shown("page") == subscription(OTHER, "feed")
    assert [item.hint for item in relay.items if isinstance(item, Notice)] == [
        "it is registered again, but not over somebody else's callback: hookscope subscriptions list"
    ]
    assert [item.callback_url for item in relay.items if isinstance(item, SubscriptionActive)] == [OTHER]
    memory.register("page", PROD, ("feed",))
    await relay.lease.check()
    await relay.lease.register_lost()
    assert memory.shown("page") == subscription(PROD, "feed")


async def test_what_is_there_again_after_a_loss_is_not_registered_once_more(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    relay = Relay(memory, ledger, "1-a", live)
    await relay.start()
    memory.remove("page")
    await relay.lease.check()
    memory.register("page", URL, ("feed",))
    changes(memory)
    await relay.lease.register_lost()
    assert changes(memory) == []


async def test_what_a_colleague_has_taken_meanwhile_is_refused(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    first = Relay(memory, ledger, "1-a", live)
    await first.start()
    first.die()
    memory.register("page", PROD, ("feed",))
    changes(memory)
    with pytest.raises(ForeignCallbackError, match="somebody else's callback"):
        await Relay(memory, ledger, "2-b", live).start(standing=(URL,))
    assert changes(memory) == []
    assert memory.shown("page") == subscription(PROD, "feed")


class TakenEdge(MemoryEdge):
    """A client after whose first look a colleague registers."""

    async def subscriptions(self) -> tuple[Subscription, ...]:
        found = await super().subscriptions()
        if self.graph.calls == ["GET"]:
            self.graph.register("page", PROD, ("feed",))
        return found


@pytest.mark.parametrize("url", [URL, OTHER], ids=["unmoved", "moved"])
async def test_what_a_colleague_takes_between_two_looks_is_not_replaced(
    memory: MemoryGraph, ledger: Ledger, live: set[str], url: str
) -> None:
    """The entry that is continued leads back to what was there before it, not to that."""
    first = Relay(memory, ledger, "1-a", live)
    await first.start()
    first.die()
    changes(memory)
    second = Relay(memory, ledger, "2-b", live, takeover=True, restore_verify_token="prod-token")
    second.edge = TakenEdge(memory)
    with pytest.raises(ForeignCallbackError, match="somebody else's callback"):
        await second.start(url)
    assert changes(memory) == []
    assert memory.shown("page") == subscription(PROD, "feed")
    assert [entry.callback_urls for entry in ledger.open_entries()] == [(URL,)]


@NOTED
@pytest.mark.parametrize("standing", [None, ()], ids=["beside a run", "beside a relay"])
async def test_another_object_s_registration_stays_as_it_is(
    memory: MemoryGraph, ledger: Ledger, live: set[str], standing: tuple[str, ...] | None, is_noted: bool
) -> None:
    first = Relay(memory, ledger, "1-a", live)
    with noting(is_noted):
        await first.start()
    first.die()
    second = Relay(memory, ledger, "2-b", live)
    await second.start(topics=(Topic(object="user", fields=("email",)),), standing=standing)
    assert memory.shown("page") == subscription(URL, "feed")
    assert len(ledger.open_entries()) == 2


async def test_a_registration_that_was_switched_off_is_made_again(
    memory: MemoryGraph, ledger: Ledger, live: set[str]
) -> None:
    first = Relay(memory, ledger, "1-a", live)
    await first.start()
    first.die()
    memory.register("page", URL, (), active=False)
    changes(memory)
    await Relay(memory, ledger, "2-b", live).start()
    assert changes(memory) == [f"POST page {URL} feed"]
