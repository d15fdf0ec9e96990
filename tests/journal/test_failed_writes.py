"""A write of many rows that fails halfway leaves none of them, whoever waits for it and however it is tried again."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.journal.writer_thread import Write, WriterThread
from hookscope.meta import wire
from hookscope.model.append import Append, Identify
from hookscope.model.record import Capture
from tests.support.captures import feed_body, make_capture
from tests.support.identities import named

_NO_UPDATES = "CREATE TRIGGER broken BEFORE UPDATE ON captures BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END"


@contextmanager
def unchangeable(journal: Path) -> Iterator[None]:
    """Have rows added to the journal, but not completed afterwards, as when the disk fills up in between."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        db.execute(_NO_UPDATES)
        yield
        db.execute("DROP TRIGGER broken")


def status_body(state: str) -> bytes:
    """Return the status of a WhatsApp message."""
    status = {"id": "wamid.1", "status": state, "timestamp": "1700000000", "recipient_id": "4670"}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "statuses": [status]}}
    return wire.encode({"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]})


async def append_together(journal: JournalWriter, *captures: tuple[Capture, Identify]) -> list[Capture | BaseException]:
    """Append captures in one statement."""
    appends = (journal.append(capture, identify=identify) for capture, identify in captures)
    return await asyncio.gather(*appends, return_exceptions=True)


async def test_each_of_two_alike_is_kept_once_if_they_cannot_be_marked_together(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with JournalWriter(path) as journal:
        with unchangeable(path):
            alike = (make_capture(feed_body("a")), named("a"))
            kept = await append_together(journal, alike, alike, (make_capture(feed_body("b")), named("b")))
    with JournalReader(path) as history:
        assert list(history.captures()) == kept
    assert [one.duplicate_of for one in kept if isinstance(one, Capture)] == [None, 1, None]


async def test_statuses_that_cannot_be_linked_are_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with JournalWriter(path) as journal:
        with unchangeable(path):
            statuses = [(make_capture(status_body(state)), Capture.identify) for state in ("sent", "read")]
            kept = await append_together(journal, *statuses)
    with JournalReader(path) as history:
        assert list(history.captures()) == kept


def test_the_end_of_a_loop_loses_nothing_that_its_writer_has_got(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with asyncio.Runner() as runner:
        thread = WriterThread(path, runner.get_loop())
        waiters = [runner.get_loop().create_future() for _ in range(2)]
    for waiter in waiters:
        thread.put([Write(Append(make_capture()), waiter)])
    thread.end()
    assert not thread.is_alive
    with JournalReader(path) as history:
        assert list(history.ids()) == [1, 2]
