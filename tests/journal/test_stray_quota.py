"""Strays make room for each other, and never take it from anything else."""

import asyncio
from contextlib import closing
from pathlib import Path

from hookscope.journal.connection import open_for_writing
from hookscope.journal.editor import JournalEditor
from hookscope.journal.reader import JournalReader
from hookscope.journal.removal import MOST_BYTES, MOST_STRAYS, make_room
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture, Kind, Source
from tests.support.captures import make_capture
from tests.support.importing import add_all


def stray(number: int = 0, body: bytes = b"", **changes: object) -> Capture:
    return make_capture(body or b"stray%d" % number, kind=Kind.STRAY, **changes)


async def fill(path: Path, *captures: Capture) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*map(journal.append, captures))
        await journal.catch_up()


def trim(path: Path, **quota: int) -> int:
    with closing(open_for_writing(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        removed = sum(make_room(db, **quota))
        db.execute("COMMIT")
    return removed


def kept(path: Path) -> list[int]:
    with JournalReader(path) as history:
        return [capture.id for capture in history.captures()]


def bodies(path: Path, kind: Kind) -> list[bytes]:
    with JournalReader(path) as history:
        return [capture.request.body for capture in history.captures() if capture.kind is kind]


async def test_the_oldest_strays_go_and_nothing_else_does(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await fill(path, *map(stray, range(1, 4)), make_capture(), *map(stray, range(5, 9)))
    add_all(path, [stray(9, source=Source.IMPORT)])
    with JournalEditor(path) as upkeep:
        upkeep.mark([EventRef(1)], marked=True)
        upkeep.note(2, "look at this one")
    assert trim(path, most=3) == 2
    assert kept(path) == [1, 2, 4, 6, 7, 8, 9]
    assert trim(path, most=3) == 0


async def test_large_strays_count_by_their_size(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await fill(path, *(stray(body=b"x" * 60_000) for _ in range(5)))
    assert trim(path, most_bytes=130_000) == 3
    assert kept(path) == [4, 5]


async def test_a_deleted_capture_is_not_found_anymore(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await fill(path, *map(stray, range(4)))
    trim(path, most=2)
    with closing(open_for_writing(path)) as db:
        db.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    with JournalReader(path) as history:
        found = [capture.request.body for capture in history.captures()]
    assert found == [b"stray2", b"stray3"]


async def test_a_flood_of_strays_is_bounded_and_loses_no_notification(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    flood = [make_capture() if number % 100 == 0 else stray(body=b"x" * 60_000) for number in range(700)]
    async with JournalWriter(path) as journal:
        for start in range(0, len(flood), 50):
            await asyncio.gather(*map(journal.append, flood[start : start + 50]))
        while sum(map(len, bodies(path, Kind.STRAY))) >= MOST_BYTES + 100 * 60_000:
            await journal.append(stray())  # Room is made after writes, as long as none waits: it may lag behind.
    assert len(bodies(path, Kind.NOTIFICATION)) == 7
    assert len(bodies(path, Kind.STRAY)) <= MOST_STRAYS


async def test_room_is_made_in_small_steps(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await fill(path, *map(stray, range(300)))
    with closing(open_for_writing(path)) as db:
        assert list(make_room(db)) == [0, 0, 0]
        assert list(make_room(db, most=200)) == [0, 32, 32, 32, 4]
