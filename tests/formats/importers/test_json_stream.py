import io
import json
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.formats.importers.json_stream import JsonReader
from tests.support.examples import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def reader(text: str, chunk: int) -> JsonReader:
    stream = io.StringIO(text)
    return JsonReader(lambda _: stream.read(chunk))


@given(st.lists(JSON, max_size=5), st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
@examples(200)
def test_values_are_read_wherever_the_text_is_cut(
    values: list[object], chunk: int, indent: int | None, escaped: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=escaped)
    assert list(reader(text, chunk).elements()) == values
    listed = ",\n".join(json.dumps(value, ensure_ascii=escaped) for value in values)
    assert list(reader(f"[\n{listed}\n]", chunk).elements()) == values
    lines = reader("\n".join(json.dumps(value, indent=indent) for value in values), chunk)
    read = []
    while lines.peek():
        read.append(lines.value())
    assert read == values


@pytest.mark.parametrize(
    "line", ['{"a": "\\ud83d"}', '{"a": "\ud83d"}', '{"a": 1e999}', '{"a": {}} {"b": {}}', "{}, {}"]
)
def test_a_line_is_read_as_any_other_text(line: str) -> None:
    assert repr(reader(f"{line}\n", 100).value()) == repr(reader(line, 100).value())


def test_a_line_is_refused_as_any_other_text() -> None:
    with pytest.raises(ValueError, match="NaN is not a JSON number"):
        reader('{"a": NaN}\n', 100).value()


@pytest.mark.parametrize("chunk", [3, 100])
def test_what_follows_the_last_value_is_not_skipped(chunk: int) -> None:
    values = reader('{"a": 1} "b"e', chunk)
    assert [values.value(), values.value()] == [{"a": 1}, "b"]
    assert values.peek() == "e"


def test_it_knows_the_line() -> None:
    lines = reader('{"a":\n1}\n\n{"b":\n\n2}', 3)
    assert (lines.value(), lines.began, lines.line) == ({"a": 1}, 1, 2)
    assert (lines.value(), lines.began, lines.line) == ({"b": 2}, 4, 6)
    whole = reader('{"a": 1}\n\n{"b": 2}\n', 100)
    assert (whole.value(), whole.began, whole.line) == ({"a": 1}, 1, 1)
    assert (whole.value(), whole.began, whole.line) == ({"b": 2}, 3, 3)


def test_a_file_without_an_end_is_given_up() -> None:
    endless = chain(['"'], repeat("x" * 1000))
    with pytest.raises(ValueError, match="longer than 100,000 characters"):
        JsonReader(lambda _: next(endless), largest=100_000).value()


def test_an_error_in_the_middle_is_reported_without_reading_on() -> None:
    parts = iter(['{"a": nonsense, "b": "and so on, for a while"', "x" * 100, "y" * 100])
    with pytest.raises(ValueError, match="expecting value"):
        JsonReader(lambda _: next(parts)).value()
    assert next(parts) == "x" * 100
