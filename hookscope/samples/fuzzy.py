"""Fuzzy search: `wa img` finds `whatsapp_business_account.messages.image`."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")

_TOKEN = re.compile(r"[^\W_]+")
_WHOLE, _LEADING, _EXACT, _PREFIX, _WITHIN, _ABBREVIATED = 10, 9, 8, 6, 3, 2
_MOST_SKIPPED = 6


def fuzzy_search(text: str, items: Iterable[_T], describe: Callable[[_T], tuple[str, str]]) -> list[_T]:
    """Return the items that fit every word of a text, the best first; all of them, in order, for an empty text.

    A word fits if it abbreviates a part of the name or the description.
    """
    words = text.casefold().split()
    if not words:
        return [*items]
    ranked = [(score, item) for item in items if (score := rank(words, *describe(item)))]
    return [item for _, item in sorted(ranked, key=lambda pair: -pair[0])]


def rank(words: Iterable[str], name: str, about: str = "") -> int:
    """Return a score for words: 0 if one does not fit; the name counts twice, and its parts between dots most.

    >>> rank(["wa", "img"], "whatsapp image") > 0
    True
    """
    folded = f"{name} {about}".casefold()
    named, others = (_TOKEN.findall(part.casefold()) for part in (name, about))
    parts = name.casefold().split(".")
    found = [_best(word, parts, named, others) or (_WITHIN if word in folded else 0) for word in words]
    return sum(found) if all(found) else 0


def _best(word: str, parts: list[str], named: list[str], others: list[str]) -> int:
    in_name = max((*(_fit_part(word, part) for part in parts), *(_fit(word, token) for token in named)), default=0)
    return max(2 * in_name, max((_fit(word, token) for token in others), default=0))


def _fit_part(word: str, part: str) -> int:
    if word == part or f"{word}s" == part:  # In the singular: who looks for `message` means `messages`.
        return _WHOLE
    return _LEADING if part.startswith(word) else 0


def _fit(word: str, token: str) -> int:
    if word == token:
        return _EXACT
    if token.startswith(word):
        return _PREFIX
    if word in token:
        return _WITHIN
    return _ABBREVIATED if _abbreviates(word, token) else 0


def _abbreviates(word: str, token: str) -> bool:
    """Return whether a word abbreviates a token.

    It consists of the token's first letter and further ones in order, none too far from the last.
    """
    if len(word) < 2 or word[0] != token[0]:
        return False
    at = 0
    for char in word[1:]:
        found = token.find(char, at + 1, at + 2 + _MOST_SKIPPED)
        if found < 0:
            return False
        at = found
    return True
