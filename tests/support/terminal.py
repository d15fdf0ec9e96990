"""The program on a terminal of its own, with somebody who types."""

import asyncio
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.support.program import COMMAND, TIMEOUT_SECONDS, Home

_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Makes the terminal control the session, and becomes the command: a process with threads, as here, must not fork."""


class Terminal:
    """A pseudo-terminal with a process on it. `screen` is everything that was ever written to it."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self.pid = process.pid
        self.screen = b""
        self._process = process
        self._descriptor = descriptor
        self._news = asyncio.Event()
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, self._read)
        self._waiter = asyncio.create_task(self._wait())

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, keys.encode())

    async def shows(self, text: str, *, after: int = 0) -> None:
        """Wait until a text has been written to the screen, beyond so many bytes."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while text.encode() not in self.screen[after:]:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {text!r} on the screen:\n{self.screen[-3000:]!r}") from None

    async def end(self) -> int:
        """Wait for the end of the process; its exit status."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await asyncio.shield(self._ended)

    @property
    def is_sane(self) -> bool:
        """True if the terminal echoes, reads and wraps lines again, on its main screen, as a shell needs it."""
        flags = termios.tcgetattr(self._descriptor)[3]
        on, off = self.screen.rfind(b"\x1b[?1049h"), self.screen.rfind(b"\x1b[?1049l")
        wraps = self.screen.rfind(b"\x1b[?7h") >= self.screen.rfind(b"\x1b[?7l")
        return bool(flags & termios.ECHO and flags & termios.ICANON) and off >= on and wraps

    def hang_up(self) -> None:
        """Take the terminal away, as closing its window does."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1

    def close(self) -> None:
        """End everything on the terminal."""
        self._process.kill()
        self._waiter.cancel()
        if self._descriptor >= 0:
            self.hang_up()
        self._process.wait()

    def _read(self) -> bool:
        """Take what is there; whether more may come."""
        self._news.set()
        try:
            self.screen += os.read(self._descriptor, 1 << 16)
        except OSError:  # the last process on it has gone
            asyncio.get_running_loop().remove_reader(self._descriptor)
            return False
        return True

    async def _wait(self) -> None:
        while (code := self._process.poll()) is None:
            await asyncio.sleep(0.01)
        while self._descriptor >= 0 and select.select([self._descriptor], [], [], 0)[0] and self._read():
            pass  # The last words count, also when they come together with the end.
        self._ended.set_result(code)


@asynccontextmanager
async def on_terminal(
    home: Home,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    columns: int = 100,
    rows: int = 30,
    shell: bool = False,
    jobs: bool = False,
    session: bool = True,
) -> AsyncIterator[Terminal]:
    """Start the program on a terminal of this size, there as the only program, or as a command of a shell.

    A shell with `jobs` says when the program is suspended, and continues it with the next line that is typed.

    Without a `session` the terminal does not control it: nobody gets SIGHUP when it is taken away.
    """
    told = {**home.environment, "TERM": "xterm-256color", **(environment or {})}
    # Textual's own start leaves a file open in some versions; warnings are for the other tests.
    told.pop("PYTHONWARNINGS")
    # pytest-xdist tells its workers the size of its own terminal. Unbuffered, nothing is left to write at the end.
    for name in ("COLUMNS", "LINES", "PYTHONUNBUFFERED"):
        told.pop(name, None)
    command = [*COMMAND, *arguments]
    # The terminal hangs up when the program it was opened for ends; a shell outlives its commands.
    if jobs:
        command = ["sh", "-m", "-c", '"$@"; echo the shell again; read -r _; fg; sleep 60', "sh", *command]
    elif shell:
        command = ["sh", "-c", '"$@"; sleep 60', "sh", *command]
    command = [sys.executable, "-S", "-c", _TAKE_TERMINAL, *command] if session else command
    descriptor, theirs = pty.openpty()
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    try:
        process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=home.work, env=told, start_new_session=True
        )
    finally:
        os.close(theirs)
    terminal = Terminal(process, descriptor)
    try:
        yield terminal
    finally:
        terminal.close()
