"""The end of a lease when something fails that nobody thought of, or while a call is under way."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hookscope.diagnosis.probe import probe
from hookscope.errors import GraphError, HandshakeError, RestoreError
from hookscope.graph.edge import LostAnswerError, Wait
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.model.run_events import Ending, Notice, RunEvent, SubscriptionActive, SubscriptionEnded
from hookscope.settings import LeaseSettings, Topic
from tests.graph.memory_graph import Loss, MemoryEdge, MemoryGraph
from tests.graph.memory_probe import MemoryProbe
from tests.graph.wait import no_wait

OURS, NEXT, THIRD = "https://ours/1", "https://ours/2", "https://ours/3"


def lease_of(
    edge: MemoryEdge, ledger: Ledger, items: list[RunEvent] | None = None, *, wait: Wait = no_wait, **settings: Any
) -> Lease:
    """Return a lease on one object; `items` is what it publishes."""
    return Lease(
        edge,
        ledger,
        LeaseSettings(verify_token="our-token", **settings),
        (Topic(object="page", fields=("feed",)),),
        holder="1-a",
        publish=(list[RunEvent]() if items is None else items).append,
        probe=MemoryProbe(edge.graph),
        wait=wait,
        is_live=lambda _: False,
    )


class SlowEdge(MemoryEdge):
    """A client whose calls are carried out when each is let go; `asked` are their callbacks."""

    def __init__(self, graph: MemoryGraph) -> None:
        super().__init__(graph)
        self.asked: list[str] = []
        self.waiting: list[asyncio.Event] = []

    async def subscribe(self, **given: Any) -> None:
        self.asked.append(given["callback_url"])
        self.waiting.append(asyncio.Event())
        await self.waiting[-1].wait()
        await super().subscribe(**given)


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def break_off(edge: SlowEdge, work: Coroutine[Any, Any, None]) -> None:
    """Cancel work during its next call."""
    calls, task = len(edge.asked), asyncio.create_task(work)
    while len(edge.asked) == calls:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_unexpected_failure_with_one_object_does_not_keep_the_others_registered(tmp_path: Path) -> None:
    graph, items = MemoryGraph(), list[RunEvent]()
    graph.tokens[OURS] = "our-token"
    edge: Any = graph.edge()
    ledger = Ledger(tmp_path / "ledger.db")
    topics = [Topic(object=name, fields=(field,)) for name, field in (("page", "feed"), ("user", "email"))]
    settings = LeaseSettings(verify_token="our-token")
    lease = Lease(
        edge, ledger, settings, topics, holder="1-a", publish=items.append, probe=probe, wait=no_wait, is_live=bool
    )
    await lease.acquire(await lease.plan(OURS))
    edge.refusals = [RuntimeError("out of everything")]
    with pytest.raises(RestoreError, match="out of everything"):
        await lease.release()
    assert [item.ending for item in items if isinstance(item, SubscriptionEnded)] == [Ending.REMOVED]
    assert len(ledger.open_entries()) == len(graph.all()) == 1
    await lease.release()
    assert (ledger.open_entries(), graph.all()) == ([], ())


@pytest.mark.parametrize("drops", [False, True], ids=["kept", "dropped"])
async def test_a_callback_whose_successor_is_refused_is_still_there(
    drops: bool, memory: MemoryGraph, ledger: Ledger
) -> None:
    memory.drops_refused = drops
    memory.register("page", "https://prod/hook", ("mention",))
    memory.down.add(OURS)
    before = memory.all()
    lease = lease_of(memory.edge(), ledger, takeover=True, restore_verify_token="prod-token")
    with pytest.raises(HandshakeError):
        await lease.acquire(await lease.plan(OURS))
    assert (memory.all(), ledger.open_entries()) == (before, [])


async def test_a_callback_that_cannot_be_put_back_is_not_tried_when_its_successor_is_refused(
    memory: MemoryGraph, ledger: Ledger
) -> None:
    memory.drops_refused = True
    memory.register("page", "https://prod/hook", ("mention",))
    memory.down.add(OURS)
    lease = lease_of(memory.edge(), ledger, takeover=True, no_restore=True)
    with pytest.raises(HandshakeError):
        await lease.acquire(await lease.plan(OURS))
    assert [call for call in memory.calls if call != "GET"] == [f"POST page {OURS} feed"]
    assert (memory.all(), ledger.open_entries()) == ((), [])


async def test_what_somebody_has_removed_is_not_put_back(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", "https://prod/hook", ("mention",))
    lease = lease_of(memory.edge(), ledger, takeover=True, restore_verify_token="prod-token")
    await lease.acquire(await lease.plan(OURS))
    memory.remove("page")
    await lease.release()
    assert (memory.all(), ledger.open_entries()) == ((), [])


@pytest.fixture
def slow(memory: MemoryGraph) -> SlowEdge:
    memory.tokens[THIRD] = "our-token"
    return SlowEdge(memory)


@pytest.fixture
def lease(slow: SlowEdge, ledger: Ledger, items: list[RunEvent]) -> Lease:
    """Return the lease of a relay, whose callback is registered already."""
    slow.graph.register("page", OURS, ("feed",))
    return lease_of(slow, ledger, items, keep=True, standing=(OURS,))


async def test_a_move_waits_for_the_call_of_one_that_was_broken_off(slow: SlowEdge, lease: Lease) -> None:
    """Else the earlier call may land last."""
    await lease.acquire(await lease.plan(OURS))
    await break_off(slow, lease.move(NEXT))
    again = asyncio.create_task(lease.move(THIRD))
    await turns()
    assert slow.asked == [NEXT]
    slow.waiting[0].set()
    await turns()
    assert slow.asked == [NEXT, THIRD]
    slow.waiting[1].set()
    await again
    assert [one.callback_url for one in slow.graph.all()] == [THIRD]


@pytest.mark.parametrize("is_refused", [False, True])
@pytest.mark.parametrize("end", [Lease.release, Lease.abandon], ids=["release", "abandon"])
async def test_what_stays_waits_for_a_call_under_way(
    end: Callable[[Lease], Coroutine[Any, Any, None]],
    is_refused: bool,
    slow: SlowEdge,
    lease: Lease,
    ledger: Ledger,
    items: list[RunEvent],
) -> None:
    await lease.acquire(await lease.plan(OURS))
    await break_off(slow, lease.move(NEXT))
    if is_refused:
        slow.refusals.append(GraphError("no"))
    ending = asyncio.create_task(end(lease))
    await turns()
    assert not ending.done()
    slow.waiting[0].set()
    await ending
    assert [one.callback_url for one in slow.graph.all()] == [OURS if is_refused else NEXT]
    assert lease.open_entries == ()
    assert [(one.kept, one.callback_urls) for one in ledger.open_entries()] == [(True, (OURS, NEXT))]
    told = [item.ending for item in items if isinstance(item, SubscriptionEnded)]
    assert told == ([Ending.KEPT] if end is Lease.release else [])


async def test_what_was_registered_before_a_start_that_is_broken_off_stays(
    slow: SlowEdge, lease: Lease, ledger: Ledger
) -> None:
    await lease.acquire(await lease.plan(OURS))
    await lease.release()
    await break_off(slow, lease.acquire(await lease.plan(NEXT)))
    slow.waiting[0].set()
    await lease.release()
    assert [one.callback_url for one in slow.graph.all()] == [NEXT]
    assert len(ledger.open_entries()) == 1


class LateEdge(MemoryEdge):
    """A client whose registrations show at the third look after each."""

    async def subscribe(self, **given: Any) -> None:
        self.graph.losses = [Loss.LATE]
        with suppress(LostAnswerError):
            await super().subscribe(**given)


@pytest.mark.parametrize("before", [None, "https://prod/hook"], ids=["new", "displacing"])
async def test_a_registration_that_shows_late_is_waited_for(
    before: str | None, memory: MemoryGraph, ledger: Ledger, items: list[RunEvent]
) -> None:
    seconds: list[float] = []

    async def wait(given: float) -> None:
        seconds.append(given)
        if len(seconds) % 2 == 0:
            memory.land()

    if before:
        memory.register("page", before, ("mention",))
    takeover = {"takeover": True, "restore_verify_token": "prod-token"}
    lease = lease_of(LateEdge(memory), ledger, items, wait=wait, **takeover)
    await lease.acquire(await lease.plan(OURS))
    await lease.move(NEXT)
    assert [item.callback_url for item in items if isinstance(item, SubscriptionActive)] == [OURS, NEXT]
    assert seconds == [0.5, 1.0] * 2


class ReducingEdge(MemoryEdge):
    """A client of an app that takes a registration and then shows it inactive, without its fields."""

    async def subscribe(self, **given: Any) -> None:
        await super().subscribe(**given)
        self.graph.register(given["object"], given["callback_url"], (), active=False)
        self.graph.remove(given["object"], given["fields"])


async def test_a_registration_that_is_not_as_it_was_asked_for_is_questioned(
    memory: MemoryGraph, ledger: Ledger, items: list[RunEvent]
) -> None:
    lease = lease_of(ReducingEdge(memory), ledger, items)
    await lease.acquire(await lease.plan(OURS))
    assert [item.message for item in items if isinstance(item, Notice)] == [
        "the app does not list feed for page",
        "the subscription to page is listed as inactive",
    ]
