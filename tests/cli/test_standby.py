"""The screen's process, which starts on a guess: before the command line is read, and only where there may be one."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope import terminal
from hookscope.cli import standby
from hookscope.cli.view_process import launch
from hookscope.subprocesses import module_command
from tests.support.first_process import first_process
from tests.support.processes import child_of, is_running, needs_proc
from tests.support.program import Home
from tests.support.terminal import on_terminal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def usable_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pretend that this process is on a terminal."""
    monkeypatch.setattr(terminal, "is_usable", lambda: True)
    yield
    standby.dismiss()


def test_it_starts_before_the_command_line_is_loaded(home: Home) -> None:
    command, modules = first_process("from hookscope import cli\ncli.main(['run', '--sandbox'])", home)
    assert "hookscope.tui.standby" in command
    assert not {"asyncio", "click", "hashlib", "hookscope.cli.app", "msgspec"} & modules


@pytest.mark.usefixtures("usable_terminal")
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--version"],
        ["ls"],
        ["run", "--help"],
        ["run", "--sandbox", "--json"],
        ["attach", "--output=plain"],
        ["run", "--sandbox", "--web"],
    ],
)
def test_it_does_not_start_for_another_display(arguments: list[str]) -> None:
    standby.start(arguments)
    assert standby.take() is None


def test_it_does_not_start_without_a_terminal() -> None:
    standby.start(["run", "--sandbox"])
    assert standby.take() is None


@pytest.mark.usefixtures("usable_terminal")
def test_one_that_is_not_needed_is_ended() -> None:
    standby.start(["attach"])
    waiting = standby.take()
    assert waiting
    standby._waiting.append(waiting)

    standby.dismiss()

    assert not is_running(waiting.process.pid)
    assert waiting.connection.fileno() == -1


def test_one_that_is_told_nothing_ends_quietly() -> None:
    theirs, ours = os.pipe()
    os.close(ours)
    command = module_command("hookscope.tui.standby", "--parent", str(theirs))
    done = subprocess.run(command, pass_fds=(theirs,), capture_output=True, timeout=60)
    os.close(theirs)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@needs_proc
async def test_a_run_that_shows_lines_after_all_keeps_none(home: Home) -> None:
    async with on_terminal(home, "run", "--sandbox", environment={"HOOKSCOPE_OUTPUT": "plain"}) as shown:
        await shown.shows("http://127.0.0.1:")
        with pytest.raises(StopIteration):
            child_of(shown.pid, "hookscope.tui")
        assert b"\x1b[?1049h" not in shown.screen


async def test_a_wrong_command_line_leaves_the_terminal_alone(home: Home) -> None:
    async with on_terminal(home, "run", "--no-such-option") as shown:
        assert await shown.end() == 2
        assert b"\x1b[?1049h" not in shown.screen


def test_an_early_ctrl_c_leaves_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process, connection = launch("hookscope.tui.standby")
    with connection:
        assert process.wait(60) == -signal.SIGINT
    assert capfd.readouterr() == ("", "")


async def test_a_terminal_without_a_size_gets_one(home: Home) -> None:
    async with on_terminal(home, "run", "--sandbox", columns=0, rows=0) as shown:
        await shown.shows("stop & put back")
        shown.type("\x03")
        assert await shown.end() == 0
