"""Measure how soon the first hits of a search appear, beside a plain scan of the bodies; and the cost of the index.

    python -m tests.bench.search [CAPTURES]

The journal holds comments of 1 KiB, each with ids of its own; words are common, rare or in none. Nearly all were
delivered, some refused, and some wait for their application. First hits are the newest 20, as a screen shows them, with
their captures read. The scan is SQLite's LIKE over the bodies, measured in the same run: for a word that is in none,
both must have looked at everything, and their ratio is the figure to compare.
"""

import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import Any

from hookscope import filter as filters
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Cause, Delivery, Failure
from hookscope.model.timestamps import now
from tests.support.captures import feed_body, make_capture

_HITS = 20
_TIMES = 5
_ABSENT = "xylophone"
_WORDS = ["".join(parts) for parts in product(("ka", "lo", "mi", "ne", "pu", "ra", "so", "ti"), repeat=4)]
FILTERS = (
    "comment",
    "kalomine",
    "k",
    "needle",
    _ABSENT,
    "id:77777 or needle",
    "object:page field:feed kalo mine",
    '"kalo mine"',
    "sig:invalid",
    "sig:valid not ka",
    "from:1000000777",
    "is:marked",
    "status:2xx needle since:1h",
    "kind:stray since:1h",
    "app:2xx",
    "app:5xx",
    "app:4xx",
    "app:held field:feed",
    "not app:2xx",
    "$.entry[0].changes[0].value.item==comment",
    f"$.entry[0].changes[0].value.message=={_ABSENT}",
)
"""Terms of every kind that first hits are measured with."""


def comments(count: int) -> Iterator[bytes]:
    """Yield comments of random words, each with ids of its own."""
    random_ = random.Random(12)
    return (_comment(number, random_) for number in range(count))


def _capture(number: int, random_: random.Random) -> Capture:
    return make_capture(_comment(number, random_), received_at=now())


def _comment(number: int, random_: random.Random) -> bytes:
    said = " ".join(random_.choice(_WORDS) for _ in range(40))
    said += " needle" if number % 25_000 == 7 else ""
    who = {"id": str(1_000_000_000 + number % 5000), "name": "Tester"}
    changes: dict[str, Any] = {"comment_id": f"{number}_{random_.randrange(10**15)}", "from": who}
    return feed_body(said, **changes)


def _delivery(number: int) -> Delivery:
    held = number % 1000 in (5, 6)
    return Delivery(
        capture_id=number,
        cause=Cause.FORWARD,
        target="http://localhost:3000/hook",
        sent_at=now(),
        status=None if held else 503 if number % 5000 == 3 else 200,
        elapsed_ms=1.5,
        failure=Failure.UNREACHABLE if held else None,
    )


async def _fill(path: Path, captures: int) -> None:
    random_ = random.Random(12)
    async with JournalWriter(path) as journal:
        began, sizes = time.perf_counter(), [_size(path)]
        for start in range(0, captures, 1000):
            batch = [_capture(start + n, random_) for n in range(min(1000, captures - start))]
            kept = await asyncio.gather(*map(journal.append, batch))
            await journal.add_deliveries(*(_delivery(capture.id) for capture in kept))
        appended = time.perf_counter()
        sizes.append(_size(path))
        await journal.catch_up()
        done = time.perf_counter()
        sizes.append(_size(path))
        for name, seconds, grown in (
            ("appending", appended - began, sizes[1] - sizes[0]),
            ("indexing", done - appended, sizes[2] - sizes[1]),
        ):
            print(f"{name:<9} {seconds / captures * 1e6:6.0f} µs a capture, {grown / captures:6.0f} B")
        alone = await _latencies(journal, random_, backlog=0)
        beside = await _latencies(journal, random_, backlog=5000)
        await journal.catch_up()
    print(f"a capture's commit, index idle         p50 {alone[0]:5.2f} ms   p99 {alone[1]:5.2f} ms")
    print(f"a capture's commit, index being filled p50 {beside[0]:5.2f} ms   p99 {beside[1]:5.2f} ms")


async def _latencies(journal: JournalWriter, random_: random.Random, backlog: int) -> tuple[float, float]:
    """Return the times of single captures, one each 30 ms: about as often as the index is filled."""
    await asyncio.gather(*(journal.append(_capture(n, random_)) for n in range(backlog)))
    taken = []
    for n in range(100):
        await asyncio.sleep(0.03)
        began = time.perf_counter()
        await journal.append(_capture(n, random_))
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return statistics.median(taken), taken[98]


def _size(path: Path) -> int:
    connection = sqlite3.connect(path)
    ((pages,), (size,)) = (
        connection.execute("PRAGMA page_count").fetchone(),
        connection.execute("PRAGMA page_size").fetchone(),
    )
    connection.close()
    return int(pages) * int(size)


def _time(what: Callable[[], object]) -> tuple[float, float]:
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        what()
        taken.append((time.perf_counter() - began) * 1000)
    return taken[0], statistics.median(taken)


def _first_hits(path: Path, text: str) -> list[Capture]:
    with JournalReader(path) as history:
        return list(
            islice(history.captures(filters.compile_query(filters.parse(text), now()), newest_first=True), _HITS)
        )


def _all_hits(path: Path, text: str) -> int:
    with JournalReader(path) as history:
        return sum(1 for _ in history.capture_ids(filters.compile_query(filters.parse(text), now())))


def _scan(path: Path) -> list[object]:
    connection = sqlite3.connect(path)
    try:
        statement = "SELECT id FROM captures WHERE body LIKE ? ORDER BY id DESC LIMIT ?"
        return connection.execute(statement, (f"%{_ABSENT}%", _HITS)).fetchall()
    finally:
        connection.close()


def main() -> None:
    """Fill a journal, measure, print."""
    captures = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        asyncio.run(_fill(path, captures))
        _, scan = _time(lambda: _scan(path))
        print(f"{captures:,} captures; a scan of the bodies takes {scan:.0f} ms")
        print(f"{'':48}{'first hits':>12}{'worst':>9}{'all':>9}{'hits':>9}")
        slowest = absent = 0.0
        for text in FILTERS:
            first, usual = _time(partial(_first_hits, path, text))
            began = time.perf_counter()
            hits = _all_hits(path, text)
            took = (time.perf_counter() - began) * 1000
            print(f"{text:48}{usual:9.2f} ms{first:6.1f} ms{took:6.0f} ms{hits:9,}")
            slowest = max(slowest, first, usual)
            absent = usual if text == _ABSENT else absent
        print(f"slowest first hits {slowest:.1f} ms   ratio of the scan to a word that is in none: {scan / absent:.0f}")


if __name__ == "__main__":
    main()
