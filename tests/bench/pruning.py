"""Measure how long a run's answers take while old captures are deleted from its journal, beside the same without.

    python -m tests.bench.pruning [CAPTURES [PRUNED]]

200 notifications a second arrive, one after another. The longest answer is the figure to look at: at most 20 ms longer.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from tests.bench.asking import ask
from tests.bench.measure import THIS
from tests.bench.whole.long_history import long_history
from tests.bench.whole.running import Running, registered, seconds_of
from tests.support.captures import feed_body, signed

_RATE = 200
_ALONE_SECONDS = 10.0


async def _requests(run: Running) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the run's port and a request at each time at which one is due."""
    address, _, path = run.url.removeprefix("http://").partition("/")
    began, number = time.perf_counter(), 0
    while True:
        body = feed_body(f"{number} {'x' * 640}", comment_id=f"{began}_{number}")
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, run.secret).items())
        head = f"POST /{path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        number += 1
        await asyncio.sleep(began + number / _RATE - time.perf_counter())
        yield int(address.rpartition(":")[2]), head.encode() + body


async def _load(run: Running, taken: list[float]) -> None:
    waiting = set[asyncio.Task[None]]()
    async for port, request in _requests(run):
        waiting.add(task := asyncio.create_task(_send(port, request, taken)))
        task.add_done_callback(waiting.discard)


async def _send(port: int, request: bytes, taken: list[float]) -> None:
    left = [request]
    taken += (await ask(port, 1, lambda: left.pop() if left else None))[1]


async def _measure(run: Running, name: str, seconds: float, *meanwhile: asyncio.Task[float]) -> float:
    """Load a run until what happens meanwhile is done, or for so long; return the longest time in milliseconds."""
    taken: list[float] = []
    loading = asyncio.create_task(_load(run, taken))
    await asyncio.wait({loading, *meanwhile}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    loading.cancel()
    with suppress(asyncio.CancelledError):
        await loading
    taken.sort()
    p50, p99, last = (taken[int(len(taken) * part)] * 1000 for part in (0.5, 0.99, 1 - 1e-9))
    print(f"{name:<14} {len(taken):6} answers   p50 {p50:5.2f} ms   p99 {p99:5.2f} ms   max {last:.1f} ms")
    return last


async def _main(captures: int, pruned: int) -> None:
    history = await long_history(THIS, captures)
    async with registered(THIS, journal=history.path) as run:
        alone = await _measure(run, "alone", _ALONE_SECONDS)
        kept = captures + int(_ALONE_SECONDS) * _RATE - pruned
        pruning = asyncio.create_task(
            seconds_of(run.home, "--journal", str(history.path), "captures", "prune", "--keep", str(kept), "--yes")
        )
        beside = await _measure(run, "while pruning", 3600, pruning)
        print(f"{pruned / await pruning:,.0f} captures/s deleted")
    print(f"longest        {beside - alone:+.1f} ms")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    count = given[0] if given else 50_000
    asyncio.run(_main(count, given[1] if len(given) > 1 else count // 2))
