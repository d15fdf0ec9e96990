"""Make a journal of many captures as a run makes it, each with its identity, and print the bytes of headers and bodies.

It runs in a process of its own, with the modules of the build that is measured.

    python history_maker.py JOURNAL CAPTURES
"""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from hookscope.journal.editor import JournalEditor
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture
from tests.bench.search import comments
from tests.support.captures import make_capture

_FIRST = datetime(2026, 11, 18, tzinfo=UTC)
_TOGETHER = 512


async def _fill(path: Path, captures: Iterator[Capture]) -> int:
    content = 0
    async with JournalWriter(path) as journal:
        while part := list(islice(captures, _TOGETHER)):
            await asyncio.gather(*(journal.append(capture, identify=Capture.identify) for capture in part))
            content += sum(_size(capture) for capture in part)
    with JournalEditor(path) as editor:
        editor.catch_up()
    return content


def _captures(count: int) -> Iterator[Capture]:
    """Yield a capture a second."""
    return (
        make_capture(body, received_at=_FIRST + timedelta(seconds=number))
        for number, body in enumerate(comments(count))
    )


def _size(capture: Capture) -> int:
    request = capture.request
    return len(request.body) + sum(len(name) + len(value) for name, value in request.headers)


if __name__ == "__main__":
    print(asyncio.run(_fill(Path(sys.argv[1]), _captures(int(sys.argv[2])))))
