"""Measure the speed and the memory of exporting and importing a history.

    python -m tests.bench.export [CAPTURES]

The journal holds comments of 0.5 KiB. Each command is a process of its own, its start included; the memory is its
largest resident size, and must not grow with the number of captures.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from hookscope.formats.exporters.registry import EXPORTERS
from hookscope.model.record import Capture
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.importing import add_all

_READABLE = ("ndjson", "har")


def _captures(count: int) -> Iterator[Capture]:
    for number in range(count):
        body = feed_body(f"message number {number} {'and so on ' * 30}", comment_id=f"901_{number}")
        yield make_capture(body, received_at=WHEN + timedelta(milliseconds=7 * number))


def _run(count: int, journal: Path, *arguments: str) -> None:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "hookscope", "--quiet", "--journal", os.fspath(journal), "captures", *arguments]
    subprocess.run(command, check=True)
    elapsed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime
    what = " ".join((arguments[0], Path(arguments[-1]).name))
    print(
        f"{what:<18} {count / elapsed:>9,.0f}/s  {elapsed:5.1f} s  {spent:5.1f} s of it computing"
        f"  at most {after.ru_maxrss >> 10} MiB so far"
    )


def main(count: int) -> None:
    """Measure every format there and, where it can be read, back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = folder / "journal.db"
        add_all(journal, _captures(count))
        for form in EXPORTERS:
            if form != "raw":  # a file for each capture is another matter
                _run(count, journal, "export", "--to", "3000", "--format", form, "-o", os.fspath(folder / form))
        for form in _READABLE:
            _run(count, folder / f"{form}.db", "import", os.fspath(folder / form))
            _run(count, folder / f"{form}.db", "import", os.fspath(folder / form))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
