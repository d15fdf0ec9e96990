"""Measure how many captures a second are replayed, the start of the process included."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.application import Application
from tests.bench.bursts import numbered_bodies
from tests.bench.floors import bare_client
from tests.bench.measure import Build, Figures, Measure
from tests.bench.ndjson import lines
from tests.bench.peers.registry import installed
from tests.bench.whole.running import home_of, seconds_of

_COUNT = 5000
_PEERS = 2000  # They take long.


def measures() -> Iterator[Measure]:
    """Yield the measures of replaying."""
    for concurrency, name in ((1, "in order"), (32, "32 at once")):
        peers = {
            peer.command: partial(peer.replay, path, _PEERS, concurrency) for peer, path in installed() if peer.replay
        }
        bare = partial(_bare, concurrency)
        yield Measure(f"replay, {name}", partial(_replayed, concurrency=concurrency), {"bare aiohttp": bare, **peers})


async def _replayed(build: Build, concurrency: int) -> Figures:
    bodies, application = numbered_bodies(_COUNT), Application(_COUNT)
    async with home_of(build) as home:
        file = Path(home.folder) / "captures.ndjson"
        file.write_bytes(b"".join(lines(bodies)))
        await seconds_of(home, "captures", "import", os.fspath(file))
        options = ("--to", application.url, "--concurrency", str(concurrency), "--json")
        seconds = await seconds_of(home, "replay", f"1..{_COUNT}", *options)
        _, identical = await application.arrived(bodies)
    return {"/s": _COUNT / seconds, "% identical": 100 * identical / _COUNT}


async def _bare(concurrency: int) -> Figures:
    bodies, application = numbered_bodies(_COUNT), Application(_COUNT)
    seconds = await bare_client(application.url, bodies, concurrency)
    _, identical = await application.arrived(bodies)
    return {"/s": _COUNT / seconds, "% identical": 100 * identical / _COUNT}
