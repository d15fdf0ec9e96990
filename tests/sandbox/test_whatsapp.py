"""A WhatsApp account: what it has installed, and callbacks of its own."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.callback import VERIFY_TOKEN, Callback, answering
from tests.sandbox.conftest import Answer, Graph

_TOPIC = "whatsapp_business_account"


@pytest.fixture
async def other() -> AsyncIterator[Callback]:
    async with Callback() as server:
        yield server


@pytest.fixture(autouse=True)
async def _subscribed(graph: Graph, callback: Callback) -> None:
    fields = "messages,message_template_status_update"
    assert (await graph.subscribe(callback.url, object=_TOPIC, fields=fields)).status == 200


async def _apps(graph: Graph, method: str, **options: Any) -> Answer:
    path = f"/v25.0/{graph.server.world.whatsapp.id}/subscribed_apps"
    return await graph.call(method, path, token=options.pop("token", graph.user_token), **options)


async def _number(graph: Graph, **configuration: str) -> Answer:
    path = f"/v25.0/{graph.server.world.whatsapp.phone_number_id}/"
    return await graph.call("POST", path, token=graph.user_token, json={"webhook_configuration": configuration})


async def _send(graph: Graph, field: str = "messages", **more: Any) -> Any:
    return (await graph.admin("send", object=_TOPIC, field=field, **more)).json


def _override(callback: Callback, **more: str) -> dict[str, str]:
    return {"override_callback_uri": callback.url, "verify_token": VERIFY_TOKEN, **more}


async def test_the_account_begins_with_the_app_installed(graph: Graph, callback: Callback) -> None:
    (row,) = (await _apps(graph, "GET")).json["data"]

    assert set(row) == {"whatsapp_business_api_data"}
    assert row["whatsapp_business_api_data"]["id"] == graph.app_id
    assert set(row["whatsapp_business_api_data"]) == {"id", "link", "name"}
    assert (await _send(graph))["withheld"] is None
    assert callback.posts[0].json()["entry"][0]["id"] == graph.server.world.whatsapp.id


async def test_fields_choose_what_an_installed_app_tells(graph: Graph, other: Callback) -> None:
    asked = {"fields": "override_callback_uri"}

    without = await _apps(graph, "GET", params=asked)
    await _apps(graph, "POST", json=_override(other))
    path = f"/v25.0/{graph.server.world.whatsapp.id}"
    within = {"fields": "subscribed_apps{override_callback_uri}"}

    assert without.json == {"data": [{}]}
    assert (await _apps(graph, "GET", params=asked)).json == {"data": [{"override_callback_uri": other.url}]}
    expanded = await graph.call("GET", path, token=graph.user_token, params=within)
    assert expanded.json["subscribed_apps"] == {"data": [{"override_callback_uri": other.url}]}


async def test_an_account_that_has_not_installed_the_app_gets_nothing(graph: Graph, callback: Callback) -> None:
    answer = await _apps(graph, "DELETE")

    assert answer.body == b'{"success":true}'
    assert (await _apps(graph, "GET")).json == {"data": []}
    assert (await _send(graph))["withheld"] == "the WhatsApp account has not installed the app"
    assert callback.posts == []


async def test_it_gets_events_again_once_it_is_installed(graph: Graph, callback: Callback) -> None:
    await _apps(graph, "DELETE")

    answer = await _apps(graph, "POST")

    assert answer.body == b'{"success":true}'
    await _send(graph)
    assert len(callback.posts) == 1


async def test_the_account_level_can_be_ignored(graph: Graph, callback: Callback) -> None:
    await _apps(graph, "DELETE")
    await graph.admin("knobs", require_waba_install=False)

    await _send(graph)

    assert len(callback.posts) == 1


@pytest.mark.parametrize("as_json", [True, False])
async def test_an_override_answers_a_handshake_and_gets_the_messages(
    graph: Graph, callback: Callback, other: Callback, as_json: bool
) -> None:
    given = _override(other)

    answer = await (_apps(graph, "POST", json=given) if as_json else _apps(graph, "POST", data=given))

    assert answer.body == b'{"success":true}'
    assert [request.method for request in other.requests] == ["GET"]
    (row,) = (await _apps(graph, "GET")).json["data"]
    assert row["override_callback_uri"] == other.url
    await _send(graph)
    await _send(graph, "message_template_status_update")
    assert [post.json()["entry"][0]["changes"][0]["field"] for post in other.posts] == ["messages"]
    assert len(callback.posts) == 1


async def test_an_override_needs_the_apps_subscription(graph: Graph, other: Callback) -> None:
    await _apps(graph, "POST", json=_override(other))
    await graph.call("DELETE", graph.edge, params={"object": _TOPIC})

    assert (await _send(graph))["withheld"] == f"the app has no subscription to {_TOPIC}"


async def test_a_post_without_override_takes_it_away(graph: Graph, callback: Callback, other: Callback) -> None:
    await _apps(graph, "POST", json=_override(other))

    await _apps(graph, "POST")

    assert "override_callback_uri" not in (await _apps(graph, "GET")).json["data"][0]
    await _send(graph)
    assert (len(callback.posts), len(other.posts)) == (1, 0)


@pytest.mark.parametrize(
    ("given", "code"),
    [({"verify_token": "wrong"}, 2200), ({"verify_token": ""}, 100), ({"override_callback_uri": "ftp://x"}, 100)],
)
async def test_an_override_that_does_not_hold_changes_nothing(
    graph: Graph, callback: Callback, other: Callback, given: dict[str, str], code: int
) -> None:
    answer = await _apps(graph, "POST", json=_override(other) | given)

    assert (answer.status, answer.error["code"]) == (400, code)
    await _send(graph)
    assert len(callback.posts) == 1


async def test_the_numbers_override_comes_before_the_accounts(
    graph: Graph, callback: Callback, other: Callback
) -> None:
    await _apps(graph, "POST", json=_override(callback))

    answer = await _number(graph, **_override(other))

    assert answer.body == b'{"success":true}'
    await _send(graph)
    assert (len(callback.posts), len(other.posts)) == (0, 1)
    path = f"/v25.0/{graph.server.world.whatsapp.phone_number_id}"
    told = await graph.call("GET", path, token=graph.user_token, params={"fields": "webhook_configuration"})
    levels = {"phone_number": other.url, "whatsapp_business_account": callback.url, "application": callback.url}
    assert told.json["webhook_configuration"] == levels


async def test_an_empty_override_of_the_number_takes_it_away(graph: Graph, callback: Callback, other: Callback) -> None:
    await _number(graph, **_override(other))

    await _number(graph, override_callback_uri="")

    await _send(graph)
    assert (len(callback.posts), len(other.posts)) == (1, 0)


async def test_a_configuration_may_be_the_text_of_one(graph: Graph, other: Callback) -> None:
    path = f"/v25.0/{graph.server.world.whatsapp.phone_number_id}"
    form = {"webhook_configuration": json.dumps(_override(other))}

    await graph.call("POST", path, token=graph.user_token, data=form)

    await _send(graph)
    assert len(other.posts) == 1


async def test_dashboard_tests_know_no_override(graph: Graph, callback: Callback, other: Callback) -> None:
    await _apps(graph, "POST", json=_override(other))

    await _send(graph, test=True)

    assert (len(callback.posts), len(other.posts)) == (1, 0)


async def test_an_override_that_fails_is_not_held_against_the_apps_callback(graph: Graph, other: Callback) -> None:
    await _number(graph, **_override(other))
    other.answer = answering(500)

    await _send(graph)

    found = graph.server.world.registration(graph.app_id, _TOPIC)
    assert found
    assert (len(other.posts), found.failing_since) == (1, None)


async def test_the_account_describes_itself_and_its_number(graph: Graph) -> None:
    whatsapp = graph.server.world.whatsapp

    account = await graph.call(
        "GET", f"/v25.0/{whatsapp.id}", token=graph.user_token, params={"fields": "name,phone_numbers{id}"}
    )
    numbers = await graph.call("GET", f"/v25.0/{whatsapp.id}/phone_numbers", token=graph.user_token)

    assert account.json["phone_numbers"] == {"data": [{"id": whatsapp.phone_number_id}]}
    (number,) = numbers.json["data"]
    assert number["display_phone_number"] == whatsapp.display_phone_number


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_pages_token_does_not_see_the_account(graph: Graph, method: str) -> None:
    answer = await _apps(graph, method, token=graph.page_token)

    assert (answer.status, answer.error["code"], answer.error["error_subcode"]) == (400, 100, 33)


async def test_the_state_shows_callbacks_and_no_verify_token(graph: Graph, other: Callback) -> None:
    await _apps(graph, "POST", json=_override(other))
    await _number(graph, **_override(other))

    state = await graph.state()

    assert state["whatsapp"]["installed"] == {graph.app_id: other.url}
    assert state["whatsapp"]["phone_overrides"] == {graph.app_id: other.url}
    assert VERIFY_TOKEN not in json.dumps(state)
