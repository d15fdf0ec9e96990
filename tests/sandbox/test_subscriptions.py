"""The subscriptions edge: adding, overwriting, removing, and what it answers."""

import json
from typing import Any

import pytest
from aiohttp import FormData

from tests.sandbox.callback import VERIFY_TOKEN, Callback
from tests.sandbox.conftest import Graph


async def test_an_app_begins_without_subscriptions(graph: Graph) -> None:
    answer = await graph.call("GET", graph.edge)

    assert (answer.status, answer.body) == (200, b'{"data":[]}')


async def test_a_post_makes_a_subscription_and_a_get_shows_its_four_columns(graph: Graph, callback: Callback) -> None:
    answer = await graph.subscribe(callback.url, fields="feed, mention", include_values="true")

    assert (answer.status, answer.body) == (200, b'{"success":true}')
    assert await graph.subscriptions() == [
        {
            "object": "page",
            "callback_url": callback.url,
            "active": True,
            "fields": [{"name": "feed", "version": "v25.0"}, {"name": "mention", "version": "v25.0"}],
        }
    ]


async def test_a_second_post_adds_fields_and_overwrites_the_url(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="feed")
    other = callback.url + "/other"

    await graph.subscribe(other, fields="mention")

    (row,) = await graph.subscriptions()
    assert row["callback_url"] == other
    assert [field["name"] for field in row["fields"]] == ["feed", "mention"]


async def test_every_object_has_a_url_of_its_own(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await graph.subscribe(callback.url + "/user", object="user", fields="photos")

    rows = await graph.subscriptions()
    assert {row["object"]: row["callback_url"] for row in rows} == {
        "page": callback.url,
        "user": callback.url + "/user",
    }


async def test_a_post_without_callback_url_adds_fields_to_what_is_there(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    answer = await graph.call("POST", graph.edge, data={"object": "page", "fields": "ratings"})

    assert answer.status == 200
    (row,) = await graph.subscriptions()
    assert [field["name"] for field in row["fields"]] == ["feed", "ratings"]
    assert len(callback.requests) == 1


async def test_a_post_activates_an_inactive_subscription(graph: Graph, callback: Callback) -> None:
    await graph.admin("subscriptions", callback_url=callback.url, fields=["feed"], active=False)
    assert [row["active"] for row in await graph.subscriptions()] == [False]

    await graph.subscribe(callback.url)

    assert [row["active"] for row in await graph.subscriptions()] == [True]


async def test_a_delete_with_an_object_leaves_the_others(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await graph.subscribe(callback.url, object="user", fields="photos")

    answer = await graph.call("DELETE", graph.edge, params={"object": "page"})

    assert answer.body == b'{"success":true}'
    assert [row["object"] for row in await graph.subscriptions()] == ["user"]


async def test_a_delete_with_fields_removes_only_those(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="feed,mention,ratings")

    await graph.call("DELETE", graph.edge, data={"object": "page", "fields": "mention,ratings"})

    (row,) = await graph.subscriptions()
    assert [field["name"] for field in row["fields"]] == ["feed"]


async def test_a_delete_without_object_removes_everything(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await graph.subscribe(callback.url, object="user", fields="photos")

    await graph.call("DELETE", graph.edge)

    assert await graph.subscriptions() == []


async def test_a_delete_of_what_is_not_there_is_a_success(graph: Graph) -> None:
    answer = await graph.call("DELETE", graph.edge, params={"object": "page"})

    assert answer.body == b'{"success":true}'


@pytest.mark.parametrize("encoding", ["form", "multipart", "json", "query"])
@pytest.mark.parametrize("fields", ["feed,mention", "feed, mention", '["feed","mention"]'])
async def test_parameters_may_come_in_every_encoding(
    graph: Graph, callback: Callback, encoding: str, fields: str
) -> None:
    values = {
        "object": "page",
        "callback_url": callback.url,
        "verify_token": VERIFY_TOKEN,
        "fields": fields,
        "include_values": "true",
        "access_token": graph.app_token,
    }
    multipart = FormData(values, default_to_multipart=True)
    encodings: dict[str, dict[str, Any]] = {
        "form": {"data": values},
        "multipart": {"data": multipart},
        "json": {"json": {**values, "include_values": True}},
        "query": {"params": values},
    }

    answer = await graph.call("POST", graph.edge, token=None, **encodings[encoding])

    assert answer.body == b'{"success":true}'
    (row,) = await graph.subscriptions()
    assert [field["name"] for field in row["fields"]] == ["feed", "mention"]


async def test_fields_may_be_a_json_list_or_repeated_keys(graph: Graph, callback: Callback) -> None:
    values = {"object": "page", "callback_url": callback.url, "verify_token": VERIFY_TOKEN}
    await graph.call("POST", graph.edge, json={**values, "fields": ["feed"]})
    await graph.call("POST", graph.edge, data=[*values.items(), ("fields[]", "mention"), ("fields[]", "ratings")])

    (row,) = await graph.subscriptions()
    assert [field["name"] for field in row["fields"]] == ["feed", "mention", "ratings"]


async def test_the_token_may_come_in_the_authorization_header(graph: Graph) -> None:
    headers = {"Authorization": f"Bearer {graph.app_token}"}

    assert (await graph.call("GET", graph.edge, token=None, headers=headers)).status == 200


async def test_an_unversioned_path_works(graph: Graph) -> None:
    answer = await graph.call("GET", f"/{graph.app_id}/subscriptions")

    assert answer.json == {"data": []}
    assert answer.headers["facebook-api-version"] == "v25.0"


async def test_include_values_is_kept_when_a_later_post_does_not_name_it(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, include_values="false")
    await graph.subscribe(callback.url, fields="mention")

    assert [row["include_values"] for row in (await graph.state())["subscriptions"]] == [False]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"object": ""}, "(#100) The parameter object is required."),
        ({"object": "pages"}, "(#100) Invalid parameter"),
        ({"callback_url": "not a url"}, "(#100) callback_url URL is not properly formatted"),
        ({"callback_url": "ftp://x.y/z"}, "(#100) callback_url URL is not properly formatted"),
        ({"callback_url": "https:///z"}, "(#100) callback_url URL is not properly formatted"),
        ({"callback_url": "https://x:port/z"}, "(#100) callback_url URL is not properly formatted"),
        ({"callback_url": ""}, "(#100) The parameter callback_url is required."),
        ({"verify_token": ""}, "(#100) The parameter verify_token is required."),
        ({"fields": "[feed"}, "(#100) Invalid parameter"),
    ],
)
async def test_a_post_that_makes_no_sense_is_refused(
    graph: Graph, callback: Callback, changes: dict[str, str], message: str
) -> None:
    form = {"object": "page", "callback_url": callback.url, "verify_token": VERIFY_TOKEN, "fields": "feed", **changes}

    answer = await graph.call("POST", graph.edge, data=form)

    assert (answer.status, answer.error["code"], answer.error["type"]) == (400, 100, "OAuthException")
    assert answer.error["message"] == message
    assert callback.requests == []
    assert await graph.subscriptions() == []


