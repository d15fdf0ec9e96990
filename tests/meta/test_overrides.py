import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hookscope.meta import wire
from hookscope.meta.json_path import look_up
from hookscope.meta.overrides import Override, assign, parse_assignment

CHANGE: dict[str, Any] = {
    "object": "page",
    "entry": [{"id": "1", "time": 5, "changes": [{"field": "feed", "value": {"item": "comment", "message": "a"}}]}],
}
MESSAGE: dict[str, Any] = {
    "object": "page",
    "entry": [{"id": "1", "time": 5, "messaging": [{"sender": {"id": "2"}, "message": {"mid": "m", "text": "a"}}]}],
}
THREADS: dict[str, Any] = {"target_id": "7", "time": 5, "values": {"field": "replies", "value": {"id": "1"}}}
BATCH: dict[str, Any] = {**THREADS, "values": [THREADS["values"]]}


def assigned(payload: Any, text: str, *, adds: bool = False) -> Any:
    return assign(payload, replace(parse_assignment(text), adds=adds))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hi", "hi"),
        ("", ""),
        ("a=b", "a=b"),
        ("12", 12),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ('"12"', "12"),
        ('{"id":"1"}', {"id": "1"}),
        ("[1,2]", [1, 2]),
        ("[bold]", "[bold]"),
        ("True", "True"),
        ("NaN", "NaN"),
        ("[1e999]", "[1e999]"),
        ("-Infinity", "-Infinity"),
        ("12345678901234567890", 12345678901234567890),
        ("1_000", "1_000"),
        ("9" * 5000, "9" * 5000),
        ("[" * 100_000, "[" * 100_000),
        ("[" * 700 + "]" * 700, "[" * 700 + "]" * 700),
        ("[" * 5000 + "]" * 5000, "[" * 5000 + "]" * 5000),
    ],
)
def test_a_value_is_json_where_it_is_json(text: str, value: Any) -> None:
    read = parse_assignment(f"value.message={text}")
    assert read.value == value
    assert type(read.value) is type(value)


@pytest.mark.parametrize("text", ["", "value.message", "=1", "a b=1", "$=1"])
def test_an_override_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_assignment(text)


@pytest.mark.parametrize(
    ("payload", "text", "place"),
    [
        (CHANGE, "value.message=hi", ("entry", 0, "changes", 0, "value", "message")),
        (CHANGE, "field=hi", ("entry", 0, "changes", 0, "field")),
        (CHANGE, "value.new=hi", ("entry", 0, "changes", 0, "value", "new")),
        (CHANGE, "$.entry[0].changes[0].value.item=hi", ("entry", 0, "changes", 0, "value", "item")),
        (CHANGE, "entry[0].id=hi", ("entry", 0, "id")),
        (CHANGE, "entry[0].changes[1]=hi", ("entry", 0, "changes", 1)),
        (CHANGE, "object=hi", ("object",)),
        (CHANGE, "$.new=hi", ("new",)),
        (MESSAGE, "message.text=hi", ("entry", 0, "messaging", 0, "message", "text")),
        (MESSAGE, "sender.id=hi", ("entry", 0, "messaging", 0, "sender", "id")),
        (THREADS, "value.text=hi", ("values", "value", "text")),
        (THREADS, "values.field=hi", ("values", "field")),
        (THREADS, "target_id=hi", ("target_id",)),
        (BATCH, "value.text=hi", ("values", 0, "value", "text")),
        ({"entry": [{"calls": [{"event": "connect"}]}]}, "event=hi", ("entry", 0, "calls", 0, "event")),
        ({"entry": [{"standby": [{"message": {}}]}]}, "message.text=hi", ("entry", 0, "standby", 0, "message", "text")),
    ],
)
def test_a_value_is_set_where_the_path_leads(payload: Any, text: str, place: tuple[str | int, ...]) -> None:
    before = copy.deepcopy(payload)
    assert look_up(assigned(payload, text, adds=True), place) == "hi"
    assert payload == before


@pytest.mark.parametrize(
    ("payload", "text", "reason"),
    [
        (CHANGE, "value.from.name=x", r"\$\.entry\[0\]\.changes\[0\]\.value holds item, message"),
        (CHANGE, "value.mesage=x", r"mesage does not exist: did you mean 'message'\? .*value holds item, message"),
        (CHANGE, "value.new=x", r"new does not exist: \$\.entry"),
        (CHANGE, "$.objekt=x", "did you mean 'object'"),
        (CHANGE, "field.x=1", r"\.field is neither an object nor a list"),
        (CHANGE, "entry[3].id=1", r"\$\.entry is a list of 1"),
        (CHANGE, "entry[0].changes[2]=1", "is a list of 1"),
        (CHANGE, "entry.id=1", "is a list of 1"),
        (CHANGE, "$[0]=1", r"\$ holds object, entry"),
        ({"entry": [{"changed_fields": ["feed"]}]}, "value.x=1", "neither changes nor messaging"),
        ({}, "value.x=1", "neither changes nor messaging"),
        ([], "value.x=1", "neither changes nor messaging"),
        (None, "$.a=1", "is neither an object"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(payload: Any, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        assigned(payload, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_every_json_value_can_be_set(value: Any) -> None:
    assignment = parse_assignment(f"value.message={wire.encode(value).decode()}")
    assert assignment.value == value
    assert look_up(assign(CHANGE, assignment), ("entry", 0, "changes", 0, "value", "message")) == value


@given(JSON, st.lists(st.sampled_from(["object", "entry", "id", 0, 1]), min_size=1).map(tuple), JSON)
def test_setting_changes_one_place_or_fails(payload: Any, path: tuple[str | int, ...], value: Any) -> None:
    before = copy.deepcopy(payload)
    try:
        changed = assign(payload, Override(path=path, is_rooted=True, value=value))
    except ValueError:
        return
    finally:
        assert payload == before
    assert look_up(changed, path) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_assignment(text)
    except ValueError:
        return
