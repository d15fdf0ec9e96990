"""The access tokens for Pages."""

import pytest

from hookscope.errors import GraphError, UsageError
from hookscope.graph.caller import GraphCaller
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.secret_sources import Secret, SecretSources
from hookscope.settings import App
from tests.graph.scripted_graph import Reply, ScriptedGraph, answer, error
from tests.graph.wait import no_wait

BOTH = {"HOOKSCOPE_PAGE_TOKEN": "given-token", "HOOKSCOPE_USER_TOKEN": "user-token"}


async def test_the_token_that_is_given_for_a_page_comes_before_that_of_the_user(app: App) -> None:
    accounts = [{"id": name, "name": "A Page", "access_token": f"found-page-token-of-{name}"} for name in ("7", "8")]
    secrets = SecretSources(BOTH)
    async with (
        ScriptedGraph(answer({"id": "7", "name": "A Page"}), answer({"data": accounts})) as graph,
        GraphCaller(graph.url, app.graph_version, app.secret, notify=print, wait=no_wait) as caller,
    ):
        tokens = Tokens(GraphNodes(caller), app, secrets)
        assert (await tokens.page("7")).secret == Secret("given-token")
        assert (await tokens.page("8")).secret == Secret("found-page-token-of-8")
        assert [page.id for page in await tokens.pages()] == ["7", "8"]
        assert [call.path.rpartition("/")[2] for call in graph.calls] == ["me", "accounts"]
        with pytest.raises(
            UsageError, match=r"no token for Page 9; the given tokens are for: 7 \(A Page\), 8 \(A Page\)"
        ):
            await tokens.page("9")
    assert {"found-page-token-of-7", "found-page-token-of-8"} <= {*secrets.redactable}


@pytest.mark.parametrize(
    "reply", [error(100, "no such node"), answer({}), answer({"id": "me"})], ids=("refused", "empty", "echoed")
)
async def test_a_token_whose_page_is_not_told_is_taken_for_any(app: App, reply: Reply) -> None:
    secrets = SecretSources({"HOOKSCOPE_PAGE_TOKEN": "given-token"})
    async with (
        ScriptedGraph(reply) as graph,
        GraphCaller(graph.url, app.graph_version, app.secret, notify=print, wait=no_wait) as caller,
    ):
        tokens = Tokens(GraphNodes(caller), app, secrets)
        assert (await tokens.page("7")).secret == Secret("given-token")
        assert await tokens.name_of("7") == ""
        with pytest.raises(GraphError):
            await tokens.pages()
        assert len(graph.calls) == 1


def test_the_token_for_whatsapp_is_the_user_s_or_else_the_app_s(app: App) -> None:
    nodes = GraphNodes(GraphCaller(app.graph_url, app.graph_version, app.secret, notify=print))
    with_user, without = (Tokens(nodes, app, SecretSources(given)) for given in (BOTH, {}))
    assert with_user.whatsapp.secret == Secret("user-token")
    assert without.whatsapp == without.app
