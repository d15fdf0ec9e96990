"""What a journal has for a filter that is being typed."""

from pathlib import Path
from typing import Any

from hookscope.journal.writer import JournalWriter
from hookscope.services.seen_values import seen_values
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake


async def test_values_come_newest_first_and_plain(tmp_path: Path) -> None:
    sender: dict[str, Any] = {"from": {"id": "\x1b[31m) or (", "name": "x"}}
    hostile = feed_body(**sender)
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for capture in (make_capture(), make_handshake(), make_capture(batch_body()), make_capture(hostile)):
            await journal.append(capture)
    found = seen_values(tmp_path / "journal.db")
    assert found == {
        "from": ("4670", "1234"),
        "entry": ("1234", "9"),
        "object": ("page", "whatsapp_business_account"),
        "field": ("feed", "messages"),
        "on": (str(WHEN.astimezone().date()),),
    }
    assert seen_values(tmp_path / "journal.db", run=7) == dict.fromkeys(found, ())
