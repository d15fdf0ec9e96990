"""The text of a plan, and its fields and names."""

import json

import pytest

from hookscope.errors import UsageError
from hookscope.graph.plan import Plan, PlannedAction, PlannedChange, choose_fields, question_names
from hookscope.meta.subscription import Subscription
from hookscope.secret_sources import Secret
from hookscope.settings import Topic
from tests.graph.make import entry, subscription


def planned(**values: object) -> PlannedChange:
    usual: dict[str, object] = {"object": "page", "callback_url": "https://ours/1", "fields": ("feed",)}
    return PlannedChange(**{**usual, **values})  # type: ignore[arg-type]


PROD = subscription("https://prod/hook", "feed")


def test_a_plan_is_read_line_by_line() -> None:
    changes = (
        planned(change=PlannedAction.CREATE),
        planned(change=PlannedAction.EXTEND, displaced=subscription("https://ours/1", "a")),
        planned(change=PlannedAction.REPLACE, displaced=PROD, restore_verify_token=Secret("t")),
        planned(change=PlannedAction.REPLACE, displaced=PROD),
    )
    plan = Plan(changes=changes, healing=(entry(object="user"),))
    assert [value["change"] for value in plan.to_json()] == ["put_back", "create", "extend", "replace", "replace"]
    assert plan.lines() == [
        "put back user, left by an earlier run",
        "create page: feed → https://ours/1",
        "extend page: feed → https://ours/1",
        "replace page: feed → https://ours/1 (in place of https://prod/hook with feed; put back at the end)",
        "replace page: feed → https://ours/1 (in place of https://prod/hook with feed; NOT put back at the end)",
    ]


def test_a_change_is_json_without_its_token() -> None:
    value = planned(change=PlannedAction.REPLACE, displaced=PROD, restore_verify_token=Secret("prod-token")).to_json()
    assert json.loads(json.dumps(value)) == {
        "change": "replace",
        "object": "page",
        "callback_url": "https://ours/1",
        "fields": ["feed"],
        "displaced": {"callback_url": "https://prod/hook", "fields": ["feed"], "active": True},
        "restorable": True,
    }


@pytest.mark.parametrize(
    ("topic", "found", "fields"),
    [
        (Topic(object="page", fields=("mention",)), PROD, ("mention",)),
        (Topic(object="page"), PROD, ("feed",)),
        (Topic(object="page"), None, ("feed",)),
        (Topic(object="page"), subscription("https://prod/hook"), ("feed",)),
        (Topic(object="novelty", fields=("x",)), None, ("x",)),
    ],
)
def test_the_fields_are_those_given_or_those_of_the_app_or_the_usual_ones(
    topic: Topic, found: Subscription | None, fields: tuple[str, ...]
) -> None:
    assert choose_fields(topic, found) == fields


@pytest.mark.parametrize(("topic", "hint"), [("user", "--fields user:about"), ("novelty", "--fields")])
def test_when_nobody_says_which_fields_that_is_an_error(topic: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        choose_fields(Topic(object=topic), None)
    assert hint in (raised.value.hint or "")


def test_only_doubtful_names_are_questioned() -> None:
    assert question_names([Topic(object="page", fields=("feed", "messages")), Topic(object="user")]) == []
    doubts = question_names(
        [
            Topic(object="pgae", fields=("feed",)),
            Topic(object="page", fields=("leadgn",)),
            Topic(object="whatsapp_business_account"),
        ]
    )
    assert [line for line, _ in doubts] == [
        "'pgae' is not a known object",
        "'leadgn' is not a known field of page; it may be new; did you mean 'leadgen'?",
        "Meta's reference calls whatsapp_business_account unsupported on this edge, though it works in practice",
    ]
    assert doubts[0][1] == "did you mean 'page'?"
