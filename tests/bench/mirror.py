"""Measure how many entries of a shared log on PostgreSQL a developer's run mirrors into the journal a second.

    python -m tests.bench.mirror [COUNT [DEVELOPERS [URL]]]

Without the URL of an empty database it starts a PostgreSQL of its own on this machine. Each developer is a process of
its own with an empty journal, takes the whole history, and commits it page by page. At least 15,000 a second is wanted
of one developer on an idle machine. Beside it: the same rows into a bare table of `sqlite3` in the same folder, by
`executemany`, in commits of a page each, durable as a journal's; it fetches, decodes, and indexes nothing.
"""

import asyncio
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

from hookscope.engine.mirror import Mirror
from hookscope.journal.mirroring import MirrorReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Run
from hookscope.model.timestamps import now
from hookscope.settings import MirrorSettings
from hookscope.team.address import LogAddress, check_address
from hookscope.team.entry import encode
from hookscope.team.log import PAGE_ENTRIES
from hookscope.team.opening import initialize_log, open_log
from tests.support.captures import feed_body, make_capture
from tests.support.identities import identities
from tests.support.postgres_server import own_postgres

_COUNT = 50_000
_TOGETHER = 500


_Taken = tuple[float, float]
"""Seconds, and seconds of processor time: these tell something on a busy machine, too."""


def _insert_bare(path: Path) -> _Taken:
    """Insert the rows of a journal into a bare table beside it."""
    with closing(sqlite3.connect(path)) as journal:
        rows = journal.execute("SELECT * FROM captures").fetchall()
    columns = ", ".join(f"c{number}" for number in range(len(rows[0])))
    insert = f"INSERT INTO bare VALUES ({', '.join('?' * len(rows[0]))})"
    with closing(sqlite3.connect(path.with_suffix(".bare"))) as bare:
        bare.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare ({columns})")
        began, worked = time.perf_counter(), time.process_time()
        for start in range(0, len(rows), PAGE_ENTRIES):
            with bare:
                bare.executemany(insert, rows[start : start + PAGE_ENTRIES])
        return time.perf_counter() - began, time.process_time() - worked


async def _fill(address: LogAddress, count: int) -> None:
    await initialize_log(address)
    async with open_log(address, app_id="1") as log:
        for start in range(0, count, _TOGETHER):
            bodies = [feed_body(f"{n} {'x' * 500}", comment_id=f"1_{n}") for n in range(start, start + _TOGETHER)]
            await log.append([encode(make_capture(body), identities(body), "bench") for body in bodies])


def _mirror(url: str, name: str, count: int, pipe: Connection) -> None:
    address = check_address(url, log=name)

    async def take(path: Path) -> _Taken:
        settings = MirrorSettings(address=address, name=path.stem, history=None)
        async with JournalWriter(path) as journal:
            run = await journal.begin_run(Run(app_id="log", objects=(), targets=(), started_at=now()))
            async with Mirror(
                settings, run=run, journal=journal, publish=lambda _: None, open_log=lambda: open_log(address)
            ) as mirror:
                await mirror.start()
                pipe.recv()
                began, worked = time.perf_counter(), time.process_time()
                keeping = asyncio.create_task(mirror.keep())
                while mirror.position < count:
                    await asyncio.sleep(0.005)
                taken = time.perf_counter() - began, time.process_time() - worked
                keeping.cancel()
                await asyncio.wait({keeping})
        with MirrorReader(path) as reader:
            assert len(reader.ids()) == count
        return taken

    with tempfile.TemporaryDirectory() as folder:
        pipe.send("ready")
        path = Path(folder) / f"{uuid4().hex[:8]}.db"
        pipe.send((asyncio.run(take(path)), _insert_bare(path)))


def _measure(url: str, count: int, developers: int) -> None:
    name = f"bench_{uuid4().hex[:12]}"
    asyncio.run(_fill(check_address(url, log=name), count))
    pipes = [multiprocessing.Pipe() for _ in range(developers)]
    processes = [multiprocessing.Process(target=_mirror, args=(url, name, count, theirs)) for _, theirs in pipes]
    for process in processes:
        process.start()
    for ours, _ in pipes:
        ours.recv()
        ours.send("go")
    taken = [ours.recv() for ours, _ in pipes]
    for process in processes:
        process.join()
    print(f"{developers} developers, {count:,} entries each")
    for (mirrored, worked), (inserted, bare) in taken:
        print(
            f"{count / mirrored:>10,.0f} a second, {worked / count * 1e6:.0f} µs of processor time each; bare inserts "
            f"{count / inserted:,.0f} a second, {bare / count * 1e6:.0f} µs: {inserted / mirrored:.2f} of their rate"
        )


if __name__ == "__main__":
    count_, developers_ = (int(text) for text in (*sys.argv[1:3], *(str(_COUNT), "1")[len(sys.argv[1:3]) :]))
    if len(sys.argv) > 3:
        _measure(sys.argv[3], count_, developers_)
    else:
        with own_postgres(shared_buffers="128MB") as server:
            _measure(server.url(), count_, developers_)
