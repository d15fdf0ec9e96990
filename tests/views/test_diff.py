from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hookscope.meta import wire
from hookscope.meta.json_path import show_path
from hookscope.views.diff import Diff, Mark, diff
from hookscope.views.pairing import written
from hookscope.views.verify_token import MASK
from tests.support.captures import feed_body, make_capture, make_handshake

CHANGE = "$.entry[0].changes[0].value"


def compare(left: Any, right: Any) -> Diff:
    return diff(make_capture(wire.encode(left)), make_capture(wire.encode(right)))


def told(found: Diff, *marks: Mark) -> dict[str, tuple[str | None, str | None]]:
    """Return the values with these marks by their path, each as it is on both sides."""
    return {show_path(line.path): (line.left, line.right) for line in found.body if line.mark in marks}


def test_the_same_body_has_no_difference() -> None:
    found = diff(make_capture(), make_capture())
    assert {line.mark for line in found.body} <= {Mark.SAME, Mark.SKIPPED}
    assert found.headers == []


def test_a_changed_text_is_told_with_its_path() -> None:
    found = diff(make_capture(feed_body("a")), make_capture(feed_body("b")))
    assert told(found, Mark.CHANGED) == {f"{CHANGE}.message": ('"a"', '"b"')}
    assert found.count(Mark.CHANGED) == 1


def test_ids_and_times_of_the_event_are_expected_to_differ() -> None:
    left = feed_body("a", time=1, comment_id="9_1", created_time=5, post={"updated_time": "2026-11-20"})
    right = feed_body("a", time=2, comment_id="9_2", created_time=6, post={"updated_time": "2026-11-21"})
    found = diff(make_capture(left), make_capture(right))
    own = (f"{CHANGE}.{key}" for key in ("comment_id", "created_time", "post.updated_time"))
    assert set(told(found, Mark.EXPECTED)) == {"$.entry[0].time", *own}
    assert not told(found, Mark.CHANGED)


def test_a_person_is_not_expected_to_differ() -> None:
    left, right = ({"from": {"id": one, "name": "T"}} for one in "12")
    assert told(compare(left, right), Mark.CHANGED) == {"$.from.id": ('"1"', '"2"')}


def test_requests_and_deliveries_count_as_a_whole() -> None:
    found = compare({"a": 1, "b": {"c": [1, 2]}}, {"a": 1, "d": 2})
    assert told(found, Mark.ADDED) == {"$.d": (None, "2")}
    assert set(told(found, Mark.REMOVED)) == {"$.b", "$.b.c", "$.b.c[0]", "$.b.c[1]"}
    assert (found.count(Mark.ADDED), found.count(Mark.REMOVED)) == (1, 1)


def test_an_item_missing_from_the_middle_of_a_list_is_the_only_difference() -> None:
    found = compare([1, 2, 3, 4], [1, 4])
    assert told(found, Mark.ADDED, Mark.CHANGED) == {}
    assert told(found, Mark.REMOVED) == {"$[1]": ("2", None), "$[2]": ("3", None)}


def test_a_value_of_another_type_is_another_value() -> None:
    assert told(compare({"a": 1}, {"a": True}), Mark.CHANGED) == {"$.a": ("1", "true")}
    found = compare({"a": 1}, {"a": [1]})
    assert (found.count(Mark.REMOVED), found.count(Mark.ADDED)) == (1, 1)


def test_long_stretches_of_what_is_the_same_are_skipped_but_not_what_holds_a_difference() -> None:
    same = {f"k{n}": n for n in range(100)}
    found = compare({"outer": {**same, "last": 1}}, {"outer": {**same, "last": 2}})
    assert "$.outer" in told(found, Mark.SAME)
    assert [line.name for line in found.body if line.mark is Mark.SKIPPED] == ["97 the same"]
    assert len(found.body) < 12


def test_headers_differ_by_name_whatever_their_case() -> None:
    left = make_capture(feed_body("a"))
    headers = (
        (b"content-TYPE", b"application/json"),
        (b"X-New", b"1"),
        (b"X-New", b"2"),
        (b"X-Hub-Signature-256", b"other"),
    )
    right = make_capture(request=replace(left.request, headers=headers))
    found = {line.name: (line.mark, line.right) for line in diff(left, right).headers}
    assert found["X-New"] == (Mark.ADDED, "1, 2")
    assert found["X-Hub-Signature-256"] == (Mark.EXPECTED, "other")
    assert found["User-Agent"] == (Mark.REMOVED, None)
    assert "Content-Type" not in found


def test_the_queries_of_handshakes_are_compared() -> None:
    left = make_handshake()
    other = replace(left.request, target="/hook?hub.mode=subscribe&hub.challenge=9&hub.verify_token=t")
    right = make_handshake(request=other)
    found = diff(left, right)
    assert set(told(found, Mark.EXPECTED)) == {"$.hub.challenge"}
    assert found.count(Mark.CHANGED) == 0


@pytest.mark.parametrize("name", ["hub.verify_token", "hub_verify_token"])
def test_a_verify_token_is_compared_but_not_shown(name: str) -> None:
    left, right = (
        make_handshake(request=replace(make_handshake().request, target=f"/hook?hub.challenge=1&{name}={token}"))
        for token in ("t", "secret")
    )
    found = diff(left, right)
    assert told(found, Mark.CHANGED) == {f"$.{name}": (MASK, MASK)}
    assert "secret" not in str(found)


def test_text_that_is_not_json_is_compared_line_by_line() -> None:
    found = diff(make_capture(b"one\ntwo\xff"), make_capture(b"one\nthree"))
    assert told(found, Mark.CHANGED) == {"$[1]": ('"two\\\\xff"', '"three"')}


def test_deep_nesting_is_no_failure() -> None:
    deep = b"[" * 490 + b"1" + b"]" * 490
    found = diff(make_capture(deep), make_capture(deep.replace(b"1", b"2")))
    assert found.count(Mark.CHANGED) == 1


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, _VALUES)
def test_values_are_different_exactly_when_something_is_marked(left: Any, right: Any) -> None:
    different = written(left) != written(right)
    marks = {line.mark for line in compare({"v": left}, {"v": right}).body}
    assert bool(marks - {Mark.SAME, Mark.SKIPPED}) == different


def test_the_order_of_items_makes_no_difference() -> None:
    one, two = ({"field": name, "value": {"message": name}} for name in ("feed", "leadgen"))
    assert different(compare({"changes": [one, two]}, {"changes": [two, one]})) == []
    other = {"field": "leadgen", "value": {"message": "other"}}
    assert different(compare({"changes": [one, two]}, {"changes": [other, one]})) == ["$.changes[1].value.message"]
    assert different(compare({"fields": ["a", "b"]}, {"fields": ["b", "a"]})) == []


def different(found: Diff) -> list[str]:
    return [show_path(line.path) for line in found.body if line.mark not in (Mark.SAME, Mark.SKIPPED)]
