import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hookscope.tui import cell_text
from hookscope.tui.render.wrapping import wrap
from hookscope.views.body import BodyLine, Token, parsed, raw

_VALUES = st.recursive(
    st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def text(lines: list[BodyLine], width: int) -> list[str]:
    return ["".join(piece for _, piece in row) for row in wrap(lines, width)]


@given(_VALUES, st.integers(10, 60))
def test_no_row_is_wider_than_the_pane_and_nothing_is_lost(value: Any, width: int) -> None:
    lines = [line for line in parsed(json.dumps(value).encode()) if line.pieces[-1][0] is not Token.NOTE]
    rows = text(lines, width)
    assert all(cell_text.width(row) <= width for row in rows)
    wanted = "".join(cell_text.clean(piece) for line in lines for _, piece in line.pieces)
    assert "".join(rows).replace(" ", "") == wanted.replace(" ", "")


def test_a_long_value_goes_on_under_its_beginning_a_little_further_in() -> None:
    line = BodyLine(indent=1, pieces=((Token.KEY, '"k"'), (Token.PUNCTUATION, ": "), (Token.STRING, '"aaa bbb ccc"')))
    assert text([line], 14) == ['  "k": "aaa ', '    bbb ccc"']


def test_raw_text_is_cut_to_full_rows_without_indentation() -> None:
    assert text(raw(b"0123456789abc"), 10) == ["0123456789", "abc"]


def test_a_remark_that_does_not_fit_gives_way() -> None:
    pieces = ((Token.NUMBER, "1449135003"), (Token.NOTE, "  2015-12-03 09:30:03Z"))
    assert text([BodyLine(pieces=pieces)], 40) == ["1449135003  2015-12-03 09:30:03Z"]
    assert text([BodyLine(pieces=pieces)], 31) == ["1449135003"]


def test_a_remark_to_a_long_value_stays() -> None:
    pieces = ((Token.STRING, '"aaaa bbbb cccc dddd'), (Token.NOTE, "  9,000 characters"))
    assert text([BodyLine(pieces=pieces)], 19) == ['"aaaa bbbb cccc ', "  dddd  9,000 ", "  characters"]


def test_indentation_ends_somewhere() -> None:
    deep = BodyLine(indent=5000, pieces=((Token.NUMBER, "1"),))
    assert text([deep], 100) == [" " * 40 + "1"]
    assert text([deep], 30) == [" " * 15 + "1"]
