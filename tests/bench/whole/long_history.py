"""A journal of many captures, which each build makes once, and in which all its measures are taken."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from subprocess import PIPE

from msgspec import Struct

from tests.bench.measure import Build
from tests.bench.whole.running import home_of

_MAKER = Path(__file__).parent / "history_maker.py"
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
        content = await _make(build, path, captures)
        _made[build, captures] = LongHistory(path, content, folder)
    return _made[build, captures]


async def _make(build: Build, path: Path, captures: int) -> int:
    async with home_of(build) as home:
        process = await asyncio.create_subprocess_exec(
            sys.executable, os.fspath(_MAKER), os.fspath(path), str(captures), env=home.environment, stdout=PIPE
        )
        said, _ = await process.communicate()
    assert process.returncode == 0
    return int(said)
