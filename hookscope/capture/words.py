"""Text taken apart into words: one way for the index of the journal and for whoever evaluates a filter without it."""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 64
"""Words are cut to so many characters: longer ones are keys, signatures and other data that nobody types."""

_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer: written without blanks
    "\u2190-\u2bff\U0001f000-\U0001faff"  # arrows, symbols, emoji
    "\u2e80-\u2fff\u3005-\u3007\u3040-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese and Japanese
)
_ASCII_WORD = re.compile("[0-9a-z]+")
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")


def words(text: str) -> list[str]:
    """The words of a text in order, casefolded; where no blanks part them, and for an emoji, one a character."""
    found = _ASCII_WORD.findall(text.lower()) if text.isascii() else _WORD.findall(_folded(text))
    return [word[:LONGEST] for word in found]


def places(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text, each with where it begins and ends in it; few texts have others than `words` finds."""
    for found in _WORD.finditer(text):
        yield _folded(found[0])[:LONGEST], found.start(), found.end()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
