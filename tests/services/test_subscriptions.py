"""Subscriptions changed by hand, read back: an answer of 'success' is no proof, and no answer is no failure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hookscope.errors import GraphError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import LostAnswerError
from hookscope.meta.subscription import Subscription
from hookscope.secret_sources import Secret
from hookscope.services.subscriptions import Addition, Subscriptions
from hookscope.settings import App
from tests.graph.memory_graph import Loss, MemoryGraph
from tests.graph.scripted_graph import Reply, ScriptedGraph, answer
from tests.graph.wait import no_wait

OURS = "https://ours.example/hook"


def addition(*fields: str, url: str = OURS) -> Addition:
    return Addition(
        object="page",
        fields=fields,
        callback_url=url,
        verify_token="our-token",
        include_values=True,
        takeover=False,
    )


def listing(*fields: str) -> Reply:
    row = {"object": "page", "callback_url": OURS, "active": True, "fields": [*fields]}
    return answer({"data": [row] if fields else []})


@asynccontextmanager
async def scripted(*replies: Reply) -> AsyncIterator[tuple[ScriptedGraph, Subscriptions]]:
    async with ScriptedGraph(*replies) as graph:
        app = App(app_id="1", secret=Secret("s" * 32), graph_url=graph.url)
        async with GraphClient(app, notify=lambda _: None, wait=no_wait) as client:
            yield graph, Subscriptions(client, no_wait)


def refuse(before: Subscription) -> None:
    raise AssertionError(before)


@pytest.fixture
def graph() -> MemoryGraph:
    graph = MemoryGraph()
    graph.tokens = {OURS: "our-token"}
    return graph


def by_hand(graph: MemoryGraph) -> Subscriptions:
    return Subscriptions(graph.edge(), no_wait)


async def test_an_addition_without_effect_is_an_error() -> None:
    async with scripted(listing("feed"), answer({"success": True}), listing("feed")) as (server, it):
        with pytest.raises(GraphError, match=r"page of app 1 still points to https://ours\.example/hook with feed"):
            await it.add(addition("leadgen"), refuse)
        assert [call.method for call in server.calls] == ["GET", "POST", "GET", "GET", "GET", "GET"]


async def test_a_registration_without_effect_is_an_error() -> None:
    async with scripted(listing(), answer({"success": True}), listing()) as (_, it):
        with pytest.raises(GraphError, match="page of app 1 still points to nothing"):
            await it.add(addition("feed"), refuse)


@pytest.mark.parametrize("fields", [(), ("feed",), ("feed", "leadgen")])
async def test_a_removal_without_effect_is_an_error(fields: tuple[str, ...]) -> None:
    found = Subscription(object="page", callback_url=OURS, fields=("feed", "leadgen"), active=True)
    async with scripted(listing("feed", "leadgen"), answer({"success": True}), listing("feed", "leadgen")) as (_, it):
        with pytest.raises(GraphError, match="with feed, leadgen"):
            await it.remove(found, fields)


async def test_a_change_may_show_a_moment_later() -> None:
    done = answer({"success": True})
    async with scripted(listing("feed"), done, listing("feed"), listing("feed", "leadgen")) as (_, it):
        after = await it.add(addition("leadgen"), refuse)
    assert after.fields == ("feed", "leadgen")
    full = listing("feed", "leadgen")
    async with scripted(full, done, full, listing()) as (server, it):
        await it.remove(after, ())
        assert [call.method for call in server.calls] == ["GET", "DELETE", "GET", "GET"]


async def test_an_addition_whose_answer_is_lost_counts_if_it_was_carried_out(graph: MemoryGraph) -> None:
    graph.losses = [Loss.DONE]
    assert (await by_hand(graph).add(addition("feed"), refuse)).fields == ("feed",)
    graph.losses = [Loss.NOT_DONE]
    with pytest.raises(LostAnswerError):
        await by_hand(graph).add(addition("leadgen"), refuse)


async def test_a_removal_whose_answer_is_lost_counts_if_it_was_carried_out(graph: MemoryGraph) -> None:
    graph.register("page", OURS, ("feed", "leadgen"))
    found = graph.shown("page")
    assert found
    graph.losses = [Loss.NOT_DONE]
    with pytest.raises(LostAnswerError):
        await by_hand(graph).remove(found, ())
    graph.losses = [Loss.DONE]
    await by_hand(graph).remove(found, ("feed",))
    left = graph.shown("page")
    assert left
    assert left.fields == ("leadgen",)


async def test_another_spelling_of_an_address_is_the_same_callback(graph: MemoryGraph) -> None:
    graph.register("page", OURS, ("feed",))
    spelled = "https://OURS.example:443/hook"
    graph.tokens[spelled] = "our-token"
    after = await by_hand(graph).add(addition("leadgen", url=spelled), refuse)
    assert after.fields == ("feed", "leadgen")
