import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.errors import JournalError
from hookscope.journal import bulk_import, search_index
from hookscope.journal.bulk_import import Added
from hookscope.journal.connection import open_for_writing
from hookscope.journal.inserts import insert
from hookscope.journal.reader import JournalReader
from hookscope.journal.staging import pack
from hookscope.journal.writer import JournalWriter
from hookscope.model.append import Append
from hookscope.model.record import Capture, Source
from tests.support.captures import WHEN, make_capture
from tests.support.importing import add_all


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


def held(path: Path) -> list[Capture]:
    with JournalReader(path) as history:
        return list(history.captures())


def several(count: int, **changes: object) -> list[Capture]:
    return [
        make_capture(b"%d" % n, id=100 + n, received_at=WHEN + timedelta(seconds=n), source=Source.IMPORT, **changes)
        for n in range(count)
    ]


async def test_they_come_after_what_is_there_in_their_order(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
    given = several(3)
    assert add_all(path, given) == Added(added=3, known=0)
    assert held(path)[1:] == [replace(capture, id=number) for number, capture in enumerate(given, 2)]
    async with JournalWriter(path) as journal:
        assert (await journal.append(make_capture())).id == 5


def test_existing_captures_are_not_added_again(path: Path) -> None:
    add_all(path, several(3))
    assert add_all(path, several(5)) == Added(added=2, known=3)
    assert len(held(path)) == 5
    assert add_all(path, several(5)) == Added(added=0, known=5)


def test_twins_of_one_file_are_both_added_and_both_known(path: Path) -> None:
    twins = several(1) * 2
    assert add_all(path, twins) == Added(added=2, known=0)
    assert add_all(path, twins) == Added(added=0, known=2)


def test_links_lead_to_the_new_numbers(path: Path) -> None:
    add_all(path, [make_capture(b"before")])
    first, second, third = several(3)
    add_all(path, [first, replace(second, duplicate_of=first.id), replace(third, replay_of=first.id, duplicate_of=1)])
    assert [(one.id, one.duplicate_of, one.replay_of) for one in held(path)[1:]] == [
        (2, None, None),
        (3, 2, None),
        (4, None, 2),
    ]


@pytest.mark.parametrize("link", [{"replay_of": 100}, {"originals": (None, 100)}, {"duplicate_of": 100}])
def test_a_link_of_either_kind_alone_leads_to_the_new_number(path: Path, link: dict[str, object]) -> None:
    add_all(path, [make_capture(b"before")])
    first, second = several(2)
    add_all(path, [first, replace(second, **link)])
    linked = held(path)[-1]
    assert {linked.replay_of, *linked.originals, linked.duplicate_of} - {None} == {2}


def test_links_lead_to_what_is_there_already(path: Path) -> None:
    first, second = several(2)
    add_all(path, [first])
    add_all(path, [first, replace(second, duplicate_of=first.id)])
    assert [one.duplicate_of for one in held(path)] == [None, 1]


def test_a_file_that_breaks_off_leaves_the_journal_as_it_was(path: Path) -> None:
    def broken() -> Iterator[Capture]:
        yield from several(50)
        raise RuntimeError("half a file")

    add_all(path, several(1))
    with pytest.raises(RuntimeError, match="half a file"):
        add_all(path, broken())
    assert len(held(path)) == 1


async def test_a_run_can_write_while_captures_come_in(path: Path) -> None:
    given = several(10)

    def slowly() -> Iterator[Capture]:
        for capture in given:
            connection = open_for_writing(path)
            connection.execute("BEGIN IMMEDIATE")  # It would fail if the import held the lock.
            connection.execute("ROLLBACK")
            connection.close()
            yield capture

    assert add_all(path, slowly()) == Added(added=10, known=0)


def test_a_journal_that_cannot_be_written_says_so(path: Path) -> None:
    add_all(path, several(1))
    connection = sqlite3.connect(path)
    connection.execute("CREATE TRIGGER no BEFORE INSERT ON captures BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    connection.commit()
    connection.close()
    with pytest.raises(JournalError, match="the disk is full") as caught:
        add_all(path, several(3))
    assert caught.value.done == "nothing was imported"
    assert len(held(path)) == 1


def test_marked_events_stay_marked(path: Path) -> None:
    first, second, third = several(3)
    given = [first, replace(second, marked=True, marked_events=(1, 3)), replace(third, marked=True)]
    add_all(path, given)
    # What is there keeps the marks that it has.
    add_all(path, [replace(first, marked=True, marked_events=(2,)), make_capture(b"new")])
    assert [(one.marked, one.marked_events) for one in held(path)][:3] == [(False, ()), (True, (1, 3)), (True, ())]
    with closing(open_for_writing(path)) as db:
        assert db.execute("SELECT count(*) FROM marked_events").fetchone() == (2,)


def test_the_links_of_a_batch_lead_to_the_new_numbers(path: Path) -> None:
    add_all(path, [make_capture(b"before")])
    first, second, third = several(3)
    batch = replace(third, originals=(first.id, None, second.id, 7))
    add_all(path, [first, replace(second, originals=(first.id, first.id), duplicate_of=first.id), batch])
    assert [one.originals for one in held(path)] == [(), (), (2, 2), (2, None, 3, None)]


async def test_others_can_write_between_two_batches(path: Path) -> None:
    """No lock is held for longer than one batch takes."""
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(b"first"))
    between: list[int] = []

    def write(added: Added) -> None:
        with closing(open_for_writing(path)) as other:
            other.execute("PRAGMA busy_timeout = 0")
            insert(other, [Append(make_capture(b"between"))])
            between.append(added.added)

    batches = (pack(several(2)) for _ in range(3))
    assert bulk_import.add_all(path, batches, watch=write) == Added(added=6, known=0)
    assert between == [2, 4, 6]
    assert [one.request.body for one in held(path)] == [b"first", *[b"0", b"1", b"between"] * 3]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), sqlite3.OperationalError("the disk is full")])
