"""The lines of pages."""

from collections.abc import Iterator

from hookscope.views.body import BodyLine, Token
from hookscope.views.verify_token import masked_query

_LABEL = 11

BLANK = BodyLine(pieces=((Token.NOTE, ""),))


def note(text: str, *, indent: int = 0) -> BodyLine:
    """Return a remark."""
    return BodyLine(indent=indent, pieces=((Token.NOTE, text),))


def pair(name: str, value: str, *, indent: int = 0) -> BodyLine:
    """Return a name with its value, in the form of headers."""
    pieces = ((Token.KEY, name), (Token.PUNCTUATION, ": "), (Token.STRING, value))
    return BodyLine(indent=indent, pieces=pieces)


def fact(label: str, *pieces: tuple[Token, str], indent: int = 0) -> BodyLine:
    """Return a labeled value; the labels of a page form a column."""
    return BodyLine(indent=indent, hanging=_LABEL + 1, pieces=((Token.NOTE, f"{label:<{_LABEL}} "), *pieces))


def query(target: str, *, indent: int = 0) -> Iterator[BodyLine]:
    """Yield the parameters of a request's query; a verify token is masked."""
    for name, value in masked_query(target):
        yield pair(name, value, indent=indent)
