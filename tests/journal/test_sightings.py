"""The captures in which each event was seen: found wherever they are, and moved into the journal by and by."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hookscope.journal import sightings as module
from hookscope.journal.connection import open_for_writing
from hookscope.journal.editor import JournalEditor
from hookscope.journal.inserts import insert
from hookscope.journal.reader import JournalReader
from hookscope.journal.sightings import Sightings
from hookscope.journal.writer import JournalWriter
from hookscope.model.append import Append
from hookscope.model.record import Capture
from tests.support.captures import make_capture
from tests.support.identities import named
from tests.support.old_journal import downgrade
from tests.support.until import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_for_writing(path)) as connection:
        yield connection


def add(db: sqlite3.Connection, sightings: Sightings, *identities: str | None) -> Capture:
    """Add a capture of events with these identities, and return it with its originals."""
    (added,) = insert(db, [Append(make_capture(), named(*identities))], sightings)
    return added


def move_all(db: sqlite3.Connection, sightings: Sightings) -> int:
    """Move all sightings, each step in a transaction; return how many steps that took."""
    steps, more = 0, True
    while more:
        db.execute("BEGIN IMMEDIATE")
        more = sightings.move(db)
        db.execute("COMMIT")
        steps += 1
    return steps


def moved(db: sqlite3.Connection) -> list[tuple[str, int]]:
    return db.execute("SELECT identity, capture_id FROM sightings ORDER BY identity, capture_id").fetchall()


def moved_up_to(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT sighted_up_to FROM upkeep").fetchone()[0])


def test_nothing_is_written_for_a_sighting_until_it_is_moved(db: sqlite3.Connection) -> None:
    sightings = Sightings(db)
    add(db, sightings, "b")
    add(db, sightings, "c", None, "a", "c")
    assert (moved(db), moved_up_to(db)) == ([], 0)
    move_all(db, sightings)
    assert (moved(db), moved_up_to(db)) == ([("a", 2), ("b", 1), ("c", 2)], 2)
    assert add(db, sightings, "a", "b").originals == (2, 1)


def test_a_step_moves_a_few(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS_A_MOVE", 3)
    sightings = Sightings(db)
    for number in range(8):
        add(db, sightings, f"{number * 5 % 8}")
    assert move_all(db, sightings) == 4
    assert [identity for identity, _ in moved(db)] == [*"01234567"]


def test_one_that_comes_behind_the_place_of_the_move_is_moved_on_the_next_round(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_A_MOVE", 1)
    sightings = Sightings(db)
    add(db, sightings, "b")
    assert sightings.move(db)
    add(db, sightings, "c")
    add(db, sightings, "a")
    assert sightings.move(db)
    assert sightings.move(db)  # The end of a round: the third is left.
    assert (moved(db), moved_up_to(db)) == ([("b", 1), ("c", 2)], 2)
    move_all(db, sightings)
    assert (len(moved(db)), moved_up_to(db)) == (3, 3)


def test_those_that_were_not_moved_are_read_again(db: sqlite3.Connection, path: Path) -> None:
    earlier = Sightings(db)
    add(db, earlier, "a")
    move_all(db, earlier)
    add(db, earlier, "b")
    add(db, earlier, "c", "d")
    with closing(open_for_writing(path)) as other:
        assert add(other, Sightings(other), "a", "b", "c", "x").originals == (1, 2, 3, None)


def test_those_of_another_process_are_found_at_once(db: sqlite3.Connection, path: Path) -> None:
    ours = Sightings(db)
    with closing(open_for_writing(path)) as other:
        theirs = Sightings(other)
        for number in range(1, 9, 2):
            assert add(db, ours, f"{number}").duplicate_of is None
            assert add(other, theirs, f"{number}").duplicate_of
            assert add(db, ours, f"{number + 1}").duplicate_of is None
            move_all(*((db, ours) if number == 3 else (other, theirs)))
            assert add(other, theirs, f"{number + 1}").duplicate_of


def test_a_deleted_capture_is_no_original(db: sqlite3.Connection, path: Path) -> None:
    sightings = Sightings(db)
    add(db, sightings, "a")
    move_all(db, sightings)
    add(db, sightings, "b")
    with JournalEditor(path) as editor:
        assert editor.delete([1, 2]).deleted == 2
    assert add(db, sightings, "a").duplicate_of is None
    assert add(db, sightings, "b").duplicate_of is None
    move_all(db, sightings)
    assert moved(db) == [("a", 3), ("b", 4)]


def test_the_next_one_is_the_original_after_the_first_was_deleted(db: sqlite3.Connection, path: Path) -> None:
    sightings = Sightings(db)
    for _ in range(3):
        add(db, sightings, "a")
    with JournalEditor(path) as editor:
        editor.delete([1])
    assert add(db, sightings, "a").duplicate_of == 2


def test_captures_of_which_the_sightings_cannot_be_added_are_kept_once(
    db: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sightings = Sightings(db)
    with monkeypatch.context() as broken:
        broken.setattr(module, "_ADD", "INSERT INTO nowhere VALUES (?, ?)")
        assert add(db, sightings, "a").id == 1
    assert add(db, sightings, "a").duplicate_of == 1
    assert db.execute("SELECT count(*) FROM captures").fetchone() == (2,)


async def test_the_writer_moves_them_when_it_is_idle(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*(journal.append(make_capture(), identify=named(f"{n}")) for n in range(200)))
        with closing(sqlite3.connect(path)) as db:
            await until(lambda: moved_up_to(db) == 200)
            assert len(moved(db)) == 200


async def test_a_busy_writer_moves_those_that_are_too_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 100)
    monkeypatch.setattr("hookscope.journal.writer_thread._IDLE_SECONDS", 3600)
    async with JournalWriter(path) as journal:
        for first in range(0, 300, 50):
            await asyncio.gather(
                *(journal.append(make_capture(), identify=named(f"{n}")) for n in range(first, first + 50))
            )
        again = await journal.append(make_capture(), identify=named("7", "290"))
        with closing(sqlite3.connect(path)) as db:
            await until(lambda: len(moved(db)) >= 200)
    assert again.originals == (8, 291)


async def test_a_journal_of_the_version_before_keeps_what_it_knows(path: Path) -> None:
    async with JournalWriter(path) as journal:
        for identities in (("a",), ("b", "c"), ("a",), ("d",)):
            await journal.append(make_capture(), identify=named(*identities))
    downgrade(path, 8)
    async with JournalWriter(path) as journal:
        found = [
            (await journal.append(make_capture(), identify=named(*identities))).originals
            for identities in (("a", "x"), ("d", "b"), ("c", "a"))
        ]
        again = [await journal.append(make_capture(), identify=named("d")) for _ in range(2)]
    assert found == [(1, None), (4, 2), (2, 1)]
    assert [one.duplicate_of for one in again] == [4, 4]
    with JournalReader(path) as history:
        assert [line.attempt for line in history.lines([1, 3, 4, 8, 9])] == [1, 2, 1, 2, 3]
