"""The `fields` parameter, read and followed."""

from collections.abc import Mapping
from typing import Any

import pytest

from hookscope.sandbox.errors import GraphApiError
from hookscope.sandbox.selection import parse_selection
from tests.sandbox.callback import Callback
from tests.sandbox.conftest import Graph


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (None, {}),
        ("", {}),
        ("id,name", {"id": {}, "name": {}}),
        (" id , name,", {"id": {}, "name": {}}),
        ("name,accounts{id,name},email", {"name": {}, "accounts": {"id": {}, "name": {}}, "email": {}}),
        ("accounts.limit(5){id}", {"accounts": {"id": {}}}),
        ("accounts{subscribed_apps{id}}", {"accounts": {"subscribed_apps": {"id": {}}}}),
    ],
)
def test_names_are_read_with_what_lies_behind_them(text: str | None, chosen: Mapping[str, Any]) -> None:
    assert parse_selection(text) == chosen


@pytest.mark.parametrize("text", ["accounts{id", "id}", "{id}", "id,{name}", "na-me", "a{" * 50])
def test_an_unreadable_value_is_an_invalid_parameter(text: str) -> None:
    with pytest.raises(GraphApiError, match="Invalid parameter"):
        parse_selection(text)


@pytest.mark.parametrize("fields", ["roles,name", '["roles","name"]'])
async def test_fields_choose_what_a_node_tells(graph: Graph, fields: str) -> None:
    answer = await graph.call("GET", f"/v25.0/{graph.app_id}", params={"fields": fields})

    assert set(answer.json) == {"name", "id"}


@pytest.mark.parametrize(
    ("node", "whose", "kind"),
    [
        ("app", "app_token", "Application"),
        ("{page_id}", "page_token", "Page"),
        ("me", "user_token", "User"),
        ("{waba_id}", "user_token", "WhatsAppBusinessAccount"),
        ("{phone_id}", "user_token", "WhatsAppBusinessPhoneNumber"),
    ],
)
async def test_a_name_that_is_none_is_refused_with_the_type_of_the_node(
    graph: Graph, node: str, whose: str, kind: str
) -> None:
    world = graph.server.world
    known = {"page_id": graph.page_id, "waba_id": world.whatsapp.id, "phone_id": world.whatsapp.phone_number_id}

    answer = await graph.call(
        "GET", f"/v25.0/{node.format(**known)}", token=getattr(graph, whose), params={"fields": "id,naem"}
    )

    assert (answer.status, answer.error["code"], answer.error["type"]) == (400, 100, "OAuthException")
    assert answer.error["message"] == f"(#100) Tried accessing nonexisting field (naem) on node type ({kind})"


async def test_a_user_tells_pages_within(graph: Graph) -> None:
    fields = "id,name,accounts.limit(5){name,access_token,category,tasks}"

    answer = await graph.call("GET", "/v25.0/me", token=graph.user_token, params={"fields": fields})

    (page,) = answer.json["accounts"]["data"]
    assert (page["id"], page["access_token"], page["category"]) == (graph.page_id, graph.page_token, "Business")
    assert set(answer.json) == {"id", "name", "accounts"}


async def test_a_name_within_that_is_none_is_refused_too(graph: Graph) -> None:
    answer = await graph.call("GET", "/v25.0/me", token=graph.user_token, params={"fields": "accounts{naem}"})

    assert answer.error["message"] == "(#100) Tried accessing nonexisting field (naem) on node type (Page)"


@pytest.mark.parametrize(("whose", "is_told"), [("user_token", True), ("page_token", True), ("app_token", False)])
async def test_a_pages_token_is_told_to_who_may_have_it(graph: Graph, whose: str, is_told: bool) -> None:
    answer = await graph.call(
        "GET", f"/v25.0/{graph.page_id}", token=getattr(graph, whose), params={"fields": "access_token,category"}
    )

    assert answer.json["category"] == "Business"
    assert answer.json.get("access_token") == (graph.page_token if is_told else None)


async def test_an_edge_chooses_among_the_fields_of_its_rows(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    pages = await graph.call("GET", "/v25.0/me/accounts", token=graph.user_token, params={"fields": "name"})
    subscriptions = await graph.call("GET", graph.edge, params={"fields": "object,active"})

    assert [set(page) for page in pages.json["data"]] == [{"id", "name"}]
    assert subscriptions.json["data"] == [{"object": "page", "active": True}]


@pytest.mark.parametrize("fields", ["feed,messages", '["feed","messages"]', "feed, messages"])
async def test_fields_are_subscribed_in_any_form(graph: Graph, callback: Callback, fields: str) -> None:
    await graph.subscribe(callback.url, fields=fields)
    path = f"/v25.0/{graph.page_id}/subscribed_apps"
    await graph.call("POST", path, token=graph.page_token, data={"subscribed_fields": fields})

    (subscription,) = await graph.subscriptions()
    assert [field["name"] for field in subscription["fields"]] == ["feed", "messages"]
    assert graph.server.world.page.installed[graph.app_id] == ("feed", "messages")
