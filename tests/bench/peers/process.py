"""A peer's process, in a home that is thrown away."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_TIMEOUT_SECONDS = 60


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a command that says nothing, until the context ends."""
    with tempfile.TemporaryDirectory() as home:
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command,
            env={"HOME": home, "PATH": os.environ["PATH"], "XDG_CONFIG_HOME": os.fspath(Path(home, "config"))},
            cwd=home,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            process_group=0,
        )
        try:
            yield process
        finally:
            # A package's command may only start the program, which would go on without it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


async def listening(port: int) -> None:
    """Wait until something listens on a port."""
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.005)
            else:
                writer.close()
                return
