"""The TUI as a process of its own, on the terminal of this one."""

import asyncio
import json
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from hookscope import subprocesses, terminal
from hookscope.secret_sources import SecretSources


class TuiProcess:
    """Starts the TUI at once: it paints while this process is still loading. `attached` is for another's run.

    It receives by a pipe the texts to remove from its exports, and the app secrets with which it explains wrong
    signatures: its environment holds no secret. The pipe stays open for as long as this process lives, however that
    ends, and the TUI ends with it.
    """

    def __init__(self, *, address: Path, journal: Path, secrets: SecretSources, attached: bool = False) -> None:
        self._terminal = terminal.state()
        arguments = ["--socket", str(address), "--journal", str(journal), *(["--attached"] if attached else [])]
        theirs, self._pipe = os.pipe()
        try:
            self._process = subprocess.Popen(
                subprocesses.module_command("hookscope.tui", *arguments, "--parent", str(theirs)),
                pass_fds=(theirs,),
                env=subprocesses.environment(),
            )
        finally:
            os.close(theirs)
        with suppress(BrokenPipeError):
            os.write(self._pipe, json.dumps([secrets.redactable, secrets.signing_by_name]).encode() + b"\n")

    async def ended(self) -> int:
        """Wait for the TUI's end; return its exit status."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()

        def tell(status: int) -> None:
            if not done.done():
                done.set_result(status)

        def wait() -> None:
            status = self._process.wait()
            with suppress(RuntimeError):  # The loop has ended; nobody waits anymore.
                loop.call_soon_threadsafe(tell, status)

        threading.Thread(target=wait, name="view", daemon=True).start()
        return await done

    def wait(self) -> int:
        """Block until the TUI has ended; return its exit status."""
        return self._process.wait()

    def close(self, patience: float = 3.0) -> None:
        """End the TUI if it is still alive, and restore the terminal."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.restore_terminal()

    def restore_terminal(self) -> None:
        """Undo what a killed TUI could not undo itself; harmless after one that ended well."""
        if self._process.poll() in (0, None) or self._terminal is None:
            return
        terminal.restore(self._terminal)
