"""Installing the app on a Page."""

import pytest

from hookscope.meta import catalog
from tests.sandbox.conftest import Answer, Graph


async def _call(graph: Graph, method: str, token: str | None = None, **options: object) -> Answer:
    path = f"/v25.0/{graph.page_id}/subscribed_apps"
    return await graph.call(method, path, token=token or graph.page_token, **options)


async def test_the_page_begins_with_all_its_fields_installed(graph: Graph) -> None:
    (row,) = (await _call(graph, "GET")).json["data"]

    assert (row["id"], set(row)) == (graph.app_id, {"category", "link", "name", "id", "subscribed_fields"})
    assert set(row["subscribed_fields"]) == catalog.FIELDS["page"]


async def test_a_post_sets_the_fields_and_a_get_reads_them_back(graph: Graph) -> None:
    answer = await _call(graph, "POST", data={"subscribed_fields": "feed,messages"})

    assert (answer.status, answer.body) == (200, b'{"success":true}')
    (row,) = (await _call(graph, "GET", params={"fields": "id,subscribed_fields"})).json["data"]
    assert row == {"id": graph.app_id, "subscribed_fields": ["feed", "messages"]}


async def test_a_delete_with_the_app_token_removes_the_app(graph: Graph) -> None:
    answer = await _call(graph, "DELETE", graph.app_token)

    assert answer.body == b'{"success":true}'
    assert (await _call(graph, "GET")).json == {"data": []}


async def test_a_delete_with_the_page_token_is_refused(graph: Graph) -> None:
    answer = await _call(graph, "DELETE")

    expected = "(#15) This method must be called with an app access_token."
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, 15, expected)


async def test_me_is_the_page_of_the_token(graph: Graph) -> None:
    answer = await graph.call("GET", "/v25.0/me/subscribed_apps", token=graph.page_token)

    assert [row["id"] for row in answer.json["data"]] == [graph.app_id]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("whose", ["app_token", "user_token"])
async def test_reading_and_installing_want_the_page_token(graph: Graph, method: str, whose: str) -> None:
    answer = await _call(graph, method, getattr(graph, whose))

    assert (answer.status, answer.error["code"]) == (400, 210)


async def test_fields_are_required(graph: Graph) -> None:
    answer = await _call(graph, "POST")

    expected = "(#100) The parameter subscribed_fields is required."
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, 100, expected)


async def test_an_unknown_field_is_refused_with_its_place_and_all_that_are_known(graph: Graph) -> None:
    answer = await _call(graph, "POST", data={"subscribed_fields": "feed,messages,comments"})

    assert (answer.status, answer.error["code"]) == (400, 100)
    assert answer.error["message"].startswith("(#100) Param subscribed_fields[2] must be one of {affiliation, ")
    assert answer.error["message"].endswith(", website}")
    assert ", messages, " in answer.error["message"]


async def test_an_empty_list_is_a_fault_of_the_server(graph: Graph) -> None:
    answer = await _call(graph, "POST", data={"subscribed_fields[]": ""})

    assert answer.status == 500
    expected = 'OAuth "Facebook Platform" "unknown_error" "An unknown error has occurred."'
    assert answer.headers["www-authenticate"] == expected


async def test_fields_without_permission_are_named_a_line_each(graph: Graph) -> None:
    graph.server.knobs.unpermitted_fields = ("feed", "messages", "leadgen")

    answer = await _call(graph, "POST", data={"subscribed_fields": "feed,ratings,messages,leadgen"})

    assert (answer.status, answer.error["code"]) == (400, 200)
    assert answer.error["message"].split("\n") == [
        "(#200) To subscribe to the feed field, one of these permissions is needed: pages_manage_metadata.",
        "(#200) To subscribe to the messages field, one of these permissions is needed: pages_messaging.",
        "(#200) To subscribe to the leadgen field, one of these permissions is needed: leads_retrieval.",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_without_permission_is_refused(graph: Graph, method: str) -> None:
    graph.server.knobs.page_permission = False

    answer = await _call(graph, method, data={"subscribed_fields": "feed"} if method == "POST" else None)

    expected = "(#200) Requires pages_manage_metadata permission to manage the object"
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, 200, expected)


async def test_an_install_can_succeed_without_effect(graph: Graph) -> None:
    await _call(graph, "DELETE", graph.app_token)
    graph.server.knobs.swallow_page_install = True

    answer = await _call(graph, "POST", data={"subscribed_fields": "feed"})

    assert answer.body == b'{"success":true}'
    assert (await _call(graph, "GET")).json == {"data": []}


async def test_an_unknown_page_does_not_exist(graph: Graph) -> None:
    answer = await graph.call("GET", "/v25.0/42/subscribed_apps", token=graph.page_token)

    assert (answer.status, answer.error["code"], answer.error["error_subcode"]) == (400, 100, 33)
