from hypothesis import given
from hypothesis import strategies as st

from hookscope.views.sanitize import sanitize


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    shown = sanitize(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in shown)
    shown.encode()
    assert len(shown) == len(text)


def test_what_was_there_can_still_be_seen() -> None:
    assert sanitize("\x1b[31mred\x07\r\n\x7f") == "␛[31mred␇␍␊␡"
    assert sanitize("a\u202eb\x9bc\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_newlines_stay_where_they_are_wanted() -> None:
    assert sanitize("a\nb\tc", keep_newlines=True) == "a\nb␉c"


def test_ordinary_text_is_left_alone() -> None:
    assert sanitize("Schöne Grüße 👋🏽 日本 [b]") == "Schöne Grüße 👋🏽 日本 [b]"
