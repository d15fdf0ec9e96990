"""The TUI as the process that it is, on a terminal of its own."""

import asyncio
import fcntl
import os
import pty
import signal
import socket
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import EventRef
from hookscope.model.run_events import Stopped
from hookscope.views.status import Status
from tests.support.captures import batch_body, feed_body, make_capture
from tests.support.processes import child_of, is_running, needs_proc
from tests.support.slow import slow_after
from tests.support.until import until
from tests.tui.stage import STARTED, Stage

_ROOT = Path(__file__).parents[2]
_PARENT = """
import sys
from pathlib import Path
from typing import Any
from hookscope.cli.tui_process import TuiProcess
from hookscope.secret_sources import SecretSources
_, socket, _, journal = sys.argv[1:]
TuiProcess(address=Path(socket), journal=Path(journal), secrets=SecretSources(), attached=True).wait()
"""

_HEARING_PARENT = """
import asyncio, sys
from pathlib import Path
from hookscope.cli import tui_process
from hookscope.secret_sources import SecretSources
_, socket, _, journal = sys.argv[1:]
tui_process._PAINTING_SECONDS = 60.0
view = tui_process.TuiProcess(address=Path(socket), journal=Path(journal), secrets=SecretSources(), attached=True)
asyncio.run(view.painted())
Path("painted").touch()
view.wait()
"""

ALTERNATE_SCREEN, USUAL_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A terminal of 80 by 24 cells with the TUI on it; `said` is all that was written to it."""

    def __init__(self, process: Process, master: int, name: str) -> None:
        self.process = process
        self._name = name
        self.pid = process.pid
        self.said = b""
        self._master = master
        asyncio.get_running_loop().add_reader(master, self._read)

    @property
    def echoes(self) -> bool:
        """True if typed text is shown, as a shell needs it."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    async def shows(self, *parts: str) -> None:
        """Wait until all of these texts have been written."""
        try:
            await until(lambda: all(part.encode() in self.said for part in parts), seconds=40)
        except TimeoutError:
            raise AssertionError(f"{parts} not in {self.said[-4000:]!r}") from None

    async def end(self) -> int:
        """Wait for the process's end and the last of its output; the exit code."""
        async with asyncio.timeout(20):
            code = await self.process.wait()
        self._read()
        return code

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and forget what was written before."""
        self._read()
        self.said = b""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def jam(self) -> None:
        """Read no more, fill the terminal up, and have the TUI paint until its framework waits for room."""
        asyncio.get_running_loop().remove_reader(self._master)
        slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            with suppress(BlockingIOError):
                while True:
                    os.write(slave, b"." * 256)
            for columns in range(80, 140):  # More often than the framework's own queue holds.
                fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
                os.kill(self.pid, signal.SIGWINCH)
                await asyncio.sleep(0.02)
        finally:
            os.close(slave)

    def hang_up(self) -> None:
        """Take the terminal away, as closing its window does."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            self._master = -1

    def _read(self) -> None:
        with suppress(OSError):  # On Linux the end of a terminal is an error.
            while chunk := os.read(self._master, 65536):
                self.said += chunk


@asynccontextmanager
async def terminal(
    folder: Path,
    *,
    command: tuple[str, ...] = ("-m", "hookscope.tui"),
    hears: bool = True,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Terminal]:
    """Start the TUI, watching the socket and the journal in a folder; killed with the context if it has not ended.

    One that does not hear of a hangup gets no SIGHUP: the terminal does not control its session.
    """
    # pytest-xdist tells its workers the size of its own terminal.
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.set_blocking(master, False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, "--socket", f"{folder}/s", "--journal", f"{folder}/journal.db"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env={**known, "TERM": "xterm-256color", "PYTHONPATH": str(_ROOT), **(environment or {})},
        start_new_session=True,
        preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if hears else None,
    )
    shown = Terminal(process, master, os.ttyname(slave))
    os.close(slave)
    try:
        yield shown
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        shown.hang_up()


@asynccontextmanager
async def engine(folder: Path, **status: Any) -> AsyncIterator[Stage]:
    async with JournalWriter(folder / "journal.db") as journal:
        played = Stage(folder, journal, Status(app_id="1234567890", started_at=STARTED.isoformat(), **status))
        played.engine.go_live()
        await played.serve()
        try:
            yield played
        finally:
            played.engine.say(Stopped(captures=0, notifications=0, exit_code=0))
            await played.die()


async def test_its_parent_hears_of_the_first_picture(tmp_path: Path) -> None:
    async with engine(tmp_path), terminal(tmp_path, command=("-c", _HEARING_PARENT)):
        await until(lambda: (tmp_path / "painted").exists())


async def test_it_shows_the_run_and_ends_with_it(tmp_path: Path) -> None:
    async with engine(tmp_path) as played, terminal(tmp_path) as shown:
        await shown.shows("waiting for the first notification")
        await played.engine.receive(make_capture())
        await shown.shows("Tester")
        played.engine.say(Stopped(captures=1, notifications=1, exit_code=0))
        assert await shown.end() == 0
        assert shown.said.count(ALTERNATE_SCREEN) == shown.said.count(USUAL_SCREEN) == 1


@pytest.mark.slow
async def test_a_row_is_replayed_from_the_terminal(tmp_path: Path) -> None:
    target = "http://localhost:3000/hook"
    async with engine(tmp_path, targets=(target,)) as played, terminal(tmp_path) as shown:
        await played.engine.receive(make_capture(batch_body("one", "two")))
        await shown.shows("two")
        shown.type(b"r")
        await shown.shows("#1.2", "localhost:3000", "signed again")
        assert played.engine.replays == [(EventRef(1, 2), None)]
        shown.type(b"q")
        await until(lambda: bool(played.engine.stops))


