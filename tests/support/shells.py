"""Commands as a person pastes them into a shell."""

import asyncio
import os
import shutil
from collections.abc import Mapping

SHELLS = [name for name in ("sh", "bash", "dash", "zsh", "fish") if shutil.which(name)]
"""The shells that are here."""


async def run_in(shell: str, command: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Give a shell a command on its standard input, as a terminal would; exit code and what was said."""
    process = await asyncio.create_subprocess_exec(
        shell,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "HISTFILE": "", **(environment or {})},
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(command.encode()), 30)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, said.decode("utf-8", "replace")
