"""Measure how soon a list of many captures is there, and what its rows cost.

    python -m tests.bench.rows [JOURNAL]

Without a journal, one of 1,000,000 captures of two runs is made in a temporary folder. The batch has 1,000 changes.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from hookscope.journal import codec
from hookscope.journal.list_reader import ListReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta import wire
from hookscope.model.record import Run
from hookscope.views.rows import plain_keys
from hookscope.views.timeline import Timeline
from tests.support.captures import WHEN, feed_body, make_capture

_T = TypeVar("_T")

_CAPTURES = 1_000_000
_ROWS = 40


async def _make(path: Path) -> None:
    async with JournalWriter(path) as journal:
        for key in ("one", "two"):
            await journal.begin_run(Run(key=key, app_id="1", objects=("page",), targets=(), started_at=WHEN))
        kinds = [make_capture(feed_body("x" * 300 + str(n), comment_id=f"1_{n}")) for n in range(100)]
        rows = [codec.capture_values(capture, 1.0, None, ()) for capture in kinds]
        statement = codec.insert("captures", codec.CAPTURE_COLUMNS)
        values = ((1 + (n > _CAPTURES // 3), *rows[n % 100][1:]) for n in range(_CAPTURES))
        await journal._write(lambda db: db.executemany(statement, values))


def _timed(name: str, what: Callable[[], _T]) -> _T:
    began = time.perf_counter()
    done = what()
    print(f"{name:<44} {(time.perf_counter() - began) * 1000:8.1f} ms")
    return done


def _measure(path: Path, run: int | None) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ListReader(path) as history:
        timeline = Timeline(UTC)
        _timed(f"open, {'all' if run is None else 'one run'}", lambda: timeline.open(history, run))
        _timed("the first screen of rows", lambda: [timeline.row(timeline.count - 1 - n) for n in range(_ROWS)])
        older = _timed("the older ones (off the event loop)", lambda: history.outline(before=timeline.oldest, run=run))
        plain = _timed("their rows (off the event loop)", lambda: plain_keys(older.ids))
        _timed("put them before the others", lambda: timeline.prepend(older, plain))
        timeline.select(timeline.count // 2)
        _timed("a screen in the middle", lambda: [timeline.row(timeline.selected + n) for n in range(_ROWS)])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{timeline.count:,} rows, +{grown:.0f} MB at the most\n")


async def _batch(folder: Path) -> None:
    value = {"item": "comment", "verb": "add", "from": {"id": "1", "name": "Tester"}, "message": "x" * 60}
    changes = [{"field": "feed", "value": {**value, "comment_id": f"1_{n}"}} for n in range(1000)]
    body = wire.encode({"object": "page", "entry": [{"id": "1", "time": 1449135003, "changes": changes}]})
    async with JournalWriter(folder / "batch.db") as journal:
        await journal.append(make_capture(body), identify=lambda capture: capture.identify())
    with ListReader(folder / "batch.db") as history:
        timeline = Timeline(UTC)
        _timed(f"a batch of 1,000, {len(body) >> 10} KiB: its rows", lambda: timeline.open(history))
        _timed("its first paint, yet without events", lambda: timeline.row(timeline.count - 1))
        _timed("its events (off the event loop)", lambda: timeline.reader.put_events(1, *history.events(1)))
        assert timeline.row(timeline.count - 1).event


def main() -> None:
    """Measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "journal.db"
        if not path.exists():
            asyncio.run(_make(path))
        for run in (None, 2):
            _measure(path, run)
        asyncio.run(_batch(Path(folder)))


if __name__ == "__main__":
    main()
