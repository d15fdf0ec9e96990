"""Putting back by hand what runs left."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from hookscope.errors import HookscopeError, UsageError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import Edge
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.restore import foretell, restore
from hookscope.graph.restore_result import RestoreResult
from hookscope.graph.teardown import preview, teardown
from hookscope.model.run_events import Ending
from hookscope.settings import App
from tests.graph.endpoint import Endpoint
from tests.graph.make import displacing, entry, subscription
from tests.graph.memory_graph import MemoryGraph
from tests.graph.one_client import lending
from tests.graph.wait import no_wait

OURS, PROD = "https://ours/1", "https://prod/hook"


async def outcomes(memory: MemoryGraph, ledger: Ledger, *live: str, **options: Any) -> dict[str, RestoreResult]:
    return {
        one.object: outcome
        async for one, outcome in teardown(
            ledger,
            ledger.open_entries(),
            lending(memory.edge()),
            restore,
            is_live=live.__contains__,
            wait=no_wait,
            **options,
        )
    }


async def test_every_open_entry_is_put_back(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    memory.register("user", OURS, ["email"])
    ledger.begin(displacing("feed"))
    ledger.keep(ledger.begin(entry(object="user", fields=("email",))))
    done = await outcomes(memory, ledger)
    assert {topic: outcome.ending for topic, outcome in done.items()} == {
        "page": Ending.RESTORED,
        "user": Ending.REMOVED,
    }
    assert memory.all() == (subscription(PROD, "feed"),)
    assert ledger.open_entries() == []


async def test_entries_held_by_a_live_run_are_kept(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    ledger.begin(entry(holder="1-a"))
    done = await outcomes(memory, ledger, "1-a")
    assert done["page"].ending is Ending.KEPT
    assert "is live" in done["page"].reason
    assert memory.calls == []
    done = await outcomes(memory, ledger, "1-a", include_live=True)
    assert done["page"].ending is Ending.REMOVED


async def test_the_way_back_is_kept_while_it_is_unknown_whose_callback_is_registered(
    memory: MemoryGraph, ledger: Ledger
) -> None:
    memory.register("page", "https://second/1", ["feed"])
    ledger.begin(displacing("feed"))
    done = await outcomes(memory, ledger, doubt=lambda _: "the log is away")
    assert done["page"].failed
    assert "it now points to https://second/1, which is not known to be ours: the log is away" in done["page"].reason
    (left,) = ledger.open_entries()
    assert left.restore_verify_token is not None
    ledger.adopt(left.adopting(["https://second/1"]))
    done = await outcomes(memory, ledger, doubt=lambda _: "the log is away")
    assert done["page"].ending is Ending.RESTORED
    assert memory.all() == (subscription(PROD, "feed"),)


@pytest.mark.parametrize("is_relays", [False, True], ids=["a run", "a relay"])
async def test_without_a_log_another_callback_ends_the_way_back_of_a_run_alone(
    is_relays: bool, memory: MemoryGraph, ledger: Ledger
) -> None:
    memory.register("page", "https://second/1", ["feed"])
    left = ledger.begin(displacing("feed", is_relays=is_relays))
    done = await outcomes(memory, ledger)
    assert done["page"].failed is is_relays
    assert ledger.open_entries() == ([left] if is_relays else [])
    assert ("tear down with HOOKSCOPE_LOG set" in done["page"].reason) is is_relays


async def test_one_that_fails_does_not_hold_up_the_next(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    memory.register("user", OURS, ["email"])
    memory.down.add(PROD)
    ledger.begin(displacing("feed"))
    ledger.begin(entry(object="user", fields=("email",)))
    done = await outcomes(memory, ledger)
    assert done["page"].failed
    assert done["page"].hint == "hookscope teardown --app-id 1234567890 --object page"
    assert done["user"].ending is Ending.REMOVED
    assert [one.object for one in ledger.open_entries()] == ["page"]


async def test_a_secret_that_is_not_at_hand_is_a_failure_of_that_entry(ledger: Ledger) -> None:
    ledger.begin(entry())

    def client_for(one: LedgerEntry) -> AbstractAsyncContextManager[Edge]:
        raise UsageError(f"no secret for app {one.app_id}", hint="set HOOKSCOPE_APP_SECRET")

    ((_, outcome),) = [found async for found in teardown(ledger, ledger.open_entries(), client_for, restore)]
    assert outcome.failed
    assert outcome.reason == "no secret for app 1234567890 (set HOOKSCOPE_APP_SECRET)"
    assert ledger.open_entries()


async def test_a_graph_api_that_is_gone_is_a_failure(ledger: Ledger, app: App) -> None:
    async with Endpoint("") as gone:
        url = gone.url.removesuffix("/hook")
    ledger.begin(entry(graph_url=url))

    @asynccontextmanager
    async def client_for(one: LedgerEntry) -> AsyncIterator[Edge]:
        there = App(app_id=one.app_id, secret=app.secret, graph_url=one.graph_url)
        async with GraphClient(there, notify=lambda _: None, wait=no_wait) as client:
            yield client

    ((_, outcome),) = [found async for found in teardown(ledger, ledger.open_entries(), client_for, restore)]
    assert outcome.failed
    assert "connection refused" in outcome.reason


@pytest.mark.parametrize(
    ("of", "fields", "words"),
    [
        (entry(), ("feed",), f"{OURS} would be removed"),
        (
            displacing("feed", fields=("mention",)),
            ("feed", "mention"),
            f"{PROD} would be registered with feed, in place of {OURS}",
        ),
        (entry(callback_urls=("https://ours/9",)), ("feed",), f"nothing to do: {OURS} is registered, which does not"),
    ],
)
async def test_a_preview_tells_what_would_be_done(
    of: LedgerEntry, fields: tuple[str, ...], words: str, memory: MemoryGraph
) -> None:
    memory.register("page", OURS, fields)
    ((_, foretold),) = [one async for one in preview([of], lending(memory.edge()), foretell, is_live=lambda _: False)]
    assert foretold.startswith(words)
    assert memory.calls == ["GET"]


async def test_a_preview_says_that_a_relay_s_entry_stays_open_beside_another_callback(
    memory: MemoryGraph, ledger: Ledger
) -> None:
    memory.register("page", "https://other/1", ["feed"])
    ledger.begin(displacing("feed", is_relays=True))
    entries = ledger.open_entries()
    ((_, foretold),) = [one async for one in preview(entries, lending(memory.edge()), foretell)]
    outcome = (await outcomes(memory, ledger))["page"]
    assert outcome.ending is None
    assert foretold == f"it would stay open: {outcome.reason}"


async def test_a_preview_of_nothing(memory: MemoryGraph) -> None:
    (found,) = [one async for one in preview([entry()], lending(memory.edge()), foretell, is_live=lambda _: False)]
    assert found[1] == "nothing to do: nothing is registered, which does not belong to this entry"


async def test_a_preview_keeps_what_teardown_keeps_beside_a_living_run(memory: MemoryGraph, ledger: Ledger) -> None:
    memory.register("page", OURS, ["feed"])
    ledger.begin(entry(holder="1-a"))
    entries = ledger.open_entries()
    ((_, foretold),) = [one async for one in preview(entries, lending(memory.edge()), foretell, is_live="1-a".__eq__)]
    done = (await outcomes(memory, ledger, "1-a"))["page"]
    assert foretold == f"{done.ending}: {done.reason}"
    assert memory.calls == []


def test_forgetting_closes_an_entry_without_a_look(ledger: Ledger) -> None:
    written = ledger.begin(displacing("feed"))
    forgotten = ledger.forget(written)
    assert (forgotten.outcome, forgotten.restore_verify_token) == ("forgotten", None)
    assert ledger.open_entries() == []
    with pytest.raises(HookscopeError):
        ledger.forget(written)
