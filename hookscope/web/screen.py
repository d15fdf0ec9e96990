"""A screen's process, driven by a browser instead of a terminal."""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from hookscope import subprocesses

_END_SECONDS = 5.0


class Screen(AppService):
    """The screen for one websocket, driven by textual-serve 1.1: call `start`, then `stop`.

    textual-serve runs its command in a shell and passes it no descriptor. This one receives its secrets over a pipe, in
    `line`, and ends when that is closed, whatever it is doing.
    """

    def __init__(self, arguments: Sequence[str], line: bytes, websocket: web.WebSocketResponse) -> None:
        async def close() -> None:
            await websocket.close()

        super().__init__(
            "",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._arguments = arguments
        self._line = line
        self._pipe: int | None = None

    async def stop(self) -> None:
        """Ask the process to end; kill it if it does not."""
        try:
            async with asyncio.timeout(_END_SECONDS):
                await super().stop()
        except TimeoutError:
            self._cut()
            if self._process:
                with suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
        finally:
            self._cut()

    def _cut(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        theirs, self._pipe = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *subprocesses.module_command("hookscope.tui", *self._arguments, "--parent", str(theirs)),
                pass_fds=(theirs,),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=self._build_environment(width, height),
            )
        finally:
            os.close(theirs)
        os.write(self._pipe, self._line)
        assert self._process.stdin
        self._stdin = self._process.stdin
        return self._process
