import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hookscope.errors import JournalError
from hookscope.journal.editor import JournalEditor
from hookscope.journal.writer import JournalWriter
from tests.support.captures import feed_body, make_capture


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    await fill(tmp_path / "journal.db", 1)
    return tmp_path / "journal.db"


async def fill(path: Path, count: int, size: int = 100) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*(journal.append(make_capture(feed_body(f"nr{n} {'x' * size}"))) for n in range(count)))
        await journal.catch_up()


async def steps_of_a_deletion(path: Path, count: int) -> int:
    """Return the steps of SQLite that a deletion takes among so many captures."""
    await fill(path, count)
    steps = list[None]()
    with JournalEditor(path) as editor:
        editor._db.set_progress_handler(lambda: steps.append(None), 1)
        assert editor.delete(range(1, 33)).deleted == 32
    return len(steps)


async def test_a_deletion_takes_no_longer_among_many_captures(tmp_path: Path) -> None:
    few, many = await steps_of_a_deletion(tmp_path / "few.db", 80), await steps_of_a_deletion(tmp_path / "many.db", 600)
    assert many < few + 300


async def test_freed_pages_are_given_back_many_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await fill(path, 300, size=8 << 10)
    vacuumed = list[str]()
    with JournalEditor(path) as editor:
        assert editor.delete(range(1, 291)).deleted == 290
        editor._db.set_trace_callback(lambda said: vacuumed.append(said) if "incremental_vacuum" in said else None)
        assert editor.give_back() > 290 * (8 << 10)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert 290 // 64 <= len(vacuumed) < 20


async def test_segments_of_the_index_are_merged_a_few_pages_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await fill(path, 640)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT v FROM search_config WHERE k = 'automerge'").fetchone() == (0,)
        ((segments,),) = db.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchall()
    assert segments <= 4
    with JournalEditor(path) as editor:
        editor.delete(range(1, 320))
        ((segments,),) = editor._db.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchall()
    assert segments <= 8


def test_a_change_for_which_the_disk_has_no_space_says_so(path: Path) -> None:
    with JournalEditor(path) as editor:
        editor._db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="cannot be changed: database or disk is full") as caught:
            editor.note(1, "x" * 1_000_000)
    assert caught.value.hint == "free some disk space, then try again"
