import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta.json_path import PATTERN, Path, look_up, parse_path, show_path

PAYLOAD = {"object": "page", "entry": [{"id": "1", "changes": [{"field": "feed", "value": {"item": "comment"}}]}]}

NAMES = st.from_regex(r"[\w-]+", fullmatch=True)
PATHS = st.lists(NAMES | st.integers(0, 999_999_999), min_size=1).map(tuple)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$.entry[0].changes[0].value.item", ("entry", 0, "changes", 0, "value", "item")),
        ("entry[0].id", ("entry", 0, "id")),
        ("value.message", ("value", "message")),
        (" policy-enforcement.action ", ("policy-enforcement", "action")),
        ("$[2]", (2,)),
        ("[2].a", (2, "a")),
    ],
)
def test_a_path_is_read_as_its_steps(text: str, steps: Path) -> None:
    assert parse_path(text) == steps


@pytest.mark.parametrize(
    "text", ["", "$", ".", "a.", "a..b", "a[", "a[x]", "a[-1]", "$a", "a b", "a[0]b", "a[1234567890]"]
)
def test_text_that_is_not_a_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parse_path(text)


@given(PATHS)
def test_a_path_is_read_as_it_was_written(path: Path) -> None:
    assert parse_path(show_path(path)) == path
    assert re.fullmatch(PATTERN, show_path(path))


def test_the_value_at_a_path_is_found() -> None:
    assert look_up(PAYLOAD, parse_path("$.entry[0].changes[0].value.item")) == "comment"


@pytest.mark.parametrize("path", [("entry", 1), ("entry", "id"), ("object", 0), ("nothing",), (0,), ("object", "x")])
def test_nothing_stands_at_a_path_that_leads_nowhere(path: Path) -> None:
    with pytest.raises(LookupError):
        look_up(PAYLOAD, path)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
        max_leaves=20,
    )
)
def test_every_place_of_a_value_is_found(value: Any) -> None:
    def places(inner: Any, path: Path) -> None:
        assert look_up(value, path) is inner
        pairs = enumerate(inner) if isinstance(inner, list) else inner.items() if isinstance(inner, dict) else ()
        for step, one in pairs:
            places(one, (*path, step))

    places(value, ())
