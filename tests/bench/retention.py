"""Measure how long appends to a shared log take while old entries are deleted from it, beside the same without.

    python -m tests.bench.retention [ENTRIES]

One append of one entry after another, on a PostgreSQL of its own. The ratio of p99 is the figure to compare: at most 3.
"""

import asyncio
import sys
import time
from contextlib import suppress

from hookscope.team.address import LogAddress, check_address
from hookscope.team.log import Entry, SharedLog
from hookscope.team.opening import initialize_log, open_log
from tests.support.postgres_server import own_postgres

_ENTRY = Entry(head=b"x" * 400, body=b"y" * 867)
_ALONE_SECONDS = 4.0
_PAUSE_SECONDS = 0.002


async def _append(log: SharedLog, taken: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await log.append([_ENTRY])
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _trim(address: LogAddress, up_to: int) -> None:
    async with open_log(address, app_id="1") as log:
        grant = await log.take(holder="bench", ttl=600)
        assert grant
        began = time.perf_counter()
        assert await log.trim(up_to=up_to, grant=grant) == up_to
        print(f"{up_to / (time.perf_counter() - began):,.0f} entries/s deleted")


async def _measure(log: SharedLog, name: str, seconds: float, *meanwhile: asyncio.Task[None]) -> float:
    """Append until what happens meanwhile is done, or for so long; return p99 in milliseconds."""
    taken: list[float] = []
    appending = asyncio.create_task(_append(log, taken))
    await asyncio.wait({appending, *meanwhile}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    appending.cancel()
    with suppress(asyncio.CancelledError):
        await appending
    taken.sort()
    p50, p99 = taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.99)] * 1000
    print(f"{name:<14} {len(taken):5} appends   p50 {p50:5.2f} ms   p99 {p99:5.2f} ms   max {taken[-1] * 1000:.1f} ms")
    return p99


async def _main(url: str, count: int) -> None:
    address = check_address(url)
    await initialize_log(address)
    async with open_log(address, app_id="1") as log:
        for _ in range(count // 500):
            await log.append([_ENTRY] * 500)
        alone = await _measure(log, "alone", _ALONE_SECONDS)
    async with open_log(address, app_id="1") as log:
        trimming = asyncio.create_task(_trim(address, count // 500 * 500))
        beside = await _measure(log, "while trimming", 600, trimming)
        await trimming
    print(f"p99            {beside / alone:.2f}")


if __name__ == "__main__":
    with own_postgres(shared_buffers="128MB") as server:
        asyncio.run(_main(server.url(), int(sys.argv[1]) if len(sys.argv) > 1 else 75_000))
