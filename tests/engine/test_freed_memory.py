"""What a burst has left free is given back to the system."""

import asyncio
import platform
from collections.abc import Iterator

import pytest

from hookscope.engine import freed_memory
from tests.support.processes import needs_proc, python

_LEAVE_HOLES = """
from pathlib import Path
from hookscope.engine.freed_memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

before = resident()
pieces = [bytes(1000) for _ in range(40_000)]
kept = pieces[::50]
del pieces
free = resident() - before
give_back()
print(free, resident() - before)
"""


class Done(Exception):  # noqa: N818 - it is no error that the test is over
    """Ends the watch."""


@needs_proc
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked")
async def test_memory_between_pieces_that_are_used_is_given_back() -> None:
    async with python("-c", _LEAVE_HOLES) as process:
        said, _ = await process.communicate()
    free, left = map(int, said.split())
    assert left < free / 2


@pytest.mark.parametrize(
    ("counts", "given"),
    [
        ([0, 5000, 5000], 1),
        ([0, 5000, 6000], 0),  # It goes on.
        ([0, 4000, 4000], 0),  # It is not worth it.
        ([0, 5000, 5000, 5000, 9000, 9000], 1),
        ([0, 5000, 5000, 9999, 9999], 2),
    ],
)
async def test_memory_is_given_back_after_each_burst(
    monkeypatch: pytest.MonkeyPatch, counts: list[int], given: int
) -> None:
    coming: Iterator[int] = iter(counts)
    calls: list[None] = []

    def count() -> int:
        try:
            return next(coming)
        except StopIteration:
            raise Done from None

    monkeypatch.setattr(freed_memory, "_LOOK_SECONDS", 0)
    monkeypatch.setattr(freed_memory, "give_back", lambda: calls.append(None))
    with pytest.raises(Done):
        await asyncio.wait_for(freed_memory.give_back_after_bursts(count), 30)
    assert len(calls) == given
