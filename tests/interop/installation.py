"""Installs a library into a folder of its own, once, and runs programs with it."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

PROGRAMS = Path(__file__).parent / "programs"
INPUT = "INTEROP"
"""The variable that tells a program, as JSON, what to talk to."""

_COMPLETE = ".complete"
_PROGRAM_SECONDS = 180.0
_START_SECONDS = 60.0
_QUOTED_LINES = 12


class InteropError(Exception):
    """A library could not be installed, or its program could not be run to its end."""


class Installation(Struct, frozen=True, kw_only=True):
    """A folder in which a library is installed. `interpreter` begins the command that runs a program with it."""

    folder: Path
    interpreter: tuple[str, ...]

    async def run(self, program: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a program of `programs/`, and return the JSON objects that it prints, one a line.

        The program finds `given` as JSON in the variable INTEROP. Raises InteropError when it fails.
        """
        command, environment = self._start(program, given)
        output = await _run(command, folder=self.folder, environment=environment, seconds=_PROGRAM_SECONDS)
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    @asynccontextmanager
    async def serving(self, program: str, given: Mapping[str, Any]) -> AsyncIterator[str]:
        """Run a program that prints `{"url": …}` and serves there until it is ended. Raises InteropError."""
        command, environment = self._start(program, given)
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=environment, stdout=PIPE, stderr=DEVNULL
        )
        try:
            yield await _announced(process, program)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    def _start(self, program: str, given: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return the command that runs a program, and its environment."""
        return (*self.interpreter, str(PROGRAMS / program)), {**_environment(), INPUT: json.dumps(given)}


async def _announced(process: asyncio.subprocess.Process, program: str) -> str:
    """Wait for the URL that a server prints."""
    assert process.stdout
    try:
        async with asyncio.timeout(_START_SECONDS):
            async for line in process.stdout:
                if line.startswith(b"{"):
                    return str(json.loads(line)["url"])
    except TimeoutError as error:
        raise InteropError(f"{program} did not serve within {_START_SECONDS:g} s") from error
    raise InteropError(f"{program} ended before it served")


async def install(
    registry: str,
    requirements: tuple[str, ...],
    folder: Path,
    *,
    overrides: Mapping[str, str],
    oldest: tuple[int, int],
) -> Installation:
    """Install the requirements, unless the folder has them from an earlier run; raises InteropError.

    `oldest` is the oldest Python that they run with, if it is pip's registry.
    """
    done = folder / _COMPLETE
    wanted = json.dumps([requirements, dict(overrides)])
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not done.exists() or done.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        if registry == "npm":
            (folder / "package.json").write_text(json.dumps({"private": True, "overrides": dict(overrides)}))
        for command in _commands(registry, requirements, python, oldest):
            await _run(command, folder=folder, environment=_environment(), seconds=None)
        done.write_text(wanted)
    return Installation(folder=folder, interpreter=("node",) if registry == "npm" else (str(python),))


def _commands(
    registry: str, requirements: tuple[str, ...], python: Path, oldest: tuple[int, int]
) -> list[tuple[str, ...]]:
    if registry == "npm":
        bare = ("--ignore-scripts", "--omit=dev", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error")
        return [("npm", "install", "--prefix", ".", *bare, *requirements)]
    return [
        (_interpreter(oldest), "-m", "venv", "venv"),
        (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements),
    ]


def _interpreter(oldest: tuple[int, int]) -> str:
    """Return our own interpreter, or a newer one that is installed if ours is too old."""
    if sys.version_info >= oldest:
        return sys.executable
    major, minor = oldest
    names = [f"python{major}.{later}" for later in range(minor, minor + 4)]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise InteropError(f"it wants Python {major}.{minor}: put {names[0]} on the PATH")
    return found


def _environment() -> dict[str, str]:
    """Return the environment without settings of hookscope or of the checkout, which no library may see."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("HOOKSCOPE_", "PYTHON", "VIRTUAL"))}


async def _run(command: tuple[str, ...], *, folder: Path, environment: Mapping[str, str], seconds: float | None) -> str:
    """Run a command to its end and return its stdout; raises InteropError for a failure or a deadline passed."""
    try:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        raise InteropError(f"{command[0]} cannot be run: {error}") from error
    try:
        async with asyncio.timeout(seconds):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise InteropError(f"{Path(command[-1]).name} did not end within {seconds:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = [line for line in errors.decode("utf-8", "replace").splitlines() if not line.startswith("    at ")]
        last = " | ".join(lines[-_QUOTED_LINES:])
        raise InteropError(f"{Path(command[-1]).name} ended with {process.returncode}: {last}")
    return output.decode("utf-8", "replace")
