"""Nothing is lost on its way to stdout, however that is set, and nothing is said to be written that is not."""

import asyncio
import os
import resource
import select
from pathlib import Path

import pytest

from hookscope.cli import stdout
from hookscope.cli.stdout import StdoutWriter
from hookscope.journal.writer import JournalWriter
from tests.support.captures import make_capture
from tests.support.program import COMMAND, Home
from tests.support.until import until

BODY = b'{"object":"page"}' * (1 << 16)
SHOWN = ("captures", "show", "1", "--raw")

buffering = pytest.mark.parametrize("unbuffered", ["1", ""])


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    async with JournalWriter(home.journal) as journal:
        await journal.append(make_capture(BODY))
    return home


async def read_once_full(reading: int, writing: int) -> bytes:
    """Read a pipe to its end, from when it takes no more on."""
    try:
        await until(lambda: not select.select((), (writing,), (), 0)[1])
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        return await asyncio.to_thread(pipe.read)


def pipe_that_does_not_block() -> tuple[int, int]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    return reading, writing


@buffering
async def test_a_pipe_that_does_not_block_is_waited_for(home: Home, unbuffered: str) -> None:
    reading, writing = pipe_that_does_not_block()
    environment = home.environment | {"PYTHONUNBUFFERED": unbuffered}
    process = await asyncio.create_subprocess_exec(*COMMAND, *SHOWN, stdout=writing, env=environment)
    assert await read_once_full(reading, writing) == BODY
    assert await process.wait() == 0


async def test_a_run_waits_for_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = pipe_that_does_not_block()
    monkeypatch.setattr(stdout, "_STDOUT", os.dup(writing))
    reader = asyncio.create_task(read_once_full(reading, writing))
    try:
        await StdoutWriter().write(BODY.decode())
    finally:
        os.close(stdout._STDOUT)
    assert await reader == BODY


@buffering
async def test_a_file_that_takes_only_a_part_is_reported(home: Home, unbuffered: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(BODY) // 2, len(BODY) // 2))

    with (home.folder / "out").open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *SHOWN,
            stdout=file,
            stderr=asyncio.subprocess.PIPE,
            env=home.environment | {"PYTHONUNBUFFERED": unbuffered},
            preexec_fn=limit,
        )
        _, said = await process.communicate()
    assert (process.returncode, b"stdout cannot be written" in said) == (1, True)
