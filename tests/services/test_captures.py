"""Reading and changing the history."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.filter import parse
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture, Kind
from hookscope.services import captures
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake
from tests.support.old_journal import downgrade


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    """A notification, a handshake, and a notification."""
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for capture in (make_capture(), make_handshake(), make_capture(b'{"object":"user"}')):
            await journal.append(capture)
    return tmp_path / "journal.db"


def test_marks_and_notes_are_there_until_they_are_taken_away(journal: Path) -> None:
    assert captures.mark(journal, [EventRef(3), EventRef(1)], marked=True) == 2
    assert captures.marked_refs(journal) == [(1, 0), (3, 0)]
    captures.note(journal, 1, "odd")
    assert [(one.id, one.note) for one in captures.captures_by_id(journal, [3, 99, 1])] == [(3, None), (1, "odd")]
    captures.note(journal, 1, " ")
    captures.mark(journal, [EventRef(1)], marked=False)
    assert captures.marked_refs(journal) == [(3, 0)]
    assert captures.captures_by_id(journal, [1])[0].note is None


async def test_an_event_of_a_batch_is_marked_alone_and_its_capture_counts_as_marked(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as writer:
        for _ in range(2):
            await writer.append(make_capture(batch_body("a", "b", "c")))
    journal = writer.path
    assert captures.mark(journal, [EventRef(1, 3), EventRef(1, 1), EventRef(9, 1)], marked=True) == 1
    assert captures.marked_refs(journal) == [(1, 1), (1, 3)]
    assert captures.prunable_ids(journal, keep=0, older_than=None) == [2]
    assert [one.position for one in captures.named_captures(journal, captures.marked_refs(journal))] == [1, 3]
    captures.mark(journal, [EventRef(1, 1)], marked=False)
    captures.mark(journal, [EventRef(1, 2)], marked=False)
    assert captures.marked_refs(journal) == [(1, 3)]
    captures.mark(journal, [EventRef(1)], marked=True)
    captures.mark(journal, [EventRef(1, 2)], marked=False)
    assert captures.marked_refs(journal) == [(1, 0)]
    captures.mark(journal, [EventRef(1, 2)], marked=True)
    assert captures.marked_refs(journal) == [(1, 2)]
    captures.mark(journal, [EventRef(1, 2)], marked=False)
    assert captures.prunable_ids(journal, keep=0, older_than=None) == [1, 2]


async def test_the_marks_of_events_go_with_their_capture(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as writer:
        await writer.append(make_capture(batch_body("a", "b", "c")))
    captures.mark(writer.path, [EventRef(1, 2)], marked=True)
    captures.delete(writer.path, [1])
    with closing(sqlite3.connect(writer.path)) as db:
        assert db.execute("SELECT count(*) FROM marked_events").fetchone() == (0,)


async def test_a_journal_of_an_earlier_version_has_marks_on_whole_captures_and_then_on_events(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as writer:
        await writer.append(make_capture(batch_body("a", "b", "c")))
    captures.mark(writer.path, [EventRef(1)], marked=True)
    downgrade(writer.path, 5)
    assert captures.marked_refs(writer.path) == [(1, 0)]
    captures.mark(writer.path, [EventRef(1, 2)], marked=True)
    assert captures.marked_refs(writer.path) == [(1, 2)]


def test_the_newest_matches_come_oldest_first(journal: Path) -> None:
    def newest(text: str, since: datetime | None = None, most: int | None = None) -> list[int]:
        return [one.id for one in captures.newest_captures(journal, parse(text), since=since, most=most)]

    assert newest("") == [1, 2, 3]
    assert newest("", most=2) == [2, 3]
    assert newest("kind:notification", since=WHEN, most=1) == [3]
    assert newest("", since=WHEN + timedelta(seconds=1)) == []


def test_marked_and_new_captures_are_not_pruned(journal: Path) -> None:
    captures.mark(journal, [EventRef(1)], marked=True)
    assert captures.prunable_ids(journal, keep=1, older_than=None) == [2]
    assert captures.prunable_ids(journal, keep=None, older_than="0s") == [2, 3]
    with pytest.raises(UsageError, match="what to keep"):
        captures.prunable_ids(journal, keep=None, older_than=None)
    assert captures.pending_ids(journal, [2]) == ()
    assert captures.delete(journal, [2]).deleted == 1
    assert captures.read_details(journal, 2) is None


def test_captures_are_deleted_until_none_is_named(journal: Path) -> None:
    named = iter([[2], [3], [3]])
    done = captures.delete_and_free(journal, [1], lambda: next(named))
    assert (done.deleted, done.pending) == (3, ())
    assert next(named, None) is None


async def test_the_space_of_deleted_captures_is_returned(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as writer:
        for number in range(40):
            await writer.append(make_capture(feed_body("x" * 20_000, comment_id=f"1_{number}")))
    before = writer.path.stat().st_size
    done = captures.delete_and_free(writer.path, range(1, 41))
    assert done.deleted == 40
    assert done.freed > before // 2


def test_details_say_why_nothing_was_sent(journal: Path) -> None:
    details = captures.read_details(journal, 1)
    assert details is not None
    assert (details.deliveries, details.run) == ([], None)
    assert details.explain_not_sent() == "not sent to any app"


@pytest.mark.parametrize(
    ("capture", "reason"),
    [
        (make_handshake(), "handshakes are only with --forward-handshakes"),
        (make_capture(b"", kind=Kind.STRAY), "it is not from Meta"),
        (make_capture(signature=Signature(verdict=SignatureVerdict.INVALID)), "its signature is invalid"),
        (make_capture(signature=Signature(verdict=SignatureVerdict.MISSING)), "its signature is missing"),
    ],
)
def test_what_no_run_forwards_by_itself_has_a_reason(capture: Capture, reason: str) -> None:
    details = captures.CaptureDetails(capture=capture, deliveries=[], run=None)
    assert details.explain_not_sent() == f"not sent to any app: {reason}"


async def test_an_event_is_compared_with_the_last_event_like_it(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as writer:
        for body in (batch_body("first", "second"), batch_body("third", "fourth")):
            await writer.append(make_capture(body))
    (event,) = captures.named_captures(writer.path, [EventRef(2, 1)])
    before = captures.previous_of_kind(writer.path, event)
    assert before is not None
    assert (before.id, [one.summary for one in before.events]) == (1, ["text from 4670: second"])
    (batch,) = captures.captures_by_id(writer.path, [2])
    assert len((captures.previous_of_kind(writer.path, batch) or event).events) == 2
