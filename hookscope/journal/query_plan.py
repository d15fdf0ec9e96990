"""The plan for a query: the SQL condition and the index terms that narrow down the captures to look at."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil

from msgspec import Struct

from hookscope.filter.query import (
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
    Since,
)
from hookscope.journal.outcomes import ANSWER, BAD, LAST
from hookscope.model.search_tokens import EVERY


class QueryPlan(Struct, frozen=True, kw_only=True):
    """A condition in SQL: a full-text expression for `search`, if any, and the other conditions on the row `c`.

    `first` and `last` bound the numbers, `since` and `before` in milliseconds the time. With `needs_index`, captures
    that are not indexed must be looked at. Unless it `decides`, the condition may not hold for everything found.
    `loose` is an expression that holds wherever `match` does, for which the index needs no merging; None if `match`
    needs none. With `deliveries`, the table of these with an index, the condition is also one on a delivery `d` of the
    capture.
    """

    match: str | None
    loose: str | None
    where: str
    values: tuple[object, ...]
    first: int
    last: int
    since: int | None
    before: int | None
    needs_index: bool
    decides: bool
    deliveries: str | None


_LAST = (1 << 62) - 1
_ENTRIES = "c.id IN (SELECT capture_id FROM mirrored WHERE log_id IN (SELECT id FROM logs) AND seq BETWEEN ? AND ?)"
"""The key of `mirrored` begins with the log."""
_DELIVERIES = "deliveries AS d INDEXED BY deliveries_by_capture"
_BAD_DELIVERIES = "deliveries AS d INDEXED BY bad_deliveries"
_INDEXED_PREFIX = 2
"""Words that begin with more characters than this are merged by a search, all of them before its first hit."""


def plan(condition: Condition) -> QueryPlan:
    """Translate a condition to SQL."""
    parts = [(part, _match(part)) for part in _flat(condition)]
    answered = [part for part, _ in parts if isinstance(part, Answered)]
    rare = [part for part in answered if part.is_rare]
    # A few captures are examined faster than the index says which of its many are among them.
    matched = [] if rare else [match for _, match in parts if match]
    leading = None if matched or not answered else (rare or answered)[0]
    bounds = [part for part, _ in parts if isinstance(part, Numbers)]
    others = [_by_delivery(leading)] if leading else []
    others += [
        _where(part) for part, match in parts if not match and not isinstance(part, Numbers) and part is not leading
    ]
    return QueryPlan(
        match=" AND ".join(matched) or None,
        loose=_loose(parts) if matched else None,
        where=_tree(" AND ", [sql for sql, _ in others]) or "TRUE",
        values=tuple(value for _, values in others for value in values),
        first=_clamp(max((part.first for part in bounds), default=0)),
        last=_clamp(min((part.last for part in bounds), default=_LAST)),
        since=max((milliseconds_from(part.moment) for part, _ in parts if isinstance(part, Since)), default=None),
        before=min((milliseconds_from(part.moment) for part, _ in parts if isinstance(part, Before)), default=None),
        needs_index=bool(matched) or any("MATCH" in sql for sql, _ in others),
        decides=not rare or not any(match for _, match in parts),
        deliveries=None if leading is None else (_BAD_DELIVERIES if leading.is_rare else _DELIVERIES),
    )


def milliseconds_from(moment: datetime) -> int:
    """Return the first of the journal's milliseconds that is not before a time."""
    return ceil(moment.timestamp() * 1000)


def _flat(condition: Condition) -> Iterable[Condition]:
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _flat(part)
    else:
        yield condition


def _match(condition: Condition) -> str | None:
    """Return the condition as an expression of FTS5, or None for numbers and times."""
    match condition:
        case HasToken(text, begins):
            return f'"{text}"{" *" if begins else ""}'
        case AllOf(parts):
            return _joined(" AND ", parts) if parts else f'"{EVERY}"'
        case AnyOf(parts):
            return _joined(" OR ", parts) if parts else f'("{EVERY}" NOT "{EVERY}")'
        case NoneOf(inner):
            inside = _match(inner)
            return inside and f'("{EVERY}" NOT {inside})'
        case _:
            return None


