import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.views.sanitize import sanitize
from tests.support.slow import slow_rows_after


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    shown = sanitize(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in shown)
    shown.encode()
    assert len(shown) == len(text)


def test_existing_captures_stay_visible() -> None:
    assert sanitize("\x1b[31mred\x07\r\n\x7f") == "␛[31mred␇␍␊␡"
    assert sanitize("a\u202eb\x9bc\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_newlines_stay_where_they_are_wanted() -> None:
    assert sanitize("a\nb\tc", keep_newlines=True) == "a\nb␉c"


@pytest.mark.parametrize(
    "text",
    [
        "Schöne Grüße 👋🏽 日本 [b]",
        "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 🏴\u200d☠\ufe0f",
        "می\u200cخواهم \u0600١ क्\u200dष ന്\u200d",
        "葛\U000e0100飾",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert sanitize(text) == text


_SEEN = "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]"


@pytest.mark.parametrize(
    ("before", "after"), slow_rows_after(2, [("a", "b"), ("👨", "b"), ("", ""), ("日", ""), ("é", "日")])
)
def test_no_format_character_goes_unseen(before: str, after: str) -> None:
    invisible = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    kept = {char for char in invisible if sanitize(f"{before}{char}{after}") != f"{before}\ufffd{after}"}
    assert {char for char in kept if not re.fullmatch(_SEEN, char)} == set()
    assert len(invisible) > 150


@pytest.mark.parametrize(
    "text", ["\U000e0100", "a\ufe0f\ufe0f", "😀\U000e0101\U000e0102", "日\u200d\u200d語", "ㅤ\u115fﾠ\u034f"]
)
def test_characters_that_hide_a_message_are_shown(text: str) -> None:
    assert "\ufffd" in sanitize(text)
