"""The positions of searched words in a text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookscope.filter.ast import Filter

Sought = tuple[tuple[str, bool], ...]
"""Sought to be highlighted, each with whether it is a whole word, or the beginning of one."""


def search_words(filter_: "Filter") -> Sought:
    """Return the words that a filter searches texts for."""
    from hookscope.filter.ast import texts
    from hookscope.model.tokenizer import words

    found: list[tuple[str, bool]] = []
    for text in texts(filter_):
        *firsts, last = words(text.text)
        found += [(word, True) for word in firsts]
        found.append((last, text.whole))
    return tuple(dict.fromkeys(found))


def spans(text: str, wanted: Sought) -> Iterator[tuple[int, int]]:
    """Yield beginnings and ends of the wanted words in a text, ascending."""
    from hookscope.model.tokenizer import word_spans

    done = 0
    for word, bounds in word_spans(text):
        fitting = [len(part) for part, whole in wanted if (word == part if whole else word.startswith(part))]
        if fitting and (end := bounds[max(fitting)]) > done:
            yield max(bounds[0], done), end
            done = end
