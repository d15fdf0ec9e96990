"""Choosing Pages."""

from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret, SecretSources
from hookscope.services.pages import open_pages
from hookscope.settings import App
from tests.graph.scripted_graph import ScriptedGraph, answer

NAMES = {"A": "7", "B": "8"}


async def test_a_page_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    accounts = [{"id": number, "name": name, "access_token": f"token-{number}"} for name, number in NAMES.items()]
    async with ScriptedGraph(answer({"data": accounts})) as graph:
        app = App(app_id="1234567890", secret=Secret("app-secret"), graph_url=graph.url)
        secrets = SecretSources({"HOOKSCOPE_USER_TOKEN": "user-token"})
        async with open_pages(app, secrets, tmp_path / "ledger.db", notify=print) as pages:
            with pytest.raises(UsageError, match=r"the tokens give access to: 7 \(A\), 8 \(B\)"):
                await pages.choose([])
            assert await pages.choose(["8", "8"]) == (Scope(ScopeKind.PAGE, "8"),)
