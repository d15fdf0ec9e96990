"""The program itself, as a process with a home of its own."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.forked import Forked, fork
from tests.support.processes import interpreter_environment

TIMEOUT_SECONDS = 30.0
COMMAND = (sys.executable, "-m", "hookscope")


class Home:
    """A place where a user's files would be, and the environment that leads there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state" / "hookscope"
        self.work = folder / "work"
        runtime = folder / "run"
        for made in (self.work, runtime):
            made.mkdir(parents=True)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("HOOKSCOPE_", "NGROK_", "XDG_"))
        }
        self.environment = {
            **kept,
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(runtime),
            **interpreter_environment(),
        }

    @property
    def journal(self) -> Path:
        """The journal, when none is named."""
        return self.state / "journal.db"


class Program:
    """A hookscope process. `objects` and `errors` hold what it has said so far, on stdout as JSON and on stderr."""

    def __init__(self, process: Process | Forked) -> None:
        self.process = process
        self.objects: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.errors = ""
        self._news = asyncio.Condition()
        self._readers = [asyncio.create_task(self._read_lines()), asyncio.create_task(self._read_errors())]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the objects of one type that came so far."""
        return [value for value in self.objects if value.get("type") == kind]

    async def next(
        self, kind: str, /, *, after: int = 0, seconds: float = TIMEOUT_SECONDS, **wanted: Any
    ) -> dict[str, Any]:
        """Wait for an object of one type with these values, the first one or the one after so many."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.of(kind) if all(one.get(key) == value for key, value in wanted.items())]

        await self._until(lambda: len(found()) > after, f"{kind} {wanted}", seconds)
        return found()[after]

    async def line(self, part: str) -> str:
        """Wait for a line on stdout that contains a text."""
        await self._until(lambda: any(part in line for line in self.lines), f"line with {part!r}")
        return next(line for line in self.lines if part in line)

    async def says(self, part: str) -> None:
        """Wait until stderr contains a text."""
        await self._until(lambda: part in self.errors, f"{part!r} on stderr")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    async def end(self) -> int:
        """Wait for its end, and for the last of its output; the exit code."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            code = await self.process.wait()
            await asyncio.gather(*self._readers)
        return code

    async def kill(self) -> None:
        """End it by force, as a power cut would."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.end()

    async def _until(self, predicate: Any, what: str, seconds: float = TIMEOUT_SECONDS) -> None:
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: predicate() or all(reader.done() for reader in self._readers))
        except TimeoutError:
            raise AssertionError(f"no {what} within {seconds:g} s\n{self._story()}") from None
        if not predicate():
            raise AssertionError(f"it ended without {what}\n{self._story()}")

    def _story(self) -> str:
        return "\n".join((*self.lines[-30:], "--- stderr", self.errors[-4000:]))

    async def _read_lines(self) -> None:
        while self.process.stdout and (line := await self.process.stdout.readline()):
            self.lines.append(line.decode().rstrip("\n"))
            with suppress(ValueError):
                if isinstance(value := json.loads(line), dict):
                    self.objects.append(value)
            await self._tell()
        await self._tell()

    async def _read_errors(self) -> None:
        assert self.process.stderr
        while chunk := await self.process.stderr.read(4096):
            self.errors += chunk.decode("utf-8", "replace")
            await self._tell()
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def start(
    home: Home, *arguments: str, environment: Mapping[str, str] | None = None, **options: Any
) -> AsyncIterator[Program]:
    """Start the program; it is ended with the context, if it has not ended by itself.

    It is forked unless something about it is special: `command=COMMAND` starts an interpreter.
    """
    wanted = {**home.environment, **(environment or {})}
    forked = None if options else await fork(arguments, wanted, home.work)
    program = Program(forked or await _started(arguments, wanted, home.work, **options))
    try:
        yield program
    finally:
        if program.process.returncode is None:
            await program.kill()
        else:
            await program.end()


async def _started(arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, **options: Any) -> Process:
    return await asyncio.create_subprocess_exec(
        *options.pop("command", COMMAND),
        *arguments,
        stdin=options.pop("stdin", asyncio.subprocess.DEVNULL),
        stdout=options.pop("stdout", PIPE),
        stderr=PIPE,
        env=environment,
        cwd=cwd,
        limit=1 << 26,
        **options,
    )


async def call(home: Home, *arguments: str, environment: Mapping[str, str] | None = None, **options: Any) -> "Done":
    """Run the program to its end."""
    async with start(home, *arguments, environment=environment, **options) as program:
        code = await program.end()
    return Done(code, "".join(f"{line}\n" for line in program.lines), program.errors, program.objects)


class Done:
    """The output of a program that has ended."""

    def __init__(self, code: int, stdout: str, stderr: str, objects: list[dict[str, Any]]) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.objects = objects
