"""Compiles a filter to a query of the journal: the part that index and columns can answer, and whether that is all."""

from datetime import datetime

from hookscope.filter.ast import And, Filter, Not, Or, Path, Term, Text, mentions
from hookscope.filter.days import Days, parse_days
from hookscope.filter.duration import parse_duration
from hookscope.filter.evaluator import matches, number_range
from hookscope.filter.query import (
    NEVER,
    AllOf,
    Answered,
    AnyOf,
    Before,
    Condition,
    Entries,
    HasToken,
    NoneOf,
    Numbers,
    OfRuns,
    Query,
    Since,
)
from hookscope.filter.wildcard import answer_pattern, beginning, is_beginning, term_pattern
from hookscope.model.search_fields import Key
from hookscope.model.search_tokens import value_token
from hookscope.model.tokenizer import LONGEST, words

_ALWAYS = AllOf()
_NUMBERED: dict[str, type[Numbers | OfRuns | Entries]] = {"id": Numbers, "run": OfRuns, "shared": Entries}
_Narrowed = tuple[Condition, bool]
"""A condition that holds wherever the filter does, and whether it holds nowhere else."""


def compile_query(filter_: Filter, now: datetime) -> Query:
    """Return the query for a filter; `now` is what `since:` and `on:` count back from."""
    condition, exact = _narrow(filter_, now)
    return Query(
        condition=condition,
        check=lambda capture, answers: matches(filter_, capture, now, answers),
        exact=exact,
        asks_for_answers=mentions(filter_, "app"),
    )


def _narrow(filter_: Filter, now: datetime) -> _Narrowed:
    match filter_:
        case And(parts):
            narrowed = [_narrow(part, now) for part in parts]
            return AllOf(tuple(condition for condition, _ in narrowed)), all(exact for _, exact in narrowed)
        case Or(parts):
            narrowed = [_narrow(part, now) for part in parts]
            return AnyOf(tuple(condition for condition, _ in narrowed)), all(exact for _, exact in narrowed)
        case Not(inner):
            condition, exact = _narrow(inner, now)
            return (NoneOf(condition), True) if exact else (_ALWAYS, False)
        case Text(text, whole):
            return _text(text, whole)
        case Path(_, equal, value):
            return (_written(value) if equal else _ALWAYS), False
        case Term("since", value):
            return Since(now - parse_duration(value)), True
        case Term("on", value):
            return _on(parse_days(value, now)), True
        case Term("app", value):
            return Answered(answer_pattern(value)), True
        case Term("id" | "run" | "shared" as key, value):
            numbers, kind = number_range(value), _NUMBERED[key]
            return (kind(numbers[0], numbers[-1]) if numbers.start < numbers.stop else NEVER), True
        case Term(name, value):
            return _value(Key(name), value)


def _on(days: Days) -> Condition:
    first = () if days.since is None else (Since(days.since),)
    last = () if days.before is None else (Before(days.before),)
    return AllOf((*first, *last))


def _text(text: str, whole: bool) -> _Narrowed:
    """Narrow by the index, which knows a capture's words but not their order."""
    *firsts, last = words(text)
    tokens = [*(HasToken(word) for word in firsts), HasToken(last, begins=not whole)]
    return (tokens[0], True) if len(tokens) == 1 else (AllOf(tuple(tokens)), False)


def _written(value: str) -> Condition:
    """Narrow by the value at a path, which must be in the body; not for a pattern, whose words may be parts of words.

    A list or an object may have other escapes in the body.
    """
    if not value.isascii() or "\\" in value or "*" in value:
        return _ALWAYS
    return AllOf(tuple(HasToken(word) for word in words(value)))


def _value(key: Key, value: str) -> _Narrowed:
    wanted = term_pattern(key, value)
    if "*" not in wanted:
        return HasToken(value_token(key, wanted)), len(wanted) < LONGEST
    known = beginning(wanted)
    return HasToken(value_token(key, known), begins=True), is_beginning(wanted) and len(known) < LONGEST
