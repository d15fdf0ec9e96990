"""Candidates for a query, page by page: from the index, from the columns, and from captures not indexed yet."""

import sqlite3
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from hookscope.journal import search_index
from hookscope.journal.query_plan import QueryPlan
from hookscope.journal.sql import snapshot
from hookscope.model.timestamps import milliseconds, now

_FIRST_PAGE = 64
_GROWTH = 16
_LARGEST_PAGE = 1 << 16
"""Pages grow: the first hits are there at once, and many hits do not cost a statement for every few."""
_SAMPLE_SHIFT = 13
"""One of 2 ** 13 is examined before a search has the index merge many words: that takes as long."""
_LEAST_SAMPLE = 16


class Candidate(Struct, frozen=True):
    """A capture's id, and whether the plan alone decided that it matches; if not, its content must be examined."""

    capture_id: int
    decided: bool


def candidates(
    connection: sqlite3.Connection, plan: QueryPlan, *, after: int = 0, before: int | None = None, newest_first: bool
) -> Iterator[Candidate]:
    """Yield the candidates between two ids, in order; each page sees the commits before its read."""
    low = max(after, plan.first - 1, _before(connection, plan.since) if plan.since else 0)
    high = min(plan.last + 1, plan.last + 1 if before is None else before)
    if plan.before and plan.before <= milliseconds(now()):  # Otherwise more may come meanwhile.
        high = min(high, _after(connection, plan.since or 0, plan.before))
    size, may_sample = _FIRST_PAGE, newest_first and plan.loose is not None
    while low + 1 < high:
        with snapshot(connection):  # The extent of the index and its results must be of the same moment.
            extent = search_index.extent(connection) if plan.needs_index else (high, high)
            few = extent[1] >> _SAMPLE_SHIFT if may_sample else 0
            asked, most = (plan, size) if few < _LEAST_SAMPLE else (_loosened(plan), few)
            found, low, high = _page(connection, asked, low, high, most, extent, newest_first=newest_first)
        yield from found
        may_sample, size = False, min(size * _GROWTH, _LARGEST_PAGE) if asked is plan else size


def count_unindexed(connection: sqlite3.Connection, plan: QueryPlan) -> int:
    """Return the number of candidates that are in no index yet; by their ids, without looking at them."""
    if not plan.needs_index:
        return 0
    done, newest = search_index.extent(connection)
    return max(min(plan.last, newest) - max(plan.first - 1, done), 0)


def _loosened(plan: QueryPlan) -> QueryPlan:
    """Return a plan that finds all that this one does, and more, without having the index merge words."""
    return replace(plan, match=plan.loose, decides=False)


def _page(
    connection: sqlite3.Connection,
    plan: QueryPlan,
    low: int,
    high: int,
    size: int,
    extent: tuple[int, int],
    *,
    newest_first: bool,
) -> tuple[list[Candidate], int, int]:
    """Return a page of candidates between two ids, and the bounds of the rest."""
    done, newest = extent
    high = min(high, newest + 1) if newest_first else high
    in_tail = high - 1 > done if newest_first else low >= done
    if in_tail:
        bottom = max(low, done)
        capture_ids = _capture_ids(connection, "TRUE", bottom, high, size, newest_first)
        found = [Candidate(capture_id, decided=False) for capture_id in capture_ids]
        rest = (low, bottom + 1) if newest_first else (high, high)
    else:
        top = min(high, done + 1)
        capture_ids = _decided(connection, plan, low, top, size, newest_first)
        found = [Candidate(capture_id, decided=plan.decides) for capture_id in capture_ids]
        rest = (low, low) if newest_first else (top - 1, high)
        if plan.needs_index:
            seen_low, seen_high = (low, top) if len(capture_ids) < size else _span(capture_ids, low, top, newest_first)
            large = _capture_ids(
                connection, f"length(body) > {search_index.LARGE}", seen_low, seen_high, -1, newest_first
            )
            found += [Candidate(capture_id, decided=False) for capture_id in large]
            found.sort(key=lambda one: one.capture_id, reverse=newest_first)
    if len(capture_ids) < size:
        return found, *rest
    return (found, low, capture_ids[-1]) if newest_first else (found, capture_ids[-1], high)


def _before(connection: sqlite3.Connection, since: int) -> int:
    """Return the id before that of the first capture received at that time or later."""
    statement = "SELECT min(id) FROM captures INDEXED BY captures_by_time WHERE received_at >= ?"
    (first,) = connection.execute(statement, (since,)).fetchone()
    return (1 << 62) if first is None else first - 1


def _after(connection: sqlite3.Connection, since: int, before: int) -> int:
    """Return the id after that of the last capture received between two times."""
    statement = "SELECT max(id) FROM captures INDEXED BY captures_by_time WHERE received_at >= ? AND received_at < ?"
    (last,) = connection.execute(statement, (since, before)).fetchone()
    return 0 if last is None else last + 1


def _span(capture_ids: list[int], low: int, high: int, newest_first: bool) -> tuple[int, int]:
    return (capture_ids[-1], high) if newest_first else (low, capture_ids[-1])


def _decided(
    connection: sqlite3.Connection, plan: QueryPlan, low: int, high: int, size: int, newest_first: bool
) -> list[int]:
    """Return the captures that match the plan, of those for which it can be decided."""
    select, order, where = "SELECT", "DESC" if newest_first else "ASC", plan.where
    matched: tuple[object, ...]
    if plan.match is None:
        source, id_column, matched = "captures AS c", "c.id", ()
        if plan.deliveries:  # In the order of the index, so that the first hits need no more than their own rows.
            select = "SELECT DISTINCT"
            source, id_column = f"{plan.deliveries} CROSS JOIN captures AS c ON c.id = d.capture_id", "d.capture_id"
        if plan.needs_index:
            where += f" AND c.id NOT IN (SELECT id FROM captures WHERE length(body) > {search_index.LARGE})"  # noqa: S608
    else:
        source, id_column, matched = "search", "search.rowid", (plan.match,)
        if where != "TRUE":  # The index leads: looking up a row in it would search it again.
            source = "search CROSS JOIN captures AS c ON c.id = search.rowid"
    match = "search MATCH ? AND " if matched else ""
    # With `+`, SQLite ignores the index of the ids: the other conditions select fewer rows.
    bounded = id_column if plan.match or plan.deliveries or where == "TRUE" else f"+{id_column}"
    statement = (
        f"{select} {id_column} FROM {source} WHERE {match}{bounded} > ? AND {bounded} < ? AND {where} "
        f"ORDER BY {id_column} {order} LIMIT ?"
    )
    return _column(connection, statement, (*matched, low, high, *plan.values, size))


def _capture_ids(
    connection: sqlite3.Connection, where: str, low: int, high: int, size: int, newest_first: bool
) -> list[int]:
    order = "DESC" if newest_first else "ASC"
    statement = f"SELECT id FROM captures WHERE {where} AND id > ? AND id < ? ORDER BY id {order} LIMIT ?"  # noqa: S608
    return _column(connection, statement, (low, high, size))


def _column(connection: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> list[int]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return [capture_id for (capture_id,) in cursor.execute(statement, values)]
