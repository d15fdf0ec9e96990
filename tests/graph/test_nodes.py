"""Typed reads and writes on nodes, against the sandbox."""

import json
from collections.abc import AsyncIterator

import pytest

from hookscope.errors import GraphError, HandshakeError
from hookscope.graph.access_token import AccessToken, app_token, page_token, user_token
from hookscope.graph.caller import GraphCaller
from hookscope.graph.nodes import GraphNodes
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from hookscope.settings import App
from tests.graph.endpoint import Endpoint
from tests.graph.scripted_graph import ScriptedGraph, answer, echo
from tests.graph.wait import no_wait


@pytest.fixture
async def nodes(app: App, sandbox: SandboxServer) -> AsyncIterator[GraphNodes]:
    sandbox.knobs.require_appsecret_proof = True
    async with GraphCaller(app.graph_url, app.graph_version, app.secret, notify=print, wait=no_wait) as caller:
        yield GraphNodes(caller)


@pytest.fixture
def page(sandbox: SandboxServer) -> AccessToken:
    return page_token(sandbox.world.page.token)


@pytest.fixture
def user(sandbox: SandboxServer) -> AccessToken:
    return user_token(sandbox.world.user.token)


async def test_a_page_token_is_described(nodes: GraphNodes, app: App, sandbox: SandboxServer) -> None:
    info = await nodes.debug_token(sandbox.world.page.token, by=app_token(app))
    assert (info.app_id, info.kind, info.is_valid) == (app.app_id, "PAGE", True)
    assert "pages_manage_metadata" in info.scopes
    assert info.expires_at is None


async def test_an_invalid_token_is_described_too(nodes: GraphNodes, app: App) -> None:
    info = await nodes.debug_token(Secret("EAAmadeup"), by=app_token(app))
    assert (info.is_valid, info.app_id) == (False, "")
    assert "Cannot parse access token" in (info.reason or "")


async def test_nodes_are_read_with_fields_and_without(
    nodes: GraphNodes, app: App, page: AccessToken, sandbox: SandboxServer
) -> None:
    assert (await nodes.read("app", app_token(app)))["id"] == app.app_id
    found = await nodes.read(sandbox.world.page.id, page, ("id", "category"))
    assert found == {"id": sandbox.world.page.id, "category": "Business"}
    with pytest.raises(GraphError, match="nonexisting field"):
        await nodes.read("me", page, ("colour",))


async def test_the_pages_of_a_user_come_with_their_tokens(
    nodes: GraphNodes, user: AccessToken, sandbox: SandboxServer
) -> None:
    (account,) = await nodes.accounts(user)
    assert (account.id, account.token.secret) == (sandbox.world.page.id, sandbox.world.page.token)
    assert "MANAGE" in account.tasks
    assert sandbox.world.page.token.reveal() not in repr(account)


async def test_an_app_is_installed_on_a_page_and_removed_with_its_own_token(
    nodes: GraphNodes, app: App, page: AccessToken, sandbox: SandboxServer
) -> None:
    node = sandbox.world.page.id
    await nodes.install(node, page, {"subscribed_fields": "feed,messages"})
    (found,) = await nodes.page_apps(node, page)
    assert (found.app_id, found.fields) == (app.app_id, ("feed", "messages"))
    with pytest.raises(GraphError, match="the app's own token"):
        await nodes.uninstall(node, page)
    await nodes.uninstall(node, app_token(app))
    assert await nodes.page_apps(node, page) == ()


async def test_the_fields_of_a_pages_apps_are_asked_for_by_name() -> None:
    async with (
        ScriptedGraph(answer({"data": []})) as graph,
        GraphCaller(graph.url, "v25.0", notify=print) as caller,
    ):
        await GraphNodes(caller).page_apps("1", page_token(Secret("EAAtoken")))
        assert "subscribed_fields" in graph.calls[0].parameters["fields"].split(",")


async def test_a_whatsapp_account_gets_a_callback_of_its_own(
    nodes: GraphNodes, app: App, user: AccessToken, sandbox: SandboxServer, ours: Endpoint
) -> None:
    node = sandbox.world.whatsapp.id
    parameters = {"override_callback_uri": ours.url, "verify_token": "our-token"}
    await nodes.install(node, user, parameters, "our-token")
    (found,) = await nodes.subscribed_apps(node, user)
    assert found == SubscribedApp(app_id=app.app_id, name="Sandbox app", override_url=ours.url)
    with pytest.raises(HandshakeError):
        await nodes.install(node, user, {**parameters, "verify_token": "wrong"})


async def test_a_phone_number_is_configured(
    nodes: GraphNodes, user: AccessToken, sandbox: SandboxServer, ours: Endpoint
) -> None:
    node = sandbox.world.whatsapp.phone_number_id
    configuration = {"override_callback_uri": ours.url, "verify_token": "our-token"}
    await nodes.configure(node, user, {"webhook_configuration": json.dumps(configuration)}, "our-token")
    found = await nodes.read(node, user, ("webhook_configuration",))
    assert found["webhook_configuration"]["phone_number"] == ours.url


@pytest.mark.parametrize("value", [[], {"data": [1]}, {"data": [{"name": "no id"}]}, {"data": {}}])
async def test_an_answer_of_another_shape_is_an_error(value: object) -> None:
    async with ScriptedGraph(answer(value)) as graph, GraphCaller(graph.url, "v25.0", notify=print) as caller:
        with pytest.raises(GraphError, match="not one that this edge is known to give"):
            await GraphNodes(caller).subscribed_apps("1", page_token(Secret("EAAtoken")))


async def test_no_error_shows_a_token_that_was_sent() -> None:
    asked, by = "EAA-the-inspected", user_token(Secret("EAA-the-callers|own"))
    async with ScriptedGraph(echo) as graph, GraphCaller(graph.url, "v25.0", notify=print) as caller:
        with pytest.raises(GraphError) as raised:
            await GraphNodes(caller).debug_token(Secret(asked), by=by)
        shown = f"{raised.value} {raised.value.hint}"
        assert "inspected" not in shown
        assert "callers" not in shown
        assert "appsecret_proof" not in graph.calls[0].query
