"""The sandbox in a process of its own, as `hookscope run --sandbox` uses it."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from hookscope import subprocesses
from hookscope.sandbox.address import SandboxAddress
from hookscope.sandbox.launch import discard, failed_start

_STARTING_SECONDS = 10.0
_ENDING_SECONDS = 2.0
_TOLD_BYTES = 2000

_T = TypeVar("_T")


class SandboxProcess:
    """Waits until a sandbox that was launched serves, and ends it; an async context manager.

    Raises HookscopeError when it does not start.
    """

    address: SandboxAddress

    def __init__(self, launched: subprocess.Popen[bytes], *, deadline: float = _STARTING_SECONDS) -> None:
        self._process = launched
        self._deadline = deadline

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """True if the process is no longer there."""
        return self._process.poll() is not None

    async def __aenter__(self) -> Self:
        self._status = _wait(self._process.wait, "end of the sandbox")
        self._first_line = _wait(partial(_read_line, self._process), "address of the sandbox")
        self._errors = _wait(partial(_read_end, self._process), "errors of the sandbox")
        try:
            self.address = await self._read_address()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def wait(self) -> int:
        """Wait until the process has ended by itself, and return its exit status."""
        return await asyncio.shield(self._status)

    async def _read_address(self) -> SandboxAddress:
        try:
            async with asyncio.timeout(self._deadline):
                line = await asyncio.shield(self._first_line)
        except TimeoutError as error:
            raise failed_start(f"the sandbox did not start within {self._deadline:g} s") from error
        try:
            return SandboxAddress.from_json(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise failed_start(f"the sandbox did not start{await self._last_words()}") from error

    async def _last_words(self) -> str:
        """Return the last line of its stderr, once it has ended."""
        lines = (await self._errors).decode("utf-8", "replace").split("\n") if await self._ends() else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f": {last}" if last else ""

    async def _end(self) -> None:
        """End it by closing its stdin, then by a signal, then by force. Always waits for its end."""
        try:
            if self._process.stdin:
                with suppress(BrokenPipeError):  # It has ended before it was told what to play.
                    self._process.stdin.close()
            if not await self._ends():
                self._process.terminate()
                await self._ends()
        finally:
            self._process.kill()
            await asyncio.wait({self._status, self._first_line, self._errors})
            discard(self._process)

    async def _ends(self) -> bool:
        """Return whether it ends within some seconds."""
        done, _ = await asyncio.wait({self._status}, timeout=_ENDING_SECONDS)
        return bool(done)


def _wait(wait: Callable[[], _T], name: str) -> "asyncio.Task[_T]":
    return asyncio.create_task(subprocesses.in_thread(wait), name=name)


def _read_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    return process.stdout.readline()


def _read_end(process: subprocess.Popen[bytes]) -> bytes:
    """Read its stderr to the end, so that writing never blocks it, and keep the last of it."""
    assert process.stderr
    kept = b""
    while chunk := os.read(process.stderr.fileno(), 4096):
        kept = (kept + chunk)[-_TOLD_BYTES:]
    return kept
