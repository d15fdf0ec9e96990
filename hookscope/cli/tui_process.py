"""The TUI as a process of its own, on the terminal of this one."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from hookscope import subprocesses, terminal
from hookscope.cli import output, standby
from hookscope.cli.view_process import ViewProcess
from hookscope.secret_sources import SecretSources

_PAINTING_SECONDS = 1.0


class TuiProcess(ViewProcess):
    """Starts the TUI at once, so that it paints while this process is still loading."""

    def __init__(
        self,
        *,
        address: Path,
        journal: Path,
        secrets: SecretSources,
        keys: Mapping[str, str] = MappingProxyType({}),
        attached: bool = False,
    ) -> None:
        self._terminal = terminal.state()
        super().__init__(
            "hookscope.tui",
            "--color",
            "on" if output.uses_color(sys.stderr) else "off",
            address=address,
            journal=journal,
            secrets=secrets,
            keys=keys,
            attached=attached,
            standby=standby.take(),
        )

    async def painted(self) -> None:
        """Wait until the TUI has painted for the first time, or has ended; not for long."""
        import asyncio  # Loading it takes a part of the time in which the TUI starts.

        with suppress(TimeoutError):
            async with asyncio.timeout(_PAINTING_SECONDS):
                await subprocesses.in_thread(self._hear)

    async def ended(self) -> int:
        """Wait for the TUI's end; return its exit status."""
        return await subprocesses.in_thread(self._process.wait)

    def wait(self) -> int:
        """Block until the TUI has ended; return its exit status."""
        return self._process.wait()

    def _hear(self) -> None:
        with suppress(OSError):  # It has ended.
            self._connection.recv(1)

    def close(self, timeout: float = 3.0) -> None:
        """End the TUI if it is still alive, and restore the terminal."""
        super().close(timeout)
        self.restore_terminal()

    def restore_terminal(self) -> None:
        """Undo what a killed TUI could not undo itself; harmless after one that ended well."""
        if self._process.poll() in (0, None) or self._terminal is None:
            return
        terminal.restore(self._terminal)
