"""Measure how fast a burst of notifications reaches the user's application, beside a bare aiohttp relay.

    python -m tests.bench.forward [COUNT]

Everything is a process of its own: the sender, the relay, the application. The clock runs from the first request to the
last one that the application has got. The sender has 32, 64 or 256 connections, and waits on each for the answer before
it sends another. Peers get all their events at once, as from their own service.

hookscope is the whole program: it registers itself at a sandbox, checks signatures, commits every notification before
its answer, and delivers at the same time what came at the same time. The bare relay answers at once and passes on,
keeping nothing. To compare with the peers, which neither check nor keep, the forwarder alone is measured as well: a
burst that stands in the journal, as after an outage, delivered one after the other and several at once.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Run
from hookscope.model.timestamps import now
from hookscope.outbound.forward.delivery_log import RunLog
from hookscope.outbound.forward.worker_client import ForwardWorkerClient
from hookscope.settings import ForwardSettings, Route
from tests.bench.bursts import BURST, Send, Sender, measure_burst
from tests.bench.floors import bare_relay
from tests.bench.measure import THIS
from tests.bench.peers.registry import installed
from tests.bench.whole.bursts import forwarding
from tests.support.captures import make_capture

_CONNECTIONS = (32, 64, 256)


@asynccontextmanager
async def _from_the_journal(connections: int, target: str) -> AsyncIterator[Send]:
    settings = ForwardSettings(routes=(Route(target=target),), connections=connections)
    with tempfile.TemporaryDirectory() as folder:
        async with JournalWriter(Path(folder) / "journal.db") as journal:
            run = await journal.begin_run(
                Run(app_id="1", objects=("page",), targets=settings.targets, started_at=now())
            )
            dispatcher = ForwardWorkerClient(
                settings, run=run, log=RunLog(run, journal=journal, publish=Feed().publish)
            )
            work = asyncio.create_task(dispatcher.run())
            await dispatcher.drained()

            async def send(bodies: Sequence[bytes]) -> float:
                captures = [make_capture(body, run_id=run.id, received_at=now()) for body in bodies]
                await asyncio.gather(*(journal.append(capture) for capture in captures))
                began = time.perf_counter()
                dispatcher.wake()
                return began

            yield send
            work.cancel()
            await asyncio.wait([work])


def main() -> None:
    """Measure each in turn, five times, and print rates and the ratios of their medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BURST
    ours: dict[str, Sender] = {
        **{f"hookscope, {many} in flight": partial(forwarding, THIS, many) for many in _CONNECTIONS},
        "its forwarding, one by one": partial(_from_the_journal, 1),
        "its forwarding, 8 at once": partial(_from_the_journal, 8),
    }
    others: dict[str, Sender] = {"bare aiohttp": partial(bare_relay, 256)}
    others |= {peer.command: partial(peer.forward, path) for peer, path in installed() if peer.forward}
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(5):
        for name, sender in {**ours, **others}.items():
            figures = asyncio.run(measure_burst(sender, count))
            rates[name].append(figures["/s"])
            print(f"{name:<27} {rates[name][-1]:8,.0f}/s   {figures['% identical']:.0f} % of {count:,} identical")
    for other in others:
        for name in ours:
            ratio = statistics.median(rates[name]) / statistics.median(rates[other])
            print(f"{name:<27} {ratio:5.2f} times as fast as {other}")


if __name__ == "__main__":
    main()
