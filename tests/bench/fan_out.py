"""Measure a relay whose log others mirror: how long it takes to acknowledge, and when a capture is in their journals.

    python -m tests.bench.fan_out [READERS [RATE [SECONDS [HISTORY]]]]

POST, receiver, PostgreSQL, LISTEN, page, and, with ten readers at most, commit in each one's own journal; the same with
one reader before it, in turn, five times; the ratio is that of the medians. The relay has a process of its own, and so
has each of up to ten readers. More of them, and the one that they are compared with, only read, in one process that
gives way to the others (nice 19), since laptops take nothing from a relay's machine: what a reader costs PostgreSQL
delays the relay here, and what it costs itself does not. Readers that get no processor at all spare PostgreSQL, too:
where `there` is over a second, the machine is too busy for a ratio that means anything. With a history, they have so
many entries to catch up on meanwhile, and each must have all of them in the end, in order and once. Then: how many
entries a second one reader mirrors.

Wanted: there at p99 within 30 ms with five readers at 100/s; answered at p99 within twice the time of one reader with
fifty; and a relay whose memory does not grow with the history.
"""

import asyncio
import gc
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientSession

from hookscope.journal.mirroring import Mirrored
from hookscope.journal.writer import JournalWriter
from hookscope.team.address import LogAddress, check_address
from hookscope.team.entry import decode, encode
from hookscope.team.followers import FollowedLog
from hookscope.team.log import Entry, EntryPage
from hookscope.team.opening import initialize_log, open_log
from hookscope.team.writer import LogWriter
from tests.bench.capture import KIBIBYTE, serve_receiver
from tests.support.captures import feed_body, make_capture, signed
from tests.support.postgres_server import own_postgres

_MIRRORED = 20_000
_ROUNDS = 5
_COLD_READS = 6
"""Psycopg has a statement prepared when it is executed for the sixth time."""
_LAPTOPS = 10
"""More readers than that share one process, and only read: one disk is not that of fifty laptops."""
_STEPS = 3
"""The readers take each of them together."""


class _Reader:
    """A developer's mirror; `arrived` has the time at which each entry behind the history was committed."""

    def __init__(self, log: FollowedLog, journal: JournalWriter | None, history: int) -> None:
        self._log, self._journal, self._history = log, journal, history
        self.arrived: dict[int, float] = {}

    async def follow(self, up_to: int) -> None:
        after, page = 0, EntryPage((), more=True)
        while after < up_to:
            if not page.more:
                await self._log.grown(after=after, seconds=3)
            page = await self._log.read(after=after)
            if not page:
                continue
            if self._journal:
                await self._journal.add_mirrored(str(self._log.about.id), "bench", list(map(_mirrored, page)))
            now = time.time()
            assert [entry.seq for entry in page] == list(range(after + 1, after + 1 + len(page)))
            self.arrived |= dict.fromkeys((entry.seq for entry in page if entry.seq > self._history), now)
            after = page[-1].seq


def _mirrored(entry: Entry) -> Mirrored:
    found = decode(entry)
    return Mirrored(entry.seq, found.plain, None, found.identities)


async def _read(
    address: LogAddress, numbers: Sequence[int], history: int, up_to: int, *, writes: bool, step: Callable[[], None]
) -> list[dict[int, float]]:
    """Mirror with readers of these numbers until each has all; return when each entry behind the history arrived where.

    `step` is called when the log knows these readers, and when they know the others; it may block.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        readers = []
        logs = [await stack.enter_async_context(open_log(address)) for _ in numbers]
        for log in logs:  # To connect, and to plan the first queries, is no part of the measure.
            await log.grown(after=log.about.last, seconds=0)
            for _ in range(_COLD_READS):
                await log.read(after=log.about.last)
        for _ in range(2):  # As every ten seconds: the second time, each knows of all the others.
            for number, log in zip(numbers, logs, strict=True):
                await log.check_in(name=f"{number}", host="bench", seq=0)
            step()
        for number, log in zip(numbers, logs, strict=True):
            journal = await stack.enter_async_context(JournalWriter(folder / f"{number}.db")) if writes else None
            readers.append(_Reader(log, journal, history))
        step()
        await asyncio.gather(*(reader.follow(up_to) for reader in readers))
    return [reader.arrived for reader in readers]


def _read_apart(
    address: LogAddress, numbers: Sequence[int], history: int, up_to: int, writes: bool, pipe: Connection
) -> None:
    def step() -> None:
        pipe.send("done")
        pipe.recv()

    if not writes:
        os.nice(19)
    gc.freeze()
    pipe.send(asyncio.run(_read(address, numbers, history, up_to, writes=writes, step=step)))


def _relay_apart(address: LogAddress, pipe: Connection) -> None:
    async def tell(port: int) -> None:
        pipe.send((port, _peak()))
        await asyncio.to_thread(pipe.recv)

    async def serve() -> None:
        async with open_log(address, app_id="1") as log, LogWriter(log, relay="bench") as writer:
            await serve_receiver(writer, tell)

    gc.freeze()
    asyncio.run(serve())
    pipe.send(_peak())


def _peak() -> int:
    """Return the most memory that this process has had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


