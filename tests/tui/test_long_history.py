from pathlib import Path

import pytest

from hookscope.journal import codec
from hookscope.journal.writer import JournalWriter
from tests.support.captures import WHEN, feed_body, make_capture
from tests.tui.stage import Stage, stage

_COLUMNS = codec.CAPTURE_COLUMNS
_MULTIPLY = f"""
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)
    INSERT INTO captures ({_COLUMNS}) SELECT {_COLUMNS} FROM captures, counted WHERE id = 1
"""


async def fill(path: Path, captures: int) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(feed_body("first of many")))
        await journal._write(lambda db: db.execute(_MULTIPLY, (captures - 1,)))


async def loaded(shown: Stage, count: int) -> None:
    await shown.until(lambda: shown.app.main.timeline.count == count, f"{count} rows")


@pytest.mark.slow
async def test_a_hundred_thousand_captures_are_all_there(tmp_path: Path) -> None:
    await fill(tmp_path / "journal.db", 100_000)
    async with stage(tmp_path) as shown:
        await shown.see("first of many")
        await loaded(shown, 100_000)
        assert shown.app.main.timeline.capture_id == 100_000
        await shown.press("g", "enter")
        await shown.see("#1  page.feed")
        await shown.press("escape", "G", "enter")
        await shown.see("#100000  page.feed")


@pytest.mark.slow
async def test_rows_that_load_in_front_do_not_move_what_is_looked_at(tmp_path: Path) -> None:
    await fill(tmp_path / "journal.db", 30_000)
    async with stage(tmp_path) as shown:
        await shown.see("first of many")
        await shown.press("k", "k")
        await loaded(shown, 30_000)
        assert shown.app.main.timeline.capture_id == 29_998
        assert any(line.startswith("▌") for line in shown.frame().splitlines())
        [added] = await shown.engine.receive(make_capture(feed_body("the newest"), received_at=WHEN))
        await shown.see("1 new")
        assert shown.app.main.timeline.capture_id == 29_998
        await shown.press("G")
        assert shown.app.main.timeline.capture_id == added.id
        await shown.see("the newest")
