"""Many rows in one statement, of which there are a few only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from hookscope.journal.codec import insert_many


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER NOT NULL, b BLOB) STRICT")
        yield connection


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 16, 63, 64, 65, 256])
def test_as_many_are_added_as_were_given_in_their_order(db: sqlite3.Connection, rows: int) -> None:
    given = [(number, bytes([number % 256]) if number % 3 else None) for number in range(rows)]
    for last in (rows, 2 * rows):
        assert insert_many(db, "t", "a, b", rows, [value for row in given for value in row]) == last
    assert db.execute("SELECT a, b FROM t ORDER BY id").fetchall() == given * 2


def test_statements_of_some_numbers_serve_for_all(db: sqlite3.Connection) -> None:
    said: list[str] = []
    db.set_trace_callback(said.append)
    for rows in range(1, 65):
        insert_many(db, "t", "a", rows, [0] * rows)
    shapes = {statement.count("(") for statement in said if statement.startswith("INSERT")}
    assert len(shapes) == 15
    assert db.execute("SELECT count(*) FROM t").fetchone() == (64 * 65 // 2,)


def test_all_or_none_are_added(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        insert_many(db, "t", "a, b", 9, [1, b"x"] * 8 + [None, b"y"])
    assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
