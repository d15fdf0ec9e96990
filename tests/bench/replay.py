"""Measure how many captures a second are replayed, start and loading included; beside a bare aiohttp client.

    python -m tests.bench.replay [CAPTURES]

`hookscope replay` reads the captures from a journal of its own, sends them to an application in another process, and
commits each replay with its answer. The bare client is a process, too: it reads the same bodies from a file, sends them
with aiohttp and keeps nothing. The application counts what arrives, byte for byte: all of it, and nothing else, must.
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from multiprocessing.connection import Connection
from pathlib import Path

from hookscope.journal.writer import JournalWriter
from tests.bench.answering import Answering
from tests.bench.floors import CLIENT
from tests.support.captures import feed_body, make_capture, signed

_TIMES = 3
_CONCURRENCY = (1, 32)


def _digest(signature: bytes, body: bytes) -> bytes:
    return blake2b(signature + body, digest_size=16).digest()


def _serve(pipe: Connection) -> None:
    async def serve() -> None:
        seen: Counter[bytes] = Counter()

        def take(headers: Mapping[bytes, bytes], body: bytes) -> None:
            seen[_digest(headers[b"x-hub-signature-256"], body)] += 1

        server = await asyncio.get_running_loop().create_server(lambda: Answering(take), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        while await asyncio.to_thread(pipe.recv):
            pipe.send(seen)
            seen.clear()
        server.close()

    asyncio.run(serve())


async def _fill(journal: Path, bodies: Sequence[bytes]) -> None:
    async with JournalWriter(journal) as opened:
        for start in range(0, len(bodies), 500):
            await asyncio.gather(*(opened.append(make_capture(body)) for body in bodies[start : start + 500]))
        await opened.catch_up()


def _measure(command: Sequence[str], pipe: Connection, wanted: Counter[bytes]) -> float:
    """Return the requests a second of a command from its start to its end.

    Raises AssertionError unless all arrived unchanged.
    """
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."})
    elapsed = time.perf_counter() - started
    assert done.returncode == 0, done.stderr
    pipe.send("count")
    assert pipe.recv() == wanted, "not all arrived as they were"
    return wanted.total() / elapsed


def main() -> None:
    """Measure and print a table; bare, ours, bare, ours, so that a machine that drifts shows."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    bodies = [feed_body(f"{number} {'x' * 640}") for number in range(count)]
    wanted = Counter(_digest(signed(body)["X-Hub-Signature-256"].encode(), body) for body in bodies)
    ours, theirs = multiprocessing.Pipe()
    application = multiprocessing.Process(target=_serve, args=(theirs,))
    application.start()
    url = f"http://127.0.0.1:{ours.recv()}/hook"
    print(f"{count:,} captures of {len(bodies[0]):,} bytes, the start of the process included")
    with tempfile.TemporaryDirectory() as folder:
        journal, file = Path(folder) / "journal.db", Path(folder) / "requests.json"
        asyncio.run(_fill(journal, bodies))
        file.write_text(json.dumps([(signed(body), body.decode()) for body in bodies]))
        for concurrency in _CONCURRENCY:
            bare = (sys.executable, "-c", CLIENT, url, str(file), str(concurrency))
            replay = (sys.executable, "-m", "hookscope", "--journal", str(journal), "replay", f"1..{count}")
            options = ("--to", url, "--concurrency", str(concurrency), "--json")
            ratios = []
            for _ in range(_TIMES):
                rates = [_measure(command, ours, wanted) for command in (bare, (*replay, *options))]
                ratios.append(rates[1] / rates[0])
                print(
                    f"{concurrency:>3} at once   bare aiohttp {rates[0]:7,.0f}/s   hookscope replay {rates[1]:7,.0f}/s"
                )
            print(f"      ratio   {statistics.median(ratios):.2f}   (min {min(ratios):.2f}, max {max(ratios):.2f})")
    ours.send("")
    application.join()


if __name__ == "__main__":
    main()
