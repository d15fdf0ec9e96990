"""The sandbox's own endpoints."""

import json

import pytest

from hookscope.meta import signature
from hookscope.meta.notification import parse
from tests.sandbox.callback import Callback, answering
from tests.sandbox.conftest import Graph
from tests.support.identities import identities


async def test_an_event_is_sent_on_demand_and_its_answer_told(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    answer = await graph.admin("send")

    assert answer.status == 200
    assert answer.json["withheld"] is None
    (delivery,) = answer.json["deliveries"]
    assert (delivery["kind"], delivery["fields"], delivery["status"]) == ("notification", ["feed"], 200)
    assert delivery["outcome"] == "delivered"
    assert (await graph.state())["deliveries"] == [delivery]
    assert parse(callback.posts[0].body).events[0].field == "feed"


async def test_a_value_or_a_messaging_event_of_ones_own_is_sent(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="feed,messages,messaging_postbacks")

    await graph.admin("send", field="feed", value={"item": "x"})
    await graph.admin("send", messaging={"sender": {"id": "1"}, "postback": {"payload": "P"}})

    change, message = (received.json()["entry"][0] for received in callback.posts)
    assert change["changes"] == [{"field": "feed", "value": {"item": "x"}}]
    assert message["messaging"] == [{"sender": {"id": "1"}, "postback": {"payload": "P"}}]


async def test_a_sample_of_the_catalog_is_sent_by_its_name(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="messages")

    await graph.admin("send", sample="page.messages.image", batch=2)
    unknown = await graph.admin("send", sample="page.messages.imag3")

    events = parse(callback.posts[0].body).events
    assert [event.value["message"]["attachments"][0]["type"] for event in events] == ["image", "image"]
    assert {event.entry_id for event in events} == {graph.page_id}
    assert unknown.status == 400
    assert "did you mean page.messages.image" in unknown.json["error"]["message"]


async def test_batches_and_counts(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    answer = await graph.admin("send", count=3, batch=4)

    assert len(answer.json["deliveries"]) == 3
    assert [len(parse(received.body).events) for received in callback.posts] == [4, 4, 4]
    assert len({identities(received.body) for received in callback.posts}) == 3


async def test_a_duplicate_follows_its_original(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    await graph.admin("send", duplicate=True)

    original, duplicate = callback.posts
    assert identities(original.body) == identities(duplicate.body)
    assert original.body != duplicate.body


async def test_faults_and_tests_are_sent_on_demand(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    for fault in ("wrong_signature", "missing_signature", "sha1_only"):
        await graph.admin("send", fault=fault)
    await graph.admin("send", test=True)

    secret = graph.server.world.app.secret.reveal()
    verdicts = [signature.judge(received.headers, received.body, [secret]).verdict for received in callback.posts]
    assert verdicts == ["invalid", "missing", "valid", "valid"]
    assert parse(callback.posts[3].body).events[0].is_test


async def test_notifications_withheld_by_the_rules_are_not_sent_and_the_reason_given(
    graph: Graph, callback: Callback
) -> None:
    nothing = await graph.admin("send")
    await graph.subscribe(callback.url)
    field = await graph.admin("send", field="leadgen")
    await graph.call("DELETE", f"/v25.0/{graph.page_id}/subscribed_apps")
    page = await graph.admin("send")
    test = await graph.admin("send", test=True)

    assert nothing.json == {"withheld": "the app has no subscription to page", "deliveries": []}
    assert field.json["withheld"] == "the app's subscription to page has no field leadgen"
    assert page.json["withheld"] == "the Page has not installed the app with the field feed"
    assert test.json["withheld"] is None
    assert len(callback.posts) == 1


async def test_sending_need_not_be_waited_for(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    answer = await graph.admin("send", count=5, wait=False)

    assert answer.status == 202
    assert len(await callback.wait_for_events(5)) == 5


async def test_a_failed_delivery_is_told_as_waiting(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    callback.answer = answering(500)

    (delivery,) = (await graph.admin("send")).json["deliveries"]

    assert (delivery["status"], delivery["outcome"]) == (500, "waiting")


async def test_a_subscription_can_be_preset_without_a_handshake(graph: Graph, callback: Callback) -> None:
    answer = await graph.admin("subscriptions", object="user", callback_url=callback.url, fields=["photos"])

    assert answer.json == {
        "app_id": graph.app_id,
        "object": "user",
        "callback_url": callback.url,
        "active": True,
        "fields": [{"name": "photos", "version": "v25.0"}],
        "include_values": True,
        "verified": False,
    }
    assert (await graph.subscriptions())[0]["callback_url"] == callback.url
    assert callback.requests == []


async def test_a_preset_replaces_what_was_there(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="feed,mention")

    await graph.admin("subscriptions", callback_url="https://prod.example/hook", fields=["ratings"])

    (row,) = await graph.subscriptions()
    assert [field["name"] for field in row["fields"]] == ["ratings"]


async def test_knobs_are_turned_and_shown(graph: Graph) -> None:
    answer = await graph.admin("knobs", failing_calls=1, call_failure="503")

    assert (answer.json["failing_calls"], answer.json["call_failure"]) == (1, "503")
    assert (await graph.state())["knobs"]["failing_calls"] == 1
    assert (await graph.call("GET", graph.edge)).status == 503


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("knobs", {"failing_call": 1}, "there is no knob 'failing_call'; did you mean 'failing_calls'?"),
        ("apps", {"live": "no"}, "`live` must be true or false"),
        ("apps", {"app_id": "42", "live": True}, "there is no such app"),
        ("subscriptions", {"fields": ["feed"]}, "`callback_url` must be a URL"),
        ("subscriptions", {"callback_url": "https://x.y", "fields": "feed"}, "`fields` must be a list of names"),
        ("send", {"count": 0}, "`count` must be a number from 1 to 1000"),
        ("send", {"batch": 1001}, "`batch` must be a number from 1 to 1000"),
        ("send", {"batch": True}, "`batch` must be a number from 1 to 1000"),
        ("send", {"count": 11, "batch": 1000}, "`count` times `batch` exceeds 10000"),
        ("send", {"object": 7}, "`object` must be a string"),
        (
            "send",
            {"fault": "bad"},
            "`fault` must be one of wrong_signature, missing_signature, sha1_only",
        ),
    ],
)
async def test_invalid_input_is_refused(graph: Graph, path: str, value: dict[str, object], message: str) -> None:
    answer = await graph.admin(path, **value)

    assert (answer.status, answer.json) == (400, {"error": {"message": message}})


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{}", "text/plain"), (b"{", "application/json"), (b"[]", "application/json")]
)
async def test_only_json_objects_are_taken(graph: Graph, body: bytes, kind: str) -> None:
    answer = await graph.call("POST", "/sandbox/send", token=None, data=body, headers={"Content-Type": kind})

    assert answer.status == 400
    assert "message" in json.loads(answer.body)["error"]


async def test_whatsapp_is_of_one_number_and_user_ids_can_be_turned_off(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, object="whatsapp_business_account", fields="messages")

    await graph.admin("send", sample="whatsapp.messages.text", count=2)
    await graph.admin("knobs", user_ids=False)
    await graph.admin("send", sample="whatsapp.messages.text")

    entries = [received.json()["entry"][0] for received in callback.posts]
    numbers = {entry["changes"][0]["value"]["metadata"]["phone_number_id"] for entry in entries}
    business = graph.server.world.whatsapp.business
    assert ({entry["id"] for entry in entries}, numbers) == ({business.waba_id}, {business.phone_number_id})
    assert [b"from_user_id" in received.body for received in callback.posts] == [True, True, False]
