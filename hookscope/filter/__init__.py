"""The filter language, which selects captures.

Terms separated by blanks must all match; `or`, `not` and parentheses work as usual. A term is `key:value` (see
`parser`), a path into the body (`$.entry[0].changes[0].value.item==comment`), a word or a "quoted text". A bare word
matches the beginnings of words, a quoted text whole consecutive words; both ignore case, and search the request's
target, its body and the user's note. In a value, `*` stands for any characters.
"""

from hookscope.filter.ast import And, Filter, Not, Or, Path, Term, Text, mentions, write
from hookscope.filter.compiler import compile_query
from hookscope.filter.duration import parse_duration
from hookscope.filter.evaluator import matches
from hookscope.filter.parser import FilterError, parse, parse_on_arrival

__all__ = (
    "And",
    "Filter",
    "FilterError",
    "Not",
    "Or",
    "Path",
    "Term",
    "Text",
    "compile_query",
    "matches",
    "mentions",
    "parse",
    "parse_duration",
    "parse_on_arrival",
    "write",
)
