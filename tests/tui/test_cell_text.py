import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hookscope.tui import cell_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[0m\nb", "a␛[0m␊b"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽 ❤\ufe0f", "👍 ❤"),
        ("a\u202eb\u200bc", "a\ufffdb\ufffdc"),
        ("e\u0301\u0302\u0303\u0304\u0305", "e\u0301\u0302"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\ue000\u0378", "\ufffd\ufffd"),
    ],
)
def test_a_clean_text_has_one_width_in_every_terminal(text: str, shown: str) -> None:
    assert cell_text.clean(text) == shown


def test_plain_characters_are_those_that_the_slow_way_leaves_alone() -> None:
    plain = [char for char in map(chr, range(0x20000)) if cell_text._PLAIN.fullmatch(char)]
    assert "".join(plain).isprintable()
    assert not [char for char in plain if cell_text.clean(f"{char}\u3042") != f"{char}\u3042" or cell_len(char) != 1]


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert cell_text.clean(cell_text.clean(text)) == cell_text.clean(text)
    assert cell_text.clean(text).isprintable()


@given(st.text(), st.integers(0, 40))
def test_a_padded_text_is_exactly_as_wide_as_wanted(text: str, columns: int) -> None:
    assert cell_len(cell_text.pad(cell_text.clean(text), columns)) == columns


@given(st.text(), st.integers(1, 40))
def test_a_cut_text_fits_and_shows_that_it_was_cut(text: str, columns: int) -> None:
    clean = cell_text.clean(text)
    short = cell_text.cut(clean, columns)
    assert cell_text.width(short) <= columns
    assert short == clean or short.endswith("…")


@given(st.text(), st.integers(2, 20), st.integers(2, 20))
def test_folding_loses_nothing_and_keeps_to_the_columns(text: str, first: int, others: int) -> None:
    clean = cell_text.clean(text)
    head, *rest = cell_text.fold(clean, first, others)
    assert "".join((head, *rest)) == clean
    assert cell_text.width(head) <= first
    assert all(cell_text.width(part) <= others for part in rest)


@given(st.text(), st.integers(2, 20))
def test_chopping_loses_nothing_and_keeps_to_the_columns(text: str, columns: int) -> None:
    clean = cell_text.clean(text)
    parts = cell_text.chop(clean, columns)
    assert "".join(parts) == clean
    assert all(cell_text.width(part) <= columns for part in parts)


def test_folding_breaks_at_blanks() -> None:
    assert cell_text.fold("the quick brown fox jumps", 10, 12) == ["the quick ", "brown fox ", "jumps"]


@given(st.text(), st.integers(-3, 2), st.integers(-3, 2))
def test_folding_ends_where_there_is_no_room_at_all(text: str, first: int, others: int) -> None:
    clean = cell_text.clean(text)
    head, *rest = cell_text.fold(clean, first, others)
    assert "".join((head, *rest)) == clean
    assert cell_text.width(head) <= max(first, 0)
    assert all(cell_text.width(part) <= 2 for part in rest)


@pytest.mark.parametrize(
    ("columns", "shown"), [(18, "app:2xx  app:held"), (16, "app:2xx  …"), (10, "app:2xx  …"), (6, "app:2…")]
)
def test_a_list_gives_way_by_whole_texts(columns: int, shown: str) -> None:
    assert cell_text.cut_list(("app:2xx", "app:held"), columns) == shown
