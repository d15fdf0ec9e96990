"""A journal of many captures, which each build makes once, and in which all its measures are taken."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE

from msgspec import Struct

from tests.bench.measure import Build
from tests.bench.ndjson import lines
from tests.bench.search import comments
from tests.bench.whole.running import home_of, seconds_of
from tests.support.captures import signed
from tests.support.program import COMMAND

_TOGETHER = 500
_made: dict[tuple[Build, int], "LongHistory"] = {}


class LongHistory(Struct, frozen=True):
    """The journal: its file, and the bytes of the headers and bodies in it."""

    path: Path
    content: int
    folder: tempfile.TemporaryDirectory[str]

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(file.stat().st_size for file in self.path.parent.iterdir())


async def long_history(build: Build, captures: int) -> LongHistory:
    """Return a build's journal of so many captures; the first call makes it."""
    if (build, captures) not in _made:
        folder = tempfile.TemporaryDirectory(prefix="hookscope-bench-")
        path = Path(folder.name) / "journal.db"
        content = await _import(build, path, captures)
        _made[build, captures] = LongHistory(path, content, folder)
    return _made[build, captures]


async def _import(build: Build, path: Path, captures: int) -> int:
    content = 0
    async with home_of(build) as home:
        command = (*COMMAND, "--quiet", "--journal", os.fspath(path), "captures", "import", "-")
        process = await asyncio.create_subprocess_exec(
            *command, env=home.environment, cwd=home.work, stdin=PIPE, stdout=DEVNULL
        )
        assert process.stdin
        for bodies in _bodies(captures):
            content += sum(len(body) + _headers(body) for body in bodies)
            process.stdin.writelines(lines(bodies))
            await process.stdin.drain()
        process.stdin.close()
        assert await process.wait() == 0
        await seconds_of(
            home, "--journal", os.fspath(path), "captures", "list", "--filter", "none"
        )  # It fills the index.
    return content


def _bodies(captures: int) -> Iterator[list[bytes]]:
    found = comments(captures)
    for start in range(0, captures, _TOGETHER):
        yield [next(found) for _ in range(min(_TOGETHER, captures - start))]


def _headers(body: bytes) -> int:
    return sum(len(name) + len(value) for name, value in signed(body).items())
