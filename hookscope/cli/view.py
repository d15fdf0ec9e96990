"""The TUI as a process of its own, on the terminal of this one."""

import asyncio
import json
import os
import subprocess
import sys
import termios
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from hookscope import child
from hookscope.secret_sources import SecretSources

_LEAVE_SCREEN = b"\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000;1002;1003;1006;1015;1016;2004;2048;1004l\x1b[<u\x1b[0m\r\n"
"""Alternate screen off, cursor on, line wrap on, reports of mouse, paste, focus and size off, keyboard protocol off,
colours off."""


class View:
    """Starts the TUI at once: it paints while this process is still loading. `attached` is for another's run.

    It is told through a pipe which texts it must take out of what it exports: its environment holds no secret.
    """

    def __init__(self, *, address: Path, journal: Path, secrets: SecretSources, attached: bool = False) -> None:
        self._terminal = _terminal_state()
        arguments = ["--socket", str(address), "--journal", str(journal), *(["--attached"] if attached else [])]
        theirs, ours = os.pipe()
        with os.fdopen(theirs), os.fdopen(ours, "wb") as pipe:
            self._process = subprocess.Popen(
                child.command("hookscope.tui", *arguments, "--secrets", str(theirs)),
                pass_fds=(theirs,),
                env=child.environment(),
            )
            with suppress(BrokenPipeError):
                pipe.write(json.dumps(secrets.redactable).encode())
                pipe.flush()

    async def ended(self) -> int:
        """Wait for the TUI's end; its exit status."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()

        def tell(status: int) -> None:
            if not done.done():
                done.set_result(status)

        def wait() -> None:
            status = self._process.wait()
            with suppress(RuntimeError):  # The loop has ended; nobody waits any more.
                loop.call_soon_threadsafe(tell, status)

        threading.Thread(target=wait, name="view", daemon=True).start()
        return await done

    def wait(self) -> int:
        """Block until the TUI has ended; its exit status."""
        return self._process.wait()

    def close(self, patience: float = 3.0) -> None:
        """End the TUI if it still goes, and give the terminal back as it was."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.restore_terminal()

    def restore_terminal(self) -> None:
        """Undo what a TUI that was killed could not undo itself; harmless after one that ended well."""
        if self._process.poll() in (0, None) or self._terminal is None:
            return
        with suppress(OSError, termios.error):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._terminal)
            os.write(sys.stdout.fileno(), _LEAVE_SCREEN)


def _terminal_state() -> list[Any] | None:
    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (OSError, termios.error, ValueError):
        return None
