"""The captures that a selection means."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import LAST, EventRef
from hookscope.services.events import EventLoader
from hookscope.services.selection import Selection, find
from tests.support.captures import batch_body, feed_body, make_capture, make_handshake


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[JournalReader]:
    """A notification, a handshake, and a notification."""
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for capture in (make_capture(), make_handshake(), make_capture(b'{"object":"user"}')):
            await journal.append(capture)
    with JournalReader(tmp_path / "journal.db") as history:
        yield history


def test_all_are_meant_where_none_is_named(history: JournalReader) -> None:
    assert [capture.id for capture in Selection().captures(history)] == [1, 2, 3]
    assert [capture.id for capture in Selection(wanted="kind:handshake").captures(history)] == [2]


def test_named_captures_come_in_their_order(history: JournalReader) -> None:
    selection = Selection(chosen=(LAST, range(1, 3)))
    assert [capture.id for capture in selection.captures(history)] == [3, 1, 2]
    assert selection.existing_ids(history) == [1, 2, 3]
    assert list(selection.sendable_ids(history)) == [3, 1]


async def test_events_are_named_beside_captures_and_one_that_is_all_of_its_capture_stands_for_it(
    tmp_path: Path,
) -> None:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for body in (batch_body(), feed_body()):
            await journal.append(make_capture(body))
    with JournalReader(tmp_path / "journal.db") as history:
        selection = Selection(chosen=(EventRef(1, 2), EventRef(LAST, 1)))
        assert selection.existing_refs(history) == [(1, 2), (2, 0)]
        with pytest.raises(UsageError, match=r"there is no #1\.3"):
            Selection(chosen=(EventRef(1, 3),)).existing_refs(history)


@pytest.mark.parametrize("position", [1, 1023, 1024, 1025, 1100])
async def test_the_event_that_is_sent_is_the_one_that_was_named(tmp_path: Path, position: int) -> None:
    texts = [f"text {number}" for number in range(1, 1101)]
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for body in (batch_body(*texts), batch_body("other", "others")):
            await journal.append(make_capture(body))
    with JournalReader(tmp_path / "journal.db") as history:
        numbers = Selection(chosen=(EventRef(1, position),)).sendable_ids(history)
        [capture] = (
            EventLoader(history, lambda one: pytest.fail(f"no secret for #{one.id}"), resign=False)
            .captures_by_id(numbers)
            .values()
        )
    assert json.loads(capture.request.body)["entry"] == json.loads(batch_body(f"text {position}"))["entry"]


def test_a_number_that_is_not_there_is_refused_before_anything_is_yielded(history: JournalReader) -> None:
    for use in (Selection.existing_ids, Selection.sendable_ids, lambda one, history: next(one.captures(history))):
        with pytest.raises(UsageError, match="no capture #99"):
            use(Selection(chosen=(1, 99)), history)
    assert find(history, LAST).id == 3


def test_an_empty_range_means_none(history: JournalReader) -> None:
    with pytest.raises(UsageError, match="no capture with such an id"):
        Selection(chosen=(range(10, 20),)).existing_ids(history)
    with pytest.raises(UsageError, match="no capture matches"):
        Selection(chosen=(range(10, 20),)).sendable_ids(history)
    with pytest.raises(UsageError, match="no captures are named"):
        Selection().sendable_ids(history)
