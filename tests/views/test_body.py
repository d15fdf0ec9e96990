import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta import wire
from hookscope.views.body import MAX_LINES, MAX_TEXT, BodyLine, Token, parsed, raw
from tests.support.captures import feed_body
from tests.support.slow import slow_after

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=40,
)


def text(lines: list[BodyLine], *, notes: bool = True) -> str:
    hidden = () if notes else (Token.NOTE, Token.PROBLEM)
    return "\n".join(
        "  " * line.indent + "".join(piece for token, piece in line.pieces if token not in hidden) for line in lines
    )


def test_json_is_laid_out_one_value_a_line() -> None:
    body = b'{"object":"page","entry":[{"id":1,"ok":true,"none":null,"empty":[],"also":{}}]}'
    assert text(parsed(body)) == (
        '{\n  "object": "page",\n  "entry": [\n    {\n      "id": 1,\n      "ok": true,\n      "none": null,\n'
        '      "empty": [],\n      "also": {}\n    }\n  ]\n}'
    )


@given(_VALUES)
def test_the_laid_out_body_has_the_same_content(value: Any) -> None:
    shown = text(parsed(json.dumps(value).encode()), notes=False)
    assert json.loads(shown) == value


@given(_VALUES)
def test_metas_own_escaping_is_undone(value: Any) -> None:
    assert json.loads(text(parsed(wire.encode(value)), notes=False)) == value


@pytest.mark.parametrize("value", ["\\", "\\\\", '"', '\\"', 'a\\"b\\\\"', "\\" * 7 + '"' * 3])
def test_quotation_marks_end_a_string_unless_they_are_escaped(value: str) -> None:
    shown = text(parsed(json.dumps([value, value]).encode()))
    assert json.loads(shown) == [value, value]


def test_a_string_without_end_is_no_json() -> None:
    *_, problem, rest = parsed(b'["a", "b\\"]')
    assert problem.pieces == ((Token.PROBLEM, "no JSON at character 6:"),)
    assert text([rest]) == '"b\\"]'


def test_pieces_carry_their_meaning_for_colors() -> None:
    (line, *_), [value, *_] = parsed(b'{"a":1}')[:1], parsed(b'{"a":1}')[1:]
    assert line.pieces == ((Token.PUNCTUATION, "{"),)
    assert [token for token, _ in value.pieces] == [Token.KEY, Token.PUNCTUATION, Token.NUMBER]


def test_numbers_keep_all_their_digits_and_keys_that_come_twice_come_twice() -> None:
    digits = "9" * 5000
    shown = text(parsed(f'{{"a":{digits},"a":1.0e400}}'.encode()))
    assert digits in shown
    assert shown.count('"a"') == 2
    assert "1.0e400" in shown


def test_times_are_told_in_words_by_seconds_and_by_milliseconds() -> None:
    shown = text(
        parsed(b'{"time":1449135003,"timestamp":1449135003000,"count":1449135003,"watermark":"1449135003000"}')
    )
    assert shown.count("2015-12-03 09:30:03Z") == 3


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"object":"page","entry":[{"id":1', "ends here, at character 34"),
        (b'{"a" 1}', "no JSON at character 5"),
        (b"[1,2,]", "no JSON at character 6"),
        (b"{1:2}", "no JSON at character 2"),
        (b"[1] x", "no JSON at character 4"),
        (b"]", "no JSON at character 1"),
        (b"[}", "no JSON at character 2"),
        (b'["\\', "no JSON at character 2"),
        (b"<html>no</html>", "no JSON at character 1"),
        (b"NaN", "no JSON at character 1"),
    ],
)
def test_a_body_that_is_no_json_is_shown_up_to_where_it_breaks_and_as_it_came_from_there(
    body: bytes, problem: str
) -> None:
    lines = parsed(body)
    [told] = [line for line in lines if line.pieces[0][0] is Token.PROBLEM]
    assert problem in text([told])
    rest = text(lines[lines.index(told) + 1 :])
    assert not rest or body.decode().endswith(rest)


@given(st.binary(max_size=200) | st.text('{}[]",:\\ntu01e.- \x00', max_size=60).map(str.encode))
def test_no_body_is_too_odd_to_be_shown(body: bytes) -> None:
    for lines in (parsed(body), raw(body)):
        assert lines
        assert all(line.pieces for line in lines)


def test_no_body_is_told() -> None:
    assert text(parsed(b"")) == text(raw(b"")) == "no body"


def test_deep_nesting_is_laid_out_without_recursion() -> None:
    lines = parsed(b"[" * 5000 + b"]" * 5000)
    assert max(line.indent for line in lines) == 4999
    assert text(lines[-1:]) == "]"


def test_raw_text_is_the_text_as_it_came() -> None:
    body = feed_body("Grüße 👋\n")
    assert text(raw(body)) == body.decode()
    assert [line.pieces for line in raw(b"a\r\nb")] == [((Token.PLAIN, "a\r"),), ((Token.PLAIN, "b"),)]


def test_bytes_that_are_no_text_come_as_a_hex_dump() -> None:
    lines = raw(b"\xff\x00ABC" + bytes(range(16)))
    assert text(lines[:1]) == f"000000  ff 00 41 42 43 00 01 02 03 04 05 06 07 08 09 0a  ··ABC{'·' * 11}"
    assert text(lines[1:]).startswith("000010  0b 0c 0d 0e 0f ")
    told = parsed(b"\xff\x00ABC")
    assert "byte 0 cannot be read" in text(told[:1])


@pytest.mark.parametrize(
    "body",
    slow_after(
        1,
        [
            b"[" + b'{"id":"1","value":{"message":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}},' * 150_000 + b"0]",
            b'{"a":"' + b"x" * (10 << 20) + b'"}',
            b"[" * (10 << 20),
            b"7" * (10 << 20),
            b'"' + b"\\n" * (5 << 20),
        ],
    ),
    ids=["many values", "a long text", "nesting", "a long number", "no end"],
)
def test_ten_megabytes_are_cut_and_say_so(body: bytes) -> None:
    lines = parsed(body)
    assert len(lines) <= MAX_LINES + 1
    assert sum(len(piece) for line in lines for _, piece in line.pieces) < 4 << 20
    assert any(token in (Token.NOTE, Token.PROBLEM) for line in lines for token, _ in line.pieces)


@pytest.mark.parametrize("body", slow_after(1, [b"x" * (10 << 20), b"\n" * (10 << 20), b"\xff" * (10 << 20)]))
def test_raw_text_of_ten_megabytes_is_cut_and_says_so(body: bytes) -> None:
    lines = raw(body)
    assert len(lines) <= max(MAX_LINES, MAX_TEXT // 64) + 1
    assert "of 10.0 MiB" in text(lines[-1:])