def _loose(parts: Iterable[tuple[Condition, str | None]]) -> str | None:
    """Return the expression for all of these that needs no merging; None if their own does not."""
    loosened = [match and _match(_loosened(part)) for part, match in parts]
    return None if loosened == [match for _, match in parts] else " AND ".join(filter(None, loosened))


def _loosened(condition: Condition) -> Condition:
    """Return a condition that holds wherever this one does, with no longer beginnings of words than the index holds."""
    match condition:
        case HasToken(text, begins):
            return HasToken(text[:_INDEXED_PREFIX], begins) if begins else condition
        case AllOf(parts):
            return AllOf(tuple(map(_loosened, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(_loosened, parts)))
        case _:
            return condition


def _joined(word: str, parts: Iterable[Condition]) -> str | None:
    matched = [_match(part) for part in parts]
    found = [match for match in matched if match]
    return f"({word.join(found)})" if len(found) == len(matched) else None


def _where(condition: Condition) -> tuple[str, tuple[object, ...]]:
    if expression := _match(condition):
        return "c.id IN (SELECT rowid FROM search WHERE search MATCH ?)", (expression,)
    match condition:
        case Numbers(first, last):
            return "c.id BETWEEN ? AND ?", (_clamp(first), _clamp(last))
        case OfRuns(first, last):
            return "c.run_id IS NOT NULL AND c.run_id BETWEEN ? AND ?", (_clamp(first), _clamp(last))
        case Entries(first, last):
            return _ENTRIES, (_clamp(first), _clamp(last))
        case Since(moment):
            return "c.received_at >= ?", (milliseconds_from(moment),)
        case Before(moment):
            return "c.received_at < ?", (milliseconds_from(moment),)
        case Answered():
            return _answered(condition)
        case NoneOf(inner):
            sql, values = _where(inner)
            return f"NOT ({sql})", values
        case AllOf(parts) | AnyOf(parts):
            inside = [_where(part) for part in parts]
            word = " AND " if isinstance(condition, AllOf) else " OR "
            joined = f"({_tree(word, [sql for sql, _ in inside])})"
            return joined, tuple(value for _, values in inside for value in values)
        case _:
            raise TypeError(f"no SQL for {condition}")


def _answered(condition: Answered) -> tuple[str, tuple[object, ...]]:
    answered, values = _by_delivery(condition)
    if condition.is_rare:
        return f"c.id IN (SELECT d.capture_id FROM deliveries AS d WHERE {answered})", values  # noqa: S608
    return f"EXISTS (SELECT 1 FROM deliveries AS d WHERE d.capture_id = c.id AND {answered})", values  # noqa: S608


def _by_delivery(condition: Answered) -> tuple[str, tuple[object, ...]]:
    """Return the condition on a delivery `d`; an index has its status, which alone excludes most of the others."""
    if condition.wanted == "held":  # Even if a replay was answered since: only a run that delivers it ends that.
        return f"{BAD} AND {ANSWER} = ?", (condition.wanted,)
    bad = f"{BAD} AND " if condition.is_rare else ""
    answered = f"{ANSWER} GLOB +? AND {LAST}"  # With `+`, SQLite does not compile the statement again for each value.
    if not condition.statuses:
        return f"{bad}{answered}", (condition.wanted,)
    return f"{bad}d.status BETWEEN +? AND +? AND {answered}", (*condition.statuses, condition.wanted)


def _tree(word: str, parts: Sequence[str]) -> str:
    """Return the parts joined in halves: in a row, SQLite takes no more than 1000 of them."""
    if len(parts) <= 2:
        return word.join(parts)
    middle = len(parts) // 2
    return f"({_tree(word, parts[:middle])}){word}({_tree(word, parts[middle:])})"


def _clamp(number: int) -> int:
    return max(min(number, _LAST), -1)