async def test_an_unknown_field_is_refused_before_the_handshake_unless_any_is_taken(
    graph: Graph, callback: Callback
) -> None:
    answer = await graph.subscribe(callback.url, fields="feed,feeds")
    assert (answer.status, answer.error["code"]) == (400, 100)
    assert answer.error["message"].startswith("(#100) Param fields[1] must be one of {affiliation, ")
    assert callback.requests == []
    graph.server.knobs.any_app_field = True
    assert (await graph.subscribe(callback.url, fields="feed,feeds")).status == 200


async def test_permissions_have_a_field_for_every_permission(graph: Graph, callback: Callback) -> None:
    assert (await graph.subscribe(callback.url, object="permissions", fields="ads_read")).status == 200


async def test_a_delete_of_an_object_that_does_not_exist_is_refused(graph: Graph) -> None:
    answer = await graph.call("DELETE", graph.edge, params={"object": "pages"})

    assert (answer.status, answer.error["message"]) == (400, "(#100) Invalid parameter")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"[" * 100_000])
async def test_a_json_body_that_makes_no_sense_is_refused(graph: Graph, body: bytes) -> None:
    answer = await graph.call("POST", graph.edge, data=body, headers={"Content-Type": "application/json"})

    assert (answer.status, answer.error["message"]) == (400, "(#100) Invalid parameter")


async def test_fields_that_want_a_permission_are_refused_before_the_handshake(graph: Graph, callback: Callback) -> None:
    graph.server.knobs.unpermitted_fields = ("leadgen",)

    answer = await graph.subscribe(callback.url, fields="feed,leadgen")

    error = answer.error
    assert (answer.status, error["code"], error["error_subcode"], error["is_transient"]) == (400, 1, 1929002, False)
    assert error["message"] == "An unknown error occurred"
    assert error["error_user_title"] == "Invalid Permissions"
    assert "permissions error" in error["error_user_msg"]
    assert callback.requests == []


async def test_secrets_and_verify_tokens_never_show_in_the_state(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    shown = json.dumps(await graph.state())

    world = graph.server.world
    for secret in (VERIFY_TOKEN, world.app.secret.reveal(), graph.page_token, graph.user_token):
        assert secret not in shown
