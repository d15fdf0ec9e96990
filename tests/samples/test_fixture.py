"""Fixtures: steps, pauses, and references between what they make."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.errors import UsageError
from hookscope.meta import wire
from hookscope.meta.json_path import look_up
from hookscope.meta.overrides import parse_assignment
from hookscope.samples.catalog import find
from hookscope.samples.fixture import read_fixture
from hookscope.samples.payload_builder import PayloadBuilder
from hookscope.samples.recipe import TriggerStep, make, total
from hookscope.samples.reference import resolve

VALUE = ("entry", 0, "changes", 0, "value")


def read(*steps: Any) -> list[TriggerStep]:
    return read_fixture(json.dumps({"steps": steps}).encode())


def payloads(*steps: Any) -> list[Any]:
    return [wire.decode(made.body) for made in make(read(*steps), PayloadBuilder())]


def test_a_step_may_use_what_an_earlier_one_made() -> None:
    comment, reply = payloads(
        {"name": "comment", "trigger": "page.feed.comment"},
        {
            "trigger": "page.feed.comment_reply",
            "set": {
                "value.parent_id": "${comment.value.comment_id}",
                "value.created_time": "${comment.$.entry[0].time}",
                "value.message": "to ${comment.value.from.name} on ${comment.entry[0].id}",
            },
        },
    )
    made, answered = look_up(comment, VALUE), look_up(reply, VALUE)
    assert answered["parent_id"] == made["comment_id"]
    assert answered["created_time"] == comment["entry"][0]["time"]
    assert answered["message"] == f"to {made['from']['name']} on {comment['entry'][0]['id']}"
    assert reply["entry"][0]["id"] == comment["entry"][0]["id"]


def test_a_payload_of_ones_own_is_sent_as_it_is_but_for_its_references() -> None:
    own = {"object": "page", "entry": [{"id": "${m.recipient.id}", "x": ["${m.message.mid}", 1, None]}]}
    message, made = payloads({"name": "m", "trigger": "page.messages"}, {"payload": own})
    event = message["entry"][0]["messaging"][0]
    assert made["entry"][0] == {"id": event["recipient"]["id"], "x": [event["message"]["mid"], 1, None]}


def test_counts_batches_and_forms() -> None:
    recipes = read(
        {"trigger": "page.feed", "count": 3, "batch": 2},
        {"trigger": "page.leadgen", "values": False},
        {"trigger": "page.messages", "test": True},
    )
    made = [wire.decode(one.body) for one in make(recipes, PayloadBuilder())]
    assert total(recipes) == len(made) == 5
    assert [len(one["entry"]) for one in made] == [2, 2, 2, 1, 1]
    assert made[3]["entry"][0]["changed_fields"] == ["leadgen"]
    assert made[4]["entry"][0]["id"] == "0"


def test_pauses_add_up_before_the_first_of_a_step() -> None:
    recipes = read(
        {"trigger": "page.feed"},
        {"pause": 1},
        {"pause": 0.5},
        {"trigger": "page.feed", "pause": 2, "count": 2},
        {"pause": 9},
    )
    assert [made.pause for made in make(recipes, PayloadBuilder())] == [0, 3.5, 0]


def test_a_bare_list_is_a_fixture_too() -> None:
    assert len(read_fixture(b'[{"trigger": "page.feed"}]')) == 1


def test_a_fixture_may_begin_as_some_editors_begin_a_file() -> None:
    assert len(read_fixture(b'\xef\xbb\xbf[{"trigger": "page.feed"}]')) == 1


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("x", "not an object"),
        ({"trigger": "page.fed.comment"}, "did you mean page.feed.comment"),
        ({"triger": "page.feed"}, "did you mean 'trigger'"),
        ({}, "either 'trigger' or 'payload'"),
        ({"trigger": "page.feed", "payload": {}}, "either 'trigger' or 'payload'"),
        ({"trigger": 1}, "'trigger' must be a string"),
        ({"trigger": "page.feed", "name": 1}, "'name' must be a string"),
        ({"trigger": "page.feed", "count": 0}, "'count' must be a number"),
        ({"trigger": "page.feed", "count": True}, "'count' must be a number"),
        ({"trigger": "page.feed", "batch": 1001}, "'batch' must be a number from 1 to 1000"),
        ({"trigger": "page.feed", "test": 1}, "'test' must be true or false"),
        ({"trigger": "page.feed", "test": True, "batch": 2}, "a test has exactly one update"),
        ({"payload": {}, "batch": 2}, "go with 'trigger'"),
        ({"trigger": "page.feed", "set": ["a"]}, "'set' must be an object"),
        ({"trigger": "page.feed", "set": {"a b": 1}}, "is not a path"),
        ({"trigger": "page.feed", "add": 1}, "'add' must be true or false"),
        ({"trigger": "page.feed", "pause": -1}, "'pause' must be a number of seconds"),
        ({"trigger": "page.feed", "pause": "1s"}, "'pause' must be a number of seconds"),
        ({"trigger": "page.feed", "set": {"value.x": "${later.value.x}"}}, "no earlier step is named 'later'"),
    ],
)
def test_a_step_that_makes_no_sense_is_named(step: Any, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read({"trigger": "page.feed"}, step)
    assert "step 2" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b'{"steps": 1}', b"\xff", b"3"])
def test_an_invalid_fixture_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match="fixture"):
        read_fixture(content)


def test_a_reference_that_leads_nowhere_says_so() -> None:
    with pytest.raises(UsageError, match=r"step 2 of the fixture: \$\{c\.value\.nothing\} does not exist"):
        payloads({"name": "c", "trigger": "page.feed"}, {"payload": ["${c.value.nothing}"]})


def test_assignments_are_made_in_each() -> None:
    assignments = (parse_assignment("value.message=hi"), parse_assignment("entry[0].id=7"))
    recipe = TriggerStep(sample=find("page.feed"), assignments=assignments, count=3)
    made = [wire.decode(one.body) for one in make([recipe], PayloadBuilder())]
    assert [look_up(one, (*VALUE, "message")) for one in made] == ["hi"] * 3
    assert [one["entry"][0]["id"] for one in made] == [7] * 3
    assert len({look_up(one, (*VALUE, "comment_id")) for one in made}) == 3


def test_an_assignment_that_leads_nowhere_is_the_users_error() -> None:
    recipe = TriggerStep(sample=find("page.feed"), assignments=(parse_assignment("value.a.b=1"),))
    with pytest.raises(UsageError, match="does not exist"):
        next(make([recipe], PayloadBuilder()))


def test_a_captured_payload_that_cannot_be_made_anew_is_the_users_error() -> None:
    deep: list[Any] = []
    for _ in range(2000):
        deep = [deep]
    for payload in ([float("inf")], deep):
        with pytest.raises(UsageError):
            next(make([TriggerStep(payload=payload, is_captured=True)], PayloadBuilder()))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_text_without_a_reference_stays_unchanged(value: Any) -> None:
    if b"${" not in wire.encode(value):
        assert resolve(value, {}) == value


@given(st.binary() | _JSON.map(wire.encode))
def test_any_bytes_are_a_fixture_or_refused(content: bytes) -> None:
    try:
        read_fixture(content)
    except UsageError:
        return