@pytest.mark.slow
async def test_it_follows_the_size_of_its_terminal(tmp_path: Path) -> None:
    exported = {"COLUMNS": "80", "LINES": "24"}  # By the shell; they stay when the terminal changes.
    async with engine(tmp_path) as played, terminal(tmp_path, environment=exported) as shown:
        await played.engine.receive(make_capture(feed_body("a comment with a good many words")))
        await shown.shows("Tester")
        shown.resize(140, 40)
        await shown.shows("receiver", "a comment with a good many words", "connection")
        shown.resize(60, 20)
        await shown.shows("recv", "Tester", "stop & put back")
        shown.resize(200, 50)
        await shown.shows("a comment with a good many words")


@needs_proc
@pytest.mark.slow
async def test_all_of_it_is_painted_again_after_it_was_suspended(tmp_path: Path) -> None:
    async with engine(tmp_path) as played, terminal(tmp_path) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "stop & put back")
        os.kill(shown.pid, signal.SIGTSTP)
        await until(lambda: Path(f"/proc/{shown.pid}/stat").read_text().rpartition(") ")[2].startswith("T"))
        shown.resize(80, 24)
        os.kill(shown.pid, signal.SIGCONT)
        await shown.shows("1234567890", "Tester", "stop & put back")


@pytest.mark.slow
async def test_it_paints_before_the_run_answers(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/s")
        listener.listen()
        async with terminal(tmp_path) as shown:
            await shown.shows("Getting ready", "opening a port", "waiting for the run")


@pytest.mark.slow
@pytest.mark.parametrize("hears", [True, False])
@pytest.mark.parametrize("is_jammed", [True, False])
async def test_it_does_not_outlive_its_terminal(tmp_path: Path, hears: bool, is_jammed: bool) -> None:
    async with engine(tmp_path), terminal(tmp_path, hears=hears) as shown:
        await shown.shows("waiting for the first notification")
        if is_jammed:
            await shown.jam()
        shown.hang_up()
        await shown.end()


@needs_proc
@pytest.mark.parametrize("is_jammed", slow_after(1, [True, False]))
async def test_it_does_not_outlive_its_parent(tmp_path: Path, is_jammed: bool) -> None:
    async with engine(tmp_path), terminal(tmp_path, command=("-c", _PARENT), hears=False) as shown:
        await shown.shows("waiting for the first notification")
        shown.pid = child_of(shown.process.pid, "hookscope.tui")
        if is_jammed:
            await shown.jam()
        shown.process.kill()
        await until(lambda: not is_running(shown.pid))
        assert shown.echoes
        if not is_jammed:  # To one that takes nothing more, nothing can be said.
            shown._read()
            assert USUAL_SCREEN in shown.said


@pytest.mark.slow
async def test_ctrl_c_on_the_terminal_asks_the_run_to_stop(tmp_path: Path) -> None:
    async with engine(tmp_path) as played, terminal(tmp_path) as shown:
        await shown.shows("waiting for the first notification")
        shown.type(b"\x03")
        await shown.shows("Putting everything back")
        await until(lambda: len(played.engine.stops) == 1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_ends_it_with_the_terminal_put_back(tmp_path: Path, number: signal.Signals) -> None:
    async with engine(tmp_path) as played, terminal(tmp_path) as shown:
        await shown.shows("waiting for the first notification")
        shown.process.send_signal(number)
        assert await shown.end() == 0
        assert USUAL_SCREEN in shown.said
        assert b"Traceback" not in shown.said
        assert not played.engine.stops


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", [False, True])
async def test_the_death_of_the_run_leaves_the_next_step_on_the_terminal(tmp_path: Path, sandbox: bool) -> None:
    async with engine(tmp_path, sandbox=sandbox) as played, terminal(tmp_path) as shown:
        await shown.shows("waiting for the first notification")
        await played.die()
        await shown.shows("the run's process died")
        shown.type(b"q")
        assert await shown.end() == 0
        last = shown.said.rpartition(USUAL_SCREEN)[2]
        assert (b"hookscope teardown" in last, b"its sandbox with it" in last) == (not sandbox, sandbox)


@pytest.mark.slow
async def test_a_picture_is_written_on_demand(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    async with engine(tmp_path), terminal(tmp_path, environment={"HOOKSCOPE_TUI_SCREENSHOT": str(picture)}) as shown:
        await shown.shows("waiting for the first notification")
        shown.process.send_signal(signal.SIGUSR1)
        await until(lambda: picture.exists() and "</svg>" in picture.read_text())
        assert "hookscope" in picture.read_text()


async def test_wrong_arguments_are_explained(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hookscope.tui"),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        cwd=tmp_path,
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert b"--socket" in told


@pytest.mark.slow
@pytest.mark.parametrize(("keys", "label"), [(b"/rqt", "no hit"), (b"frqt", "0 of 1")])
async def test_keys_typed_before_the_prompt_opens_go_into_it(tmp_path: Path, keys: bytes, label: str) -> None:
    async with engine(tmp_path, targets=("http://localhost:3000/",)) as played, terminal(tmp_path) as shown:
        await played.engine.receive(make_capture())
        await shown.shows("Tester", "1234567890")
        shown.type(keys)
        await shown.shows("rqt", label)
        shown.type(b"x")
        await shown.shows("rqtx")
        assert played.engine.replays == []
        assert played.engine.stops == []


@pytest.mark.slow
async def test_keys_that_come_together_scroll_as_far_as_keys_one_by_one(tmp_path: Path) -> None:
    async with engine(tmp_path), terminal(tmp_path) as shown:
        await shown.shows("1234567890")
        shown.type(b"?")
        await shown.shows("move one screen")
        shown.type(b"j" * 40)
        await shown.shows("your app's answer")
