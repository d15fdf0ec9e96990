"""Measure what is done with a history: import, export, opening, searching, and capturing into it."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from subprocess import PIPE

from tests.bench.bursts import numbered_bodies
from tests.bench.generator import load
from tests.bench.measure import THIS, Build, Figures, Measure
from tests.bench.ndjson import lines
from tests.bench.search import FILTERS
from tests.bench.whole.captures import capture
from tests.bench.whole.long_history import long_history
from tests.bench.whole.processes import resident
from tests.bench.whole.running import home_of, registered, seconds_of

_FEW = 50_000
_PROBE = Path(__file__).parent / "history_probe.py"


def measures(captures: int) -> Iterator[Measure]:
    """Yield the measures of a small history, and of one of so many captures."""
    yield Measure("import of NDJSON", _import)
    yield Measure("export as NDJSON", _export)
    yield Measure(f"{captures:,} captures: open", partial(_open, captures=captures))
    yield Measure(f"{captures:,} captures: first hits, slowest term", partial(_search, captures=captures))
    yield Measure(f"{captures:,} captures: disk", partial(_disk, captures=captures))
    empty = partial(capture, THIS, connections=32)
    yield Measure(f"{captures:,} captures: one more", partial(_capture, captures=captures), {"empty journal": empty})


async def _import(build: Build) -> Figures:
    async with home_of(build) as home:
        file = home.folder / "captures.ndjson"
        file.write_bytes(_few())
        return {"/s": _FEW / await seconds_of(home, "captures", "import", os.fspath(file))}


async def _export(build: Build) -> Figures:
    async with home_of(build) as home:
        file = home.folder / "captures.ndjson"
        file.write_bytes(_few())
        await seconds_of(home, "captures", "import", os.fspath(file))
        return {"/s": _FEW / await seconds_of(home, "captures", "export", f"1..{_FEW}", "--format", "ndjson")}


@cache
def _few() -> bytes:
    return b"".join(lines(numbered_bodies(_FEW)))


async def _open(build: Build, captures: int) -> Figures:
    return await _probe(build, captures, "open")


async def _search(build: Build, captures: int) -> Figures:
    return await _probe(build, captures, "search", *FILTERS)


async def _probe(build: Build, captures: int, *arguments: str) -> Figures:
    """Have a process of the build measure itself."""
    path = (await long_history(build, captures)).path
    async with home_of(build) as home:
        process = await asyncio.create_subprocess_exec(
            sys.executable, os.fspath(_PROBE), os.fspath(path), *arguments, env=home.environment, stdout=PIPE
        )
        said, _ = await process.communicate()
    assert process.returncode == 0
    found: Figures = json.loads(said)
    return found


async def _disk(build: Build, captures: int) -> Figures:
    history = await long_history(build, captures)
    return {"× headers and bodies": history.size / history.content}


async def _capture(build: Build, captures: int) -> Figures:
    history = await long_history(build, captures)
    async with registered(build, journal=history.path) as run:
        figures = (await load(run.url, run.secret, 32)).figures
        return {**figures, "MiB of the engine": resident([run.pid])}