async def _send(port: int, count: int, rate: float) -> tuple[dict[bytes, float], list[float]]:
    """Send notifications, evenly; return when each was sent, by its body, and how long each took to be answered."""
    sent: dict[bytes, float] = {}
    taken: list[float] = []

    async def post(client: ClientSession, body: bytes) -> None:
        began = time.perf_counter()
        async with client.post(f"http://127.0.0.1:{port}/hook", data=body, headers=signed(body)) as answer:
            assert answer.status == 200
        taken.append(time.perf_counter() - began)

    begin = time.perf_counter()
    async with ClientSession() as client, asyncio.TaskGroup() as tasks:
        for number in range(count):
            await asyncio.sleep(begin + number / rate - time.perf_counter())
            body = feed_body(f"number {number} {'x' * 600}")
            sent[body] = time.time()
            tasks.create_task(post(client, body))
    return sent, taken


async def _bodies(address: LogAddress, history: int) -> dict[int, bytes]:
    """Return what is behind the history, by number."""
    found: dict[int, bytes] = {}
    async with open_log(address) as log:
        while page := await log.read(after=history + len(found)):
            found |= {entry.seq: entry.body for entry in page}
    return found


async def _fill(address: LogAddress, count: int) -> None:
    """Create a log with so many entries, each of them with an event of its own."""
    await initialize_log(address)
    capture = make_capture(KIBIBYTE)
    async with open_log(address, app_id="1") as log:
        for first in range(0, count, 500):
            await log.append([encode(capture, (f"{n:024x}",), "bench") for n in range(first, first + 500)])


def _measure(url: str, readers: int, *, rate: float, seconds: float, history: int, apart: bool) -> float:
    """Measure with so many readers, print it, and return the p99 of the relay's answers, in milliseconds.

    Each reader has a process and a journal of its own, or they share a process, and only read.
    """
    address = check_address(url, log=f"bench_{uuid4().hex[:12]}")
    asyncio.run(_fill(address, history))
    count = int(rate * seconds)
    relay, its_end = multiprocessing.Pipe()
    processes = [multiprocessing.Process(target=_relay_apart, args=(address, its_end))]
    reading = []
    for numbers in [[number] for number in range(readers)] if apart else [range(readers)]:
        ours, theirs = multiprocessing.Pipe()
        reading.append(ours)
        asked = (address, numbers, history, history + count, apart, theirs)
        processes.append(multiprocessing.Process(target=_read_apart, args=asked))
    for process in processes:
        process.start()
    port, before = relay.recv()
    for _ in range(_STEPS):
        for pipe in reading:
            assert pipe.recv() == "done"
        for pipe in reading:
            pipe.send("go on")
    sent, taken = asyncio.run(_send(port, count, rate))
    arrivals = [arrived for pipe in reading for arrived in pipe.recv()]
    relay.send("done")
    after = relay.recv()
    for process in processes:
        process.join()
    bodies = asyncio.run(_bodies(address, history))
    assert sorted(bodies.values()) == sorted(sent)
    assert all(len(arrived) == count for arrived in arrivals)
    there = sorted(when - sent[bodies[seq]] for arrived in arrivals for seq, when in arrived.items())
    answered, arrived = [_tail(sorted(taken)), _tail(there)]
    print(
        f"{readers:>2} readers, {rate:g}/s, {count} sent: answered p50 {answered[0]:5.1f} p99 {answered[1]:5.1f} ms, "
        f"there p50 {arrived[0]:5.1f} p99 {arrived[1]:5.1f} ms, relay {before} → {after} MiB"
    )
    return answered[1]


def _tail(ordered: list[float]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    return ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000


async def _measure_mirror(url: str) -> None:
    address = check_address(url, log=f"bench_{uuid4().hex[:12]}")
    await _fill(address, _MIRRORED)
    began, busy = time.perf_counter(), time.process_time()
    await _read(address, [0], _MIRRORED, _MIRRORED, writes=True, step=lambda: None)
    rate, busy = _MIRRORED / (time.perf_counter() - began), time.process_time() - busy
    print(f"one reader mirrors {rate:,.0f} entries/s, and takes {busy / _MIRRORED * 1e6:.0f} µs of CPU for each")


def main() -> None:
    """Measure one reader, many, and the rate of one that catches up."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 100.0
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10.0
    history = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    rounds = range(1 if history else _ROUNDS)
    with own_postgres(shared_buffers="128MB") as server:
        url = server.url()
        measure = partial(_measure, url, rate=rate, seconds=seconds, apart=readers <= _LAPTOPS)
        taken = [(measure(1, history=0), measure(readers, history=history)) for _ in rounds]
        one, many = map(statistics.median, zip(*taken, strict=True))
        print(f"answers at p99: {many / one:.2f} times those with one reader")
        asyncio.run(_measure_mirror(url))


if __name__ == "__main__":
    main()
