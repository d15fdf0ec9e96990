"""Hostile notifications through the rows of the list and every page of the details, without a terminal."""

import asyncio
import random
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from hookscope.journal.list_reader import ListReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta import wire
from hookscope.model.record import Capture, Cause, Delivery
from hookscope.tui import cell_text
from hookscope.tui.render import capture_row
from hookscope.tui.render.columns import columns, heading
from hookscope.tui.render.detail_pages import DetailRequest, Tab, read
from hookscope.tui.theme import extent
from hookscope.views.timeline import Timeline
from tests.support.captures import SECRET, WHEN, make_capture, make_handshake
from tests.tui.test_hostile import EFFECTIVE, HOSTILE

TOGETHER = 100
WIDTH = 100


def texts(chance: random.Random) -> str:
    parts = [chance.choice(HOSTILE), chr(chance.choice([chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)]))]
    return "".join(chance.sample(parts, 2)) * chance.choice([1, 1, 1, 40])


def value(chance: random.Random, depth: int = 0) -> Any:
    if depth > 2 or chance.random() < 0.4:
        return chance.choice([texts(chance), None, True, -1, 1e300, 1449135003, [], {}])
    if chance.random() < 0.5:
        return [value(chance, depth + 1) for _ in range(chance.randrange(3))]
    names = ("item", "verb", "from", "name", "message", "id", "statuses", "messages", "status", "text", "body", "mid")
    return {chance.choice([*names, texts(chance)]): value(chance, depth + 1) for _ in range(chance.randrange(4))}


def body(chance: random.Random) -> bytes:
    changes = [{"field": chance.choice(["feed", "messages", texts(chance)]), "value": value(chance)} for _ in range(2)]
    entry = {"id": texts(chance), "time": chance.choice([1449135003, texts(chance)]), "changes": changes}
    found = wire.encode(
        {"object": chance.choice(["page", "whatsapp_business_account", texts(chance)]), "entry": [entry]}
    )
    if chance.random() < 0.2:
        at = chance.randrange(len(found))
        found = found[:at] + chance.randbytes(3) + found[at:]
    return found


def capture(chance: random.Random) -> Capture:
    if chance.random() < 0.1:
        return make_handshake(accepted=False, reason=texts(chance))
    return make_capture(body(chance), flaw=chance.choice([None, texts(chance)]), note=texts(chance))


def delivery(capture_id: int, text: str) -> Delivery:
    return Delivery(
        capture_id=capture_id,
        cause=Cause.FORWARD,
        target=text,
        sent_at=WHEN,
        status=None,
        elapsed_ms=1,
        error=text,
        answer=text.encode(),
    )


def is_harmless(text: str) -> None:
    assert not EFFECTIVE.search(text), repr(text)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("count", "opened"), [(10, 1), pytest.param(10_000, 20, marks=pytest.mark.slow)])
async def test_hostile_notifications_are_told_as_text(tmp_path: Path, count: int, opened: int) -> None:
    chance, path = random.Random(7), tmp_path / "journal.db"
    async with JournalWriter(path) as journal:
        for _ in range(0, count, TOGETHER):
            captures = [capture(chance) for _ in range(min(TOGETHER, count))]
            stored = await asyncio.gather(*(journal.append(one, identify=Capture.identify) for one in captures))
            await journal.add_deliveries(*(delivery(one.id, texts(chance)) for one in stored))
    with ListReader(path) as history:
        timeline, moment = Timeline(UTC), capture_row.Moment(today=WHEN, forwards=True)
        timeline.open(history)
        timeline.prepend(history.outline(before=timeline.oldest))
        assert timeline.total >= count
        for width in (60, WIDTH):
            shape = columns(width, forwarding=True)
            for number in range(timeline.count):
                pieces = capture_row.row(timeline.row(number), shape, moment)
                is_harmless(shown := "".join(text for _, text in pieces))
                assert sum(map(cell_text.width, shown)) == extent(heading(shape, [])), repr(shown)
    for number in range(1, count + 1, opened):
        for tab in Tab:
            wanted = DetailRequest(capture_id=number, tab=tab, width=WIDTH)
            details = read(path, wanted, WHEN, {"the app secret": SECRET})
            assert details
            for _, text in (*details.verdict, *(piece for line in details.rows for row in line for piece in row)):
                is_harmless(text)
