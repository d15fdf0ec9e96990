"""Several calls in one, nodes by the dozen, and methods in disguise."""

import hmac
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Answer, Graph


async def _batch(graph: Graph, *items: dict[str, Any], as_json: bool = False, **more: Any) -> Answer:
    if as_json:
        return await graph.call("POST", "/v25.0/", json={"batch": list(items), **more})
    return await graph.call("POST", "/", data={"batch": json.dumps(items), **more})


@pytest.mark.parametrize("as_json", [False, True])
async def test_each_item_has_its_own_answer_in_order(graph: Graph, as_json: bool) -> None:
    answer = await _batch(
        graph,
        {"method": "GET", "relative_url": f"{graph.app_id}?fields=name"},
        {"method": "GET", "relative_url": "42"},
        {"relative_url": "/v24.0/app"},
        as_json=as_json,
    )

    assert answer.status == 200
    assert [item["code"] for item in answer.json] == [200, 400, 200]
    bodies = [json.loads(item["body"]) for item in answer.json]
    assert bodies[0] == {"name": "Sandbox app", "id": graph.app_id}
    assert (bodies[1]["error"]["code"], bodies[1]["error"]["error_subcode"]) == (100, 33)
    assert bodies[2]["id"] == graph.app_id
    versions = [
        header["value"]
        for item in answer.json
        for header in item["headers"]
        if header["name"] == "facebook-api-version"
    ]
    assert versions == ["v25.0", "v25.0", "v24.0"]


async def test_headers_can_be_left_out(graph: Graph) -> None:
    answer = await _batch(graph, {"relative_url": "app"}, include_headers="false")

    assert set(answer.json[0]) == {"code", "body"}


async def test_an_item_has_a_body_and_a_token_of_its_own(graph: Graph) -> None:
    answer = await _batch(
        graph,
        {
            "method": "POST",
            "relative_url": f"{graph.page_id}/subscribed_apps",
            "body": f"subscribed_fields=feed&access_token={graph.page_token}",
        },
        {"method": "DELETE", "relative_url": f"{graph.page_id}/subscribed_apps"},
    )

    assert [item["body"] for item in answer.json] == ['{"success":true}'] * 2


async def test_the_batchs_proof_is_that_of_items_without_a_token_of_their_own(graph: Graph) -> None:
    graph.server.knobs.require_appsecret_proof = True
    secret = graph.server.world.app.secret.reveal().encode()
    proof = hmac.digest(secret, graph.app_token.encode(), "sha256").hex()

    answer = await _batch(
        graph,
        {"relative_url": "app"},
        {"relative_url": f"me?access_token={graph.page_token}"},
        appsecret_proof=proof,
    )

    assert [item["code"] for item in answer.json] == [200, 400]
    assert "require an appsecret_proof" in answer.json[1]["body"]


@pytest.mark.parametrize(
    "item", [{}, {"relative_url": 3}, {"relative_url": "app", "method": 1}, {"relative_url": "app", "body": {}}]
)
async def test_an_item_that_makes_no_sense_fails_alone(graph: Graph, item: dict[str, Any]) -> None:
    answer = await _batch(graph, item, {"relative_url": "app"})

    if item.get("body") == {}:  # an empty one is none
        assert [one["code"] for one in answer.json] == [200, 200]
    else:
        assert [one["code"] for one in answer.json] == [400, 200]
        assert json.loads(answer.json[0]["body"])["error"]["code"] == 100


@pytest.mark.parametrize("batch", ["{}", "[1]", "nonsense", '"text"'])
async def test_a_value_that_is_not_a_list_is_refused(graph: Graph, batch: str) -> None:
    answer = await graph.call("POST", "/", data={"batch": batch})

    assert (answer.status, answer.error["code"]) == (400, 100)


async def test_a_batch_has_at_most_fifty_items(graph: Graph) -> None:
    full = await _batch(graph, *[{"relative_url": "app"}] * 50)
    over = await _batch(graph, *[{"relative_url": "app"}] * 51)

    assert len(full.json) == 50
    assert (over.status, over.error["type"]) == (400, "GraphBatchException")


async def test_a_batch_within_a_batch_is_no_call(graph: Graph) -> None:
    inner = json.dumps([{"relative_url": "app"}])

    answer = await _batch(graph, {"method": "POST", "relative_url": "/", "body": f"batch={inner}"})

    assert answer.json[0]["code"] == 400


async def test_several_nodes_are_told_at_once(graph: Graph) -> None:
    asked = {"ids": f"{graph.page_id},{graph.server.world.user.id}", "fields": "name"}

    answer = await graph.call("GET", "/v25.0/", token=graph.user_token, params=asked)

    assert list(answer.json) == [graph.page_id, graph.server.world.user.id]
    assert answer.json[graph.page_id] == {"name": "Sandbox Page", "id": graph.page_id}


async def test_an_edge_of_several_nodes_is_told_at_once(graph: Graph) -> None:
    path = "/v25.0/subscribed_apps"

    answer = await graph.call("GET", path, token=graph.page_token, params={"ids": graph.page_id, "fields": "id"})

    assert answer.json == {graph.page_id: {"data": [{"id": graph.app_id}]}}


async def test_one_node_that_does_not_exist_fails_all(graph: Graph) -> None:
    answer = await graph.call("GET", "/", params={"ids": f"{graph.app_id},42"})

    assert answer.error["message"] == "(#803) Some of the aliases you requested do not exist: 42"
    assert (answer.status, answer.error["code"]) == (400, 803)


@pytest.mark.parametrize("ids", ["", ",", "[]"])
async def test_no_node_at_all_is_refused(graph: Graph, ids: str) -> None:
    answer = await graph.call("GET", "/", params={"ids": ids})

    assert (answer.status, answer.error["code"]) == (400, 100)


async def test_at_most_fifty_nodes_are_told_at_once(graph: Graph) -> None:
    answer = await graph.call("GET", "/", params={"ids": ",".join(map(str, range(51)))})

    assert answer.error["message"] == "(#100) Too many IDs. Maximum: 50. Provided: 51."


@pytest.mark.parametrize("where", ["query", "form", "json"])
async def test_a_post_may_stand_for_another_method(graph: Graph, where: str) -> None:
    path = f"/v25.0/{graph.page_id}/subscribed_apps"
    named = {"method": "delete"}

    match where:
        case "query":
            answer = await graph.call("POST", path, params=named)
        case "form":
            answer = await graph.call("POST", path, data=named)
        case _:
            answer = await graph.call("POST", path, json=named)

    assert answer.body == b'{"success":true}'
    assert graph.server.world.page.installed == {}


async def test_a_get_stands_for_itself(graph: Graph) -> None:
    await graph.call("GET", f"/v25.0/{graph.page_id}/subscribed_apps", params={"method": "delete"})

    assert graph.app_id in graph.server.world.page.installed
