"""The sandbox in a process of its own, as `hookscope run --sandbox` uses it."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from types import TracebackType
from typing import Self

from hookscope import subprocesses
from hookscope.errors import HookscopeError
from hookscope.sandbox.address import SandboxAddress
from hookscope.secret_sources import Secret

_STARTING_SECONDS = 10.0
_ENDING_SECONDS = 2.0
_TOLD_BYTES = 2000


class SandboxProcess:
    """Starts a sandbox that plays the demo, and ends it; an async context manager.

    The process has a session of its own, so that no Ctrl-C on the terminal ends it before its run has put everything
    back. It ends with its stdin, and so never outlives this process. Raises HookscopeError when it does not start.
    """

    address: SandboxAddress

    def __init__(
        self, *, app_id: str | None = None, app_secret: Secret | None = None, deadline: float = _STARTING_SECONDS
    ) -> None:
        self._wanted = {"app_id": app_id, "app_secret": app_secret and app_secret.reveal()}
        self._deadline = deadline
        self._process: Process | None = None
        self._errors: asyncio.Task[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id."""
        return self._process.pid if self._process else None

    @property
    def has_ended(self) -> bool:
        """True if the process was started and is no longer there."""
        return self._process is not None and self._process.returncode is not None

    async def __aenter__(self) -> Self:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *subprocesses.module_command("hookscope.sandbox"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                start_new_session=True,
                env=subprocesses.environment(),
            )
        except OSError as error:
            raise self._failed(f"the sandbox cannot be started: {error}") from error
        try:
            assert self._process.stdin
            self._process.stdin.write(json.dumps(self._wanted).encode() + b"\n")  # No secret is in its environment.
            self._errors = asyncio.create_task(_read_end(self._process.stderr), name="sandbox errors")
            self.address = await self._read_address(self._process)
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
        if self._process is None:
            raise RuntimeError("the sandbox was not started")
        return await self._process.wait()

    async def _read_address(self, process: Process) -> SandboxAddress:
        assert process.stdout
        try:
            async with asyncio.timeout(self._deadline):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise self._failed(f"the sandbox did not start within {self._deadline:g} s") from error
        try:
            return SandboxAddress.from_json(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise self._failed(f"the sandbox did not start{await self._last_words(process)}") from error

    async def _last_words(self, process: Process) -> str:
        """Return the last line of its stderr, once it has ended."""
        process_ended = False
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_SECONDS):
                await process.wait()
                process_ended = True
        lines = (await self._errors).decode("utf-8", "replace").split("\n") if process_ended and self._errors else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f": {last}" if last else ""

    def _failed(self, message: str) -> HookscopeError:
        return HookscopeError(
            message, done="its process was stopped", hint="start `hookscope sandbox` on its own to see its error"
        )

    async def _end(self) -> None:
        """End it by closing its stdin, then by a signal, then by force. Always waits for its end."""
        process = self._process
        if process is None:
            return
        try:
            if process.stdin:
                process.stdin.close()
            if not await _ended(process):
                with suppress(ProcessLookupError):
                    process.terminate()
                await _ended(process)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            if self._errors:
                await self._errors


async def _ended(process: Process) -> bool:
    try:
        async with asyncio.timeout(_ENDING_SECONDS):
            await process.wait()
    except TimeoutError:
        return False
    return True


async def _read_end(stream: asyncio.StreamReader | None) -> bytes:
    """Read a stream to its end, so that its writer never blocks, and keep the last of it."""
    kept = b""
    while stream and (chunk := await stream.read(4096)):
        kept = (kept + chunk)[-_TOLD_BYTES:]
    return kept
