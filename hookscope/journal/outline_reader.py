"""Reads the outline of the captures, of one run or of all, from indexes alone: bodies may take gigabytes."""

import sqlite3
from array import array
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from itertools import islice
from operator import le

from hookscope.journal import schema
from hookscope.model.outline import Outline, Pairs
from hookscope.model.timestamps import from_milliseconds, milliseconds

_END = 1 << 62
_MOST_DAYS = 1000


def read_ids(
    db: sqlite3.Connection, *, after: int = 0, before: int | None = None, newest: int | None = None, run: int | None
) -> "array[int]":
    """Return the ids between two, ascending, of one run or of all; with `newest`, at most that many, the largest."""
    cursor = db.cursor()
    cursor.row_factory = None  # Plain tuples: there may be a million ids.
    values = (after, _END if before is None else before)
    if run is None and newest is None and not after and not schema.lacks(db, "captures_by_run"):
        found = cursor.execute("SELECT id FROM captures INDEXED BY captures_by_run WHERE id > ? AND id < ?", values)
        capture_ids = array("q", (capture_id for (capture_id,) in found))
        return capture_ids if _ascend(capture_ids) else array("q", sorted(capture_ids))
    where, limit = ("run_id = ? AND ", (run,)) if run is not None else ("", ())
    statement = f"SELECT id FROM captures WHERE {where}id > ? AND id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608
    found = cursor.execute(statement, (*limit, *values, -1 if newest is None else newest))
    capture_ids = array("q", [capture_id for (capture_id,) in found])
    capture_ids.reverse()
    return capture_ids


def read_outline(db: sqlite3.Connection, capture_ids: "array[int]") -> Outline:
    """Return these captures, ascending, with their batches and followers."""
    if not capture_ids or schema.lacks(db, "followers"):
        return Outline(ids=capture_ids)
    between = (capture_ids[0], capture_ids[-1])
    followers = "SELECT id, follows FROM captures WHERE follows IS NOT NULL AND id >= ? AND id <= ? ORDER BY id"
    return Outline(ids=capture_ids, batches=read_batches(db, *between), followers=_pairs(db, followers, between))


def read_batches(db: sqlite3.Connection, first: int, last: int) -> Pairs:
    """Return the batches between two ids, both included, with the number of their events."""
    if schema.lacks(db, "batches"):
        return Pairs()
    statement = "SELECT id, events FROM captures WHERE events > 1 AND id >= ? AND id <= ? ORDER BY id"
    return _pairs(db, statement, (first, last))


def read_days(db: sqlite3.Connection, zone: tzinfo | None, since: datetime | None) -> Iterator[tuple[int, date]]:
    """Yield each day with its first capture: the days that begin after `since`, or all; of many only the first."""
    statement = "SELECT id, received_at FROM captures WHERE received_at >= ? ORDER BY received_at, id LIMIT 1"
    begin = 0 if since is None else milliseconds(_next_midnight(since, zone))
    for _ in range(_MOST_DAYS):
        found = db.execute(statement, (begin,)).fetchone()
        if found is None:
            return
        when = from_milliseconds(found[1]).astimezone(zone)
        yield found[0], when.date()
        begin = milliseconds(_next_midnight(when, zone))


def _ascend(numbers: "array[int]") -> bool:
    """Return whether numbers are in order, as those of consecutive runs are: then they need no sorted copy."""
    return all(map(le, numbers, islice(numbers, 1, None)))


def _next_midnight(when: datetime, zone: tzinfo | None) -> datetime:
    midnight = when.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def _pairs(db: sqlite3.Connection, statement: str, values: tuple[int, int]) -> Pairs:
    capture_ids, numbers = array("q"), array("q")
    cursor = db.cursor()
    cursor.row_factory = None
    for capture_id, number in cursor.execute(statement, values):
        capture_ids.append(capture_id)
        numbers.append(number)
    return Pairs(capture_ids, numbers)
