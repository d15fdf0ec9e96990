"""Choosing Pages, listing them, and removing the app from them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from hookscope.errors import GraphError, UsageError
from hookscope.graph.client import GraphClient
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret, SecretSources
from hookscope.services.pages import Pages, open_pages
from hookscope.settings import App
from tests.graph.scripted_graph import ScriptedGraph, answer
from tests.graph.wait import no_wait

NAMES = {"A": "7", "B": "8"}


class PagesOfAnApp:
    """Answers for the Pages 7 and 8. `shown` are the fields of Page 7, one list a look; `refused` Pages refuse.

    With `loses`, the answer to a change does not come.
    """

    def __init__(self, *shown: list[str], refused: tuple[str, ...] = (), loses: bool = False) -> None:
        self.shown = [*shown]
        self.refused = refused
        self.loses = loses

    async def __call__(self, request: web.Request) -> web.Response:
        node, edge = request.path.split("/")[-2:]
        if edge == "accounts":
            rows = [{"id": number, "name": name, "access_token": f"token-{number}"} for name, number in NAMES.items()]
            return self._answer({"data": rows})
        if request.method != "GET" and self.loses:
            assert request.transport
            request.transport.abort()
        if request.method != "GET":
            return self._answer({"success": True})
        if node in self.refused:
            return self._answer({"error": {"code": 200, "message": "(#200) Requires pages_manage_metadata"}}, 403)
        fields = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        return self._answer({"data": [{"id": "1234567890", "name": "App", "subscribed_fields": fields}]})

    @staticmethod
    def _answer(value: object, status: int = 200) -> web.Response:
        return web.Response(status=status, text=json.dumps(value), content_type="application/json")


@asynccontextmanager
async def opened(server: PagesOfAnApp, ledger: Path) -> AsyncIterator[Pages]:
    async with ScriptedGraph(server) as graph:
        app = App(app_id="1234567890", secret=Secret("app-secret"), graph_url=graph.url)
        async with GraphClient(app, notify=lambda _: None, wait=no_wait) as client:
            nodes = GraphNodes(client.caller)
            tokens = Tokens(nodes, app, SecretSources({"HOOKSCOPE_USER_TOKEN": "user-token"}))
            yield Pages(client, InstallationEdge(nodes, app, tokens), InstallationLedger(ledger), no_wait)


async def test_a_page_that_refuses_does_not_hide_the_others(tmp_path: Path) -> None:
    refused: list[GraphError] = []
    async with opened(PagesOfAnApp(["feed"], refused=("7",)), tmp_path / "ledger.db") as pages:
        states = await pages.listed(refused.append)
    assert [(state.id, state.fields) for state in states] == [("8", ("feed",))]
    assert ["pages_manage_metadata" in error.message for error in refused] == [True]


async def test_a_removal_may_show_a_moment_later(tmp_path: Path) -> None:
    before = ["feed", "leadgen"]
    async with opened(PagesOfAnApp(before, before, before, ["feed"]), tmp_path / "ledger.db") as pages:
        removals = await pages.plan_removal([Scope(ScopeKind.PAGE, "7")], ("leadgen",))
        assert [state.fields for state in await pages.unsubscribe(removals)] == [("feed",)]


async def test_a_removal_without_effect_is_an_error(tmp_path: Path) -> None:
    async with opened(PagesOfAnApp(["feed", "leadgen"]), tmp_path / "ledger.db") as pages:
        removals = await pages.plan_removal([Scope(ScopeKind.PAGE, "7")], ("leadgen",))
        with pytest.raises(GraphError, match="still has leadgen"):
            await pages.unsubscribe(removals)


@pytest.mark.parametrize("fields", ["leadgen", "feed,leadgen"])
async def test_a_removal_whose_answer_is_lost_counts_if_it_shows(tmp_path: Path, fields: str) -> None:
    before = ["feed", "leadgen"]
    rest = [name for name in before if name not in fields.split(",")]
    async with opened(PagesOfAnApp(before, before, rest, loses=True), tmp_path / "ledger.db") as pages:
        removals = await pages.plan_removal([Scope(ScopeKind.PAGE, "7")], tuple(fields.split(",")))
        assert [state.fields for state in await pages.unsubscribe(removals)] == [tuple(rest)]
    async with opened(PagesOfAnApp(before, loses=True), tmp_path / "ledger.db") as pages:
        removals = await pages.plan_removal([Scope(ScopeKind.PAGE, "7")], tuple(fields.split(",")))
        with pytest.raises(GraphError, match="could not be reached"):
            await pages.unsubscribe(removals)


async def test_a_token_that_opens_no_page_is_told(tmp_path: Path) -> None:
    async with ScriptedGraph(answer({"data": []})) as graph:
        app = App(app_id="1234567890", secret=Secret("app-secret"), graph_url=graph.url)
        secrets = SecretSources({"HOOKSCOPE_USER_TOKEN": "user-token"})
        async with open_pages(app, secrets, tmp_path / "ledger.db", notify=print) as pages:
            with pytest.raises(UsageError, match="the tokens give access to no Page") as refused:
                await pages.choose([])
    assert "HOOKSCOPE_USER_TOKEN" in str(refused.value.hint)


async def test_a_page_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    accounts = [{"id": number, "name": name, "access_token": f"token-{number}"} for name, number in NAMES.items()]
    async with ScriptedGraph(answer({"data": accounts})) as graph:
        app = App(app_id="1234567890", secret=Secret("app-secret"), graph_url=graph.url)
        secrets = SecretSources({"HOOKSCOPE_USER_TOKEN": "user-token"})
        async with open_pages(app, secrets, tmp_path / "ledger.db", notify=print) as pages:
            with pytest.raises(UsageError, match=r"the tokens give access to: 7 \(A\), 8 \(B\)"):
                await pages.choose([])
            assert await pages.choose(["8", "8"]) == (Scope(ScopeKind.PAGE, "8"),)
