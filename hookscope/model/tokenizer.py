"""Splitting text into words: one way for the index, for evaluating a filter without it, and for highlighting."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

LONGEST = 64
"""The characters to which a word is cut: longer ones are keys, signatures and other data that nobody types."""

_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer: written without blanks
    "\u2190-\u2bff\U0001f000-\U0001faff"  # arrows, symbols, emoji
    "\u2e80-\u2fff\u3005-\u3007\u3040-\u3098\u309b-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese and Japanese
)
_VOICED = "\u3099\u309a"  # the marks of Japanese, which tell one sound from another
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # vowels are marks there, and belong to their word
_ACCENTS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # Latin, Greek, Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic
    "\u0e48-\u0e4b\u0ec8-\u0ecb"  # the tones of Thai and Lao
)
_STROKES = str.maketrans("ıøłđħŧ", "ioldht")  # Unicode classifies these as letters of their own.
_ASCII_WORD = re.compile("[0-9a-z]+")
_BLANKED = bytes(char if _ASCII_WORD.fullmatch(chr(char)) else ord(" ") for char in bytes(range(0x100)).lower())
"""Each ASCII character in lowercase, or a blank where it is in no word."""


class _Patterns(NamedTuple):
    """The patterns for text that is not ASCII."""

    accent: re.Pattern[str]
    stroked: re.Pattern[str]
    word: re.Pattern[str]
    run: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Compile the patterns when they are first needed: their large sets take 3 % of a command's start."""
    return _Patterns(
        accent=re.compile(f"[{_ACCENTS}]"),
        stroked=re.compile("[ıøłđħŧ]"),
        word=re.compile(rf"[{_ALONE}][{_VOICED}]?|[^\W_{_ALONE}]+(?:[{_INDIC}]+[^\W_{_ALONE}]*)*"),
        run=re.compile("[0-9A-Za-z\x80-\U0010ffff]+"),
    )


def words(text: str) -> list[str]:
    """Return the words of a text in order, folded; in scripts without blanks, and for an emoji, one per character."""
    folded = text if text.isascii() else _folded(text)
    found = _split(folded) if folded.isascii() else _patterns().word.findall(folded)
    return [word[:LONGEST] for word in found]


def _split(text: str) -> list[str]:
    """Return the words of ASCII text, in half of the time that a pattern takes."""
    return text.encode("ascii").translate(_BLANKED).decode("ascii").split()


def word_spans(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield the words of a text, as `words` does, each with its bounds.

    The bounds are positions in the text: where the word begins, and where its first character, its first two, … end.
    Two words may share one character of the text that stands for several.
    """
    if text.isascii():
        for found in _ASCII_WORD.finditer(text.lower()):
            yield found[0][:LONGEST], range(found.start(), found.end() + 1)
        return
    patterns = _patterns()
    for run in patterns.run.finditer(text):
        folded, bounds = _traced(run[0], run.start())
        for found in patterns.word.finditer(folded):
            yield found[0][:LONGEST], bounds(found.start(), found.end())


def _folded(text: str) -> str:
    """Return a text as all searching sees it: without case, accents and differences of mere form.

    Each character is folded by itself, whatever is beside it, so that `word_spans` can trace it.
    """
    patterns = _patterns()
    folded = patterns.accent.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return folded.translate(_STROKES) if not folded.isascii() and patterns.stroked.search(folded) else folded


_folded_character = lru_cache(maxsize=4096)(_folded)


def _traced(run: str, start: int) -> tuple[str, Callable[[int, int], Sequence[int]]]:
    """Fold a part of a text that begins at `start`; also return a function for bounds in the folded text."""
    if run.isascii():
        return run.lower(), lambda first, last: range(start + first, start + last + 1)
    parts = [_folded_character(char) for char in run]
    begins: list[int] = []
    ends: list[int] = []
    for place, part in enumerate(parts, start):
        begins += [place] * len(part)
        ends += [place + 1] * len(part)
        if ends and not part:
            ends[-1] = place + 1  # An accent belongs to the character before it.
    return "".join(parts), lambda first, last: [begins[first], *ends[first:last]]
