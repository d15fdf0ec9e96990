"""Nothing documented is worth a word, and everything else is named."""

import json
import random
from typing import Any

import pytest

from hookscope.diagnosis.finding import State
from hookscope.diagnosis.lint import lint
from hookscope.errors import UsageError
from hookscope.meta import wire
from hookscope.samples.catalog import all_samples, find
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from tests.support.captures import feed_body

SHAPES = (
    Shape(),
    Shape(is_test=True),
    Shape(include_values=False),
    Shape(batch=2),
    Shape(user_ids=False),
)


def test_no_sample_is_worth_a_word() -> None:
    builder, tried = PayloadBuilder(), 0
    for sample in all_samples():
        for shape in SHAPES:
            try:
                body = wire.encode(builder.payload(sample, shape))
            except UsageError:  # It has no such form.
                continue
            tried += 1
            assert lint(body) == [], sample.name
    assert tried > 4 * len(all_samples())


def sample(name: str) -> dict[str, Any]:
    return PayloadBuilder(seed=1).payload(find(name), Shape())


def value_of(payload: dict[str, Any]) -> dict[str, Any]:
    entry = payload["entry"][0]
    found: dict[str, Any] = entry["changes"][0]["value"] if "changes" in entry else entry["messaging"][0]
    return found


def found(payload: Any, headers: Any = ()) -> list[tuple[str, str]]:
    findings = lint(wire.encode(payload), headers)
    assert {one.state for one in findings} <= {State.WARNING}
    assert all(one.next_step for one in findings)
    return [(one.id.removeprefix("payload."), one.what) for one in findings]


def test_an_unknown_key_is_named_with_its_place() -> None:
    payload = sample("page.feed.comment")
    value_of(payload)["from"]["nickname"] = {"and": {"what": "follows"}}
    assert found(payload) == [("unknown-key", "page.feed has the key from.nickname, which none of its samples has")]
    payload = sample("whatsapp_business_account.messages.text")
    value_of(payload)["messages"][0]["text"]["mood"] = "good"
    (finding,) = found(payload)
    assert "messages[].text.mood" in finding[1]


@pytest.mark.parametrize(
    ("name", "path", "key"),
    [
        ("page.messaging_handovers.app_roles", ("app_roles",), "987654321"),
        ("page.messaging_feedback", ("messaging_feedback", "feedback_screens", 0, "questions"), "hauydmns8"),
        ("whatsapp_business_account.messages.status_payment_gateway", ("statuses", 0, "payment", "notes"), "size"),
    ],
)
def test_a_key_that_is_data_is_not_judged(name: str, path: tuple[Any, ...], key: str) -> None:
    payload = sample(name)
    place: Any = value_of(payload)
    for step in path:
        place = place[step]
    place[key] = next(iter(place.values()))
    assert found(payload) == []
    place[key] = {"mood": "good"}
    assert [name for name, _ in found(payload)] in (["unknown-key"], ["other-kind"])


def test_what_an_nlp_model_finds_is_not_judged() -> None:
    payload = sample("page.messages.nlp")
    value_of(payload)["message"]["nlp"] = {"entities": {"greetings": [{"value": "true", "_entity": "x"}]}, "errors": []}
    assert found(payload) == []


def test_unknown_keys_of_the_envelope_are_named() -> None:
    payload = sample("page.feed.comment")
    payload["region"] = "eu"
    payload["entry"][0]["part"] = 1
    payload["entry"][0]["changes"][0]["extra"] = None
    assert [what.split(" has ")[0] for _, what in found(payload)] == ["the notification", "an entry", "a change"]


def test_the_app_that_had_the_thread_before_is_known() -> None:
    payload = sample("page.messages.text")
    payload["entry"][0]["hop_context"] = [{"app_id": 26, "metadata": ""}]
    assert found(payload) == []


def test_a_key_that_every_sample_has_is_missed() -> None:
    payload = sample("page.feed.comment")
    del value_of(payload)["item"]
    assert ("missing-key", "page.feed lacks the key item, which every sample has") in found(payload)
    payload = sample("whatsapp_business_account.messages.text")
    del value_of(payload)["messages"][0]["timestamp"]
    assert [name for name, _ in found(payload)] == ["missing-key"]


@pytest.mark.parametrize(
    ("name", "keys", "new", "shown"),
    [
        ("page.feed.comment", ("item",), "hologram", "item is 'hologram'"),
        ("page.feed.comment", ("verb",), "ad", "verb is 'ad'"),
        ("whatsapp_business_account.messages.text", ("messages", 0, "type"), "smell", "messages[].type is 'smell'"),
        ("whatsapp_business_account.account_update", ("event",), "X", "event is 'X'"),
    ],
)
def test_a_type_never_seen_before_is_named(name: str, keys: tuple[Any, ...], new: str, shown: str) -> None:
    payload = sample(name)
    place: Any = value_of(payload)
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = new
    assert [(one, shown in what) for one, what in found(payload)] == [("unknown-type", True)]


def test_another_kind_of_value_is_named() -> None:
    payload = sample("page.feed.comment")
    value_of(payload)["from"] = "1234"
    assert [name for name, _ in found(payload)] == ["other-kind"]
    value_of(payload)["from"] = {"id": 1234, "name": "Tester"}  # An id may be a number.
    assert found(payload) == []


def test_unknown_fields_and_objects_are_named_with_the_nearest() -> None:
    payload = sample("page.feed.comment")
    payload["entry"][0]["changes"][0]["field"] = "fed"
    (finding,) = lint(wire.encode(payload))
    assert (finding.id, finding.why) == ("payload.unknown-field", "the nearest known one is 'feed'")
    payload["object"] = "pages"
    (finding,) = lint(wire.encode(payload))
    assert (finding.id, finding.why) == ("payload.unknown-object", "the nearest known one is 'page'")


def test_outdated_keys_are_named() -> None:
    payload = sample("whatsapp_business_account.messages.status_sent")
    value_of(payload)["statuses"][0]["pricing"]["pricing_model"] = "CBP"
    assert [name for name, _ in found(payload)] == ["deprecated"]


@pytest.mark.parametrize(("version", "lags"), [("v3.2", True), ("v25.0", False), ("v99.1", False), ("x", False)])
def test_the_version_of_a_field_is_compared(version: str, lags: bool) -> None:
    headers = [(b"facebook-api-version", version.encode())]
    assert [name for name, _ in found(sample("page.messages"), headers)] == (["version-lag"] if lags else [])


def test_a_comment_as_the_tests_send_it_is_worth_no_word() -> None:
    assert lint(feed_body()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"object":"page","entry":[1,{"changes":[1,{"field":[]}]},{"messaging":[[]]}]}',
        b'{"object":"page","entry":[{"changes":7,"messaging":{}}]}',
        b'{"object":"page","entry":[{"changes":[{"field":"feed","value":'
        + b'{"a":' * 400
        + b"1"
        + b"}" * 400
        + b"}]}]}",
        random.Random(1).randbytes(1000),
    ],
)
def test_no_body_raises(body: bytes) -> None:
    assert all(finding.state is State.WARNING for finding in lint(body))


def test_a_body_that_is_unlike_everything_gets_few_findings() -> None:
    payload = sample("page.feed.comment")
    value_of(payload).update({f"key{number}": number for number in range(1000)})
    assert len(lint(wire.encode(payload))) == 20
    assert json.dumps([one.as_json() for one in lint(wire.encode(payload))])
