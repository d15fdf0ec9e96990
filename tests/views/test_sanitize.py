from hypothesis import given
from hypothesis import strategies as st

from hookscope.views.sanitize import safe


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    shown = safe(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in shown)
    shown.encode()
    assert len(shown) == len(text)


def test_what_was_there_can_still_be_seen() -> None:
    assert safe("\x1b[31mred\x07\r\n\x7f") == "␛[31mred␇␍␊␡"
    assert safe("a\u202eb\x9bc\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_newlines_stay_where_they_are_wanted() -> None:
    assert safe("a\nb\tc", keep_newlines=True) == "a\nb␉c"


def test_ordinary_text_is_left_alone() -> None:
    assert safe("Schöne Grüße 👋🏽 日本 [b]") == "Schöne Grüße 👋🏽 日本 [b]"
