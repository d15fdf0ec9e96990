"""Open a journal as a screen does, or search it, and print the figures as JSON.

It runs in a process of its own, with the modules of the build that is measured.

    python history_probe.py JOURNAL open
    python history_probe.py JOURNAL search FILTER...
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from functools import partial
from itertools import islice
from pathlib import Path

from hookscope import filter as filters
from hookscope.journal.list_reader import ListReader
from hookscope.model.timestamps import now
from hookscope.views.timeline import Timeline

_ROWS = 40
_HITS = 20
_TIMES = 3


def main() -> None:
    """Measure what the command line names."""
    path, what, *terms = sys.argv[1:]
    print(json.dumps(_open(Path(path)) if what == "open" else _search(Path(path), terms)))


def _open(path: Path) -> Mapping[str, float]:
    before = _resident()
    with ListReader(path) as history:
        timeline = Timeline(UTC)
        elapsed = _milliseconds(partial(_first_screen, timeline, history))
        return {"ms": elapsed, "MiB": _resident() - before}


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def _first_screen(timeline: Timeline, history: ListReader) -> None:
    timeline.open(history)
    for row in range(_ROWS):
        timeline.row(timeline.count - 1 - row)


def _search(path: Path, terms: list[str]) -> Mapping[str, float]:
    with ListReader(path) as history:
        return {"ms": max(statistics.median(_times(history, term)) for term in terms)}


def _times(history: ListReader, term: str) -> list[float]:
    return [_milliseconds(partial(_first_hits, history, term)) for _ in range(_TIMES)]


def _first_hits(history: ListReader, term: str) -> None:
    query = filters.compile_query(filters.parse(term), now())
    list(islice(history.captures(query, newest_first=True), _HITS))


def _milliseconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
