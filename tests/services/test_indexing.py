"""Indexing of what an import has left to a search."""

from contextlib import closing
from pathlib import Path

import pytest

from hookscope import run_registry
from hookscope.filter import parse
from hookscope.journal import search_index
from hookscope.journal.connection import open_for_writing
from hookscope.run_registry import LiveRun
from hookscope.services.indexing import index_for
from tests.support.captures import feed_body, make_capture
from tests.support.importing import add_all


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal into which 300 captures were imported."""
    monkeypatch.setattr("hookscope.paths.runs_folder", lambda: tmp_path / "runs")
    add_all(tmp_path / "journal.db", (make_capture(feed_body(f"nr{n}")) for n in range(300)))
    return tmp_path / "journal.db"


def indexed(journal: Path) -> int:
    with closing(open_for_writing(journal)) as db:
        return search_index.up_to(db)


def live(journal: Path) -> LiveRun:
    return LiveRun(key=run_registry.new_key(), pid=1, address="", journal=str(journal), app_id="1", objects=())


def test_a_search_that_needs_the_index_fills_it(journal: Path) -> None:
    told: list[int] = []
    for wanted in ("", "id:10..20", "id:..200 nr7", "since:1h"):
        index_for(journal, parse(wanted), on_start=told.append)
    assert (told, indexed(journal)) == ([], 0)
    for _ in range(2):
        index_for(journal, parse("nr7"), on_start=told.append)
    assert (told, indexed(journal)) == ([300], 300)


def test_a_run_is_left_to_it(journal: Path) -> None:
    with run_registry.announce(live(journal)):
        index_for(journal, parse("nr7"))
    assert indexed(journal) == 0


def test_a_journal_that_cannot_be_written_is_searched_as_it_is(journal: Path) -> None:
    with closing(open_for_writing(journal)) as db:
        db.execute("CREATE TRIGGER no BEFORE UPDATE ON upkeep BEGIN SELECT RAISE(ABORT, 'no'); END")
    index_for(journal, parse("nr7"))
    assert indexed(journal) == 0


def test_a_journal_that_is_not_there_is_left_to_the_search(tmp_path: Path) -> None:
    index_for(tmp_path / "none.db", parse("nr7"))
