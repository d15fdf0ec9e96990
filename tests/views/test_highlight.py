import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope import filter as filters
from hookscope.model.tokenizer import word_spans, words
from hookscope.views.highlight import search_words, spans


def lit(text: str, asked: str) -> list[str]:
    return [text[start:end] for start, end in spans(text, search_words(filters.parse(asked)))]


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("to İstanbul!", "istanbul", ["İstanbul"]),
        ("to İstanbul!", "ist", ["İst"]),
        ("to ISTANBUL!", "İstanbul", ["ISTANBUL"]),
        ("cafe\u0301s café", "café", ["cafe\u0301", "café"]),
        ("cafe\u0301s", "caf", ["caf"]),
        ("çok GÜZEL, güzelim", "guzel", ["GÜZEL", "güzel"]),
        ("ﬁne Straße", "fine strass", ["ﬁne", "Straß"]),
        ("ดื่มน้ำ", "น้ำ", ["น้", "ำ"]),
        ("ดื่มน้ำ", "ดืมนำ", ["ด", "ื่", "ม", "น้", "ำ"]),
        ("น้ำ", "า", ["ำ"]),
        ("a b", '"a"', ["a"]),
    ],
)
def test_search_hits_are_highlighted_whole(text: str, asked: str, expected: list[str]) -> None:
    assert lit(text, asked) == expected


@given(st.text(max_size=40))
def test_words_are_lit_where_the_index_has_them(text: str) -> None:
    found = list(word_spans(text))
    assert [word for word, _ in found] == words(text)
    for _, bounds in found:
        assert list(bounds) == sorted(bounds)
    ends = [end for span in spans(text, tuple((word, True) for word, _ in found)) for end in span]
    assert ends == sorted(ends)