def test_what_was_added_before_a_failure_is_removed_again(path: Path, error: BaseException) -> None:
    add_all(path, several(1))

    def fail(added: Added) -> None:
        with closing(open_for_writing(path)) as other:
            insert(other, [Append(make_capture(b"of a run"))])
            search_index.fill(other)
        if added.added == 4:
            raise error

    captures = [replace(one, marked=True, marked_events=(1,)) for one in several(7)[1:]]
    with pytest.raises((KeyboardInterrupt, JournalError)) as caught:
        bulk_import.add_all(path, (pack(captures[n : n + 2]) for n in (0, 2, 4)), watch=fail)
    assert getattr(caught.value, "done", "nothing was imported") == "nothing was imported"
    assert [one.request.body for one in held(path)] == [b"0", b"of a run", b"of a run"]
    with closing(open_for_writing(path)) as db:
        assert db.execute("SELECT count(*) FROM marked_events").fetchone() == (0,)


def test_a_run_keeps_the_captures_that_take_the_numbers_of_a_failed_batch(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_all(path, several(1))
    with closing(open_for_writing(path)) as run:
        run.execute(
            "CREATE TRIGGER no AFTER INSERT ON captures WHEN new.body = x'33' "
            "BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
        )

        def come(_: object) -> bool:
            insert(run, [Append(make_capture(b"of a run"))])
            return False

        def watch(_: Added) -> None:
            monkeypatch.setattr(bulk_import, "live_runs", come)  # Called between two transactions.

        with pytest.raises(JournalError, match="the disk is full"):
            bulk_import.add_all(path, (pack(several(5)[n : n + 2]) for n in (1, 3)), watch=watch)
    assert [(one.id, one.request.body) for one in held(path)] == [(1, b"0"), (4, b"of a run"), (5, b"of a run")]


def test_what_cannot_be_removed_is_told(path: Path) -> None:
    def fail(_: Added) -> None:
        with closing(open_for_writing(path)) as other:
            other.execute("CREATE TRIGGER no BEFORE DELETE ON captures BEGIN SELECT RAISE(ABORT, 'no'); END")
        raise sqlite3.OperationalError("the disk is full")

    with pytest.raises(JournalError, match="the disk is full") as caught:
        bulk_import.add_all(path, [pack(several(3))], watch=fail)
    assert (caught.value.done or "").startswith("some of the captures were imported")
    assert "import the file again" in (caught.value.hint or "")
    with closing(open_for_writing(path)) as db:
        db.execute("DROP TRIGGER no")
    assert add_all(path, several(4)) == Added(added=1, known=3)


def test_links_reach_back_over_batches_to_the_nearest(path: Path) -> None:
    add_all(path, several(1))
    first, second, third, fourth = (replace(one, id=9) for one in several(4))  # `first` is known already.
    linked = [first, second, replace(third, duplicate_of=9), replace(fourth, replay_of=9)]
    assert add_all(path, linked, at_once=1) == Added(added=3, known=1)
    assert [(one.duplicate_of, one.replay_of) for one in held(path)] == [
        (None, None),
        (None, None),
        (2, None),
        (None, 3),
    ]
