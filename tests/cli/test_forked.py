"""The processes that the tests fork are like those that they start."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.support.forked import ForkServer, fork, prepare
from tests.support.program import COMMAND, Home, call
from tests.support.slow import slow_after


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.mark.parametrize(
    "arguments", slow_after(2, [("--version",), ("config", "path"), ("captures", "show", "1"), ("cpatures",)])
)
async def test_it_says_and_answers_the_same(home: Home, arguments: tuple[str, ...]) -> None:
    environment = {"HOOKSCOPE_JOURNAL": "of-this-folder.db"}
    forked = await call(home, *arguments, environment=environment)
    started = await call(home, *arguments, environment=environment, command=COMMAND)
    assert (forked.code, forked.stdout, forked.stderr) == (started.code, started.stdout, started.stderr)


async def test_a_signal_ends_it_and_is_its_code(home: Home) -> None:
    process = await fork(("run", "--sandbox", "--json"), home.environment, home.work)
    assert process
    await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


async def test_commands_with_interpreter_options_are_not_forked(home: Home) -> None:
    assert not await fork(("--version",), {**home.environment, "PYTHONIOENCODING": "latin-1"}, home.work)


@pytest.mark.slow
async def test_the_first_user_of_a_folder_starts_a_server_that_ends_with_the_last(home: Home, tmp_path: Path) -> None:
    prepare(tmp_path)
    first, second = (ForkServer(tmp_path) for _ in range(2))
    assert not second.suits({**home.environment, "PYTHONIOENCODING": "latin-1"})
    leaving = asyncio.get_running_loop().run_in_executor(None, first.close)
    process = await second.fork(("--version",), home.environment, home.work)
    assert await process.wait() == 0
    second.close()
    await leaving
    third = ForkServer(tmp_path)
    process = await third.fork(("--version",), home.environment, home.work)
    assert await process.wait() == 0
    third.close()
