"""Answers of the Graph API that are kept with captures."""

from pathlib import Path

import pytest

from hookscope.journal.editor import JournalEditor
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.timestamps import now
from tests.support.captures import feed_body, make_capture
from tests.support.old_journal import downgrade


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    async with JournalWriter(path) as writer:
        for _ in range(2):
            await writer.append(make_capture(feed_body()))
    return path


def _node(capture_id: int, answer: object, node: str = "1_2") -> FetchedNode:
    at = now().replace(microsecond=0)
    return FetchedNode(capture_id=capture_id, kind="comment", node=node, fetched_at=at, answer=answer)


def _fetched(journal: Path, number: int) -> list[FetchedNode]:
    with JournalReader(journal) as reader:
        return reader.fetched(number)


async def test_answers_come_back_as_they_were_kept_and_newer_ones_replace_them(journal: Path) -> None:
    first, other, newer = _node(1, {"a": "ä"}), _node(1, [1, None], "3"), _node(1, {"b": 2})
    with JournalEditor(journal) as editor:
        editor.keep_fetched([first, other])
        editor.keep_fetched([newer])
    assert sorted(_fetched(journal, 1), key=lambda one: one.node) == [newer, other]
    assert _fetched(journal, 2) == []


async def test_they_go_with_their_capture(journal: Path) -> None:
    with JournalEditor(journal) as editor:
        editor.keep_fetched([_node(1, {}), _node(2, {})])
        editor.delete([1])
    assert _fetched(journal, 1) == []
    assert len(_fetched(journal, 2)) == 1


async def test_a_journal_of_the_version_before_is_read_without_them_and_then_migrated(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    async with JournalWriter(path) as writer:
        await writer.append(make_capture(feed_body()))
    downgrade(path, 2)
    assert _fetched(path, 1) == []
    with JournalEditor(path) as editor:
        editor.keep_fetched([_node(1, {"new": True})])
    assert _fetched(path, 1)[0].answer == {"new": True}
