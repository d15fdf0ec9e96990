"""The TUI as a process of its own, on the terminal of this one."""

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from hookscope import terminal
from hookscope.cli.view_process import ViewProcess
from hookscope.secret_sources import SecretSources


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
            "hookscope.tui", address=address, journal=journal, secrets=secrets, keys=keys, attached=attached
        )

    async def ended(self) -> int:
        """Wait for the TUI's end; return its exit status."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()

        def tell(status: int) -> None:
            if not done.done():
                done.set_result(status)

        def wait() -> None:
            status = self._process.wait()
            with suppress(RuntimeError):  # The loop has ended; nobody is waiting.
                loop.call_soon_threadsafe(tell, status)

        threading.Thread(target=wait, name="view", daemon=True).start()
        return await done

    def wait(self) -> int:
        """Block until the TUI has ended; return its exit status."""
        return self._process.wait()

    def close(self, patience: float = 3.0) -> None:
        """End the TUI if it is still alive, and restore the terminal."""
        super().close(patience)
        self.restore_terminal()

    def restore_terminal(self) -> None:
        """Undo what a killed TUI could not undo itself; harmless after one that ended well."""
        if self._process.poll() in (0, None) or self._terminal is None:
            return
        terminal.restore(self._terminal)
