"""The end of a lease when something fails that nobody thought of."""

from pathlib import Path
from typing import Any

import pytest

from hookscope.diagnosis.probe import probe
from hookscope.errors import HandshakeError, RestoreError
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.model.run_events import Ending, RunEvent, SubscriptionEnded
from hookscope.settings import LeaseSettings, Topic
from tests.graph.memory_graph import MemoryGraph
from tests.graph.memory_probe import MemoryProbe
from tests.graph.wait import no_wait

OURS = "https://ours/1"


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
    lease = Lease(
        memory.edge(),
        ledger,
        LeaseSettings(verify_token="our-token", takeover=True, restore_verify_token="prod-token"),
        (Topic(object="page", fields=("feed",)),),
        holder="1-a",
        publish=list[RunEvent]().append,
        probe=MemoryProbe(memory),
        wait=no_wait,
        is_live=lambda _: False,
    )
    with pytest.raises(HandshakeError):
        await lease.acquire(await lease.plan(OURS))
    assert (memory.all(), ledger.open_entries()) == (before, [])
