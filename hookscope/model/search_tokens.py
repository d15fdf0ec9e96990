"""The tokens under which the journal's index finds a capture: its words, and the values of every key.

A value is one token whatever it holds: a character for its key, then its own characters, with those that would split or
fold tokens written as their code.
"""

import re

from hookscope.model.record import Capture
from hookscope.model.search_fields import VALUES_OF, Key, SearchFields
from hookscope.model.tokenizer import LONGEST

VERSION = 4
"""The version of the tokens that this module produces; an index of another version is rebuilt."""

EVERY = "\ue0ff"
"""The token that every capture has. Characters for private use are never part of a word."""

_MARKS = {key: chr(0xE000 + number) for number, key in enumerate(Key)}
_MARKED = tuple((_MARKS[key], VALUES_OF[key]) for key in Key)
"""Enumerations are slow keys: looking all of them up takes a tenth of the time of a capture's tokens."""

_ODD = re.compile("[\x00-/:-`{-\x7f\ud800-\uf8ff]")


def tokens(capture: Capture) -> set[str]:
    """Return all tokens of a capture."""
    facts = SearchFields(capture)
    found = {EVERY, *facts.words}
    for mark, values_of in _MARKED:
        found.update([_token(mark, value) for value in values_of(facts)])
    return found


def value_token(key: Key, value: str) -> str:
    """Return the token for a value of a key, or for its beginning; only the beginning of a long one counts."""
    return _token(_MARKS[key], value)


def _token(mark: str, value: str) -> str:
    text = value.lower()[:LONGEST]
    return mark + (text if text.isascii() and text.isalnum() else _ODD.sub(_code, text))


def _code(found: re.Match[str]) -> str:
    return f"\ue100{ord(found[0]):x}\ue101"
