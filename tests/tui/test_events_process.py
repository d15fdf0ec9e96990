"""A body with tens of thousands of events reaches the list without being decoded in the screen's process."""

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest

from hookscope.errors import JournalError
from hookscope.journal.writer import JournalWriter
from hookscope.meta import notification, wire
from hookscope.tui.workers import events_process
from hookscope.tui.workers.journal_view import JournalView
from tests.support.captures import WHEN, make_capture

_EVENTS = 60_000


def _body(events: int) -> bytes:
    value = {"item": "comment", "verb": "add", "from": {"id": "1", "name": "Tester"}}
    changes = [{"field": "feed", "value": {**value, "message": f"number {n}"}} for n in range(events)]
    return wire.encode({"object": "page", "entry": [{"id": "1", "time": 1449135003, "changes": changes}]})


async def _shown(journal: Path, body: bytes) -> tuple[JournalView, list[int]]:
    """Show a body as the screen does; return what shows it, and the sizes of the bodies that this process decoded."""
    async with JournalWriter(journal) as writer:
        await writer.append(make_capture(body))
    view, decoded = JournalView(journal, None), list[int]()

    def decode(body: bytes) -> object:
        decoded.append(len(body))
        return _decode(body)

    _decode = wire.decode
    with patch.object(wire, "decode", decode):
        view.show_run(None)
        view.refresh(WHEN)
        view.timeline.row(0)
        async with asyncio.timeout(60):
            await view.catch_up(lambda _: None)
    return view, decoded


async def test_the_events_of_a_very_large_body_come_from_another_process(tmp_path: Path) -> None:
    body = _body(_EVENTS)
    view, decoded = await _shown(tmp_path / "journal.db", body)
    assert decoded == []
    line = view.timeline.line(0)
    assert line is not None
    parsed = notification.parse(body)
    assert [event.words for event in line.events] == [f"number {n}" for n in range(notification.MAX_EVENTS)]
    assert (line.is_large, line.problem) == (False, parsed.problem)
    view.close()


async def test_other_large_bodies_are_decoded_in_a_thread(tmp_path: Path) -> None:
    body = _body(1000)
    view, decoded = await _shown(tmp_path / "journal.db", body)
    assert decoded == [len(body)]
    assert max(decoded) <= events_process.LARGE
    view.close()


def test_a_process_that_fails_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(JournalError) as error:
        events_process.read_events(tmp_path / "none.db", 1)
    assert error.value.hint == "open it"
