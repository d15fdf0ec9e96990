"""Installs a library into a folder of its own, once, and runs programs with it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"
INPUT = "INTEROP"
"""The variable that tells a program, as JSON, what to talk to."""

_COMPLETE = ".complete"
_PROGRAM_SECONDS = 180.0
_QUOTED_LINES = 12


class InteropError(Exception):
    """A library could not be installed, or its program could not be run to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A folder in which a library is installed. `interpreter` begins the command that runs a program with it."""

    folder: Path
    interpreter: tuple[str, ...]

    async def run(self, program: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a program of `programs/`, and return the JSON objects that it prints, one a line.

        The program finds `given` as JSON in the variable INTEROP. Raises InteropError when it fails.
        """
        environment = {**_environment(), INPUT: json.dumps(given)}
        command = (*self.interpreter, str(PROGRAMS / program))
        output = await _run(command, folder=self.folder, environment=environment, seconds=_PROGRAM_SECONDS)
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


async def install(
    registry: str, requirements: tuple[str, ...], folder: Path, *, overrides: Mapping[str, str]
) -> Installation:
    """Install the requirements, unless the folder has them from an earlier run; raises InteropError."""
    done = folder / _COMPLETE
    wanted = json.dumps([requirements, dict(overrides)])
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not done.exists() or done.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        if registry == "npm":
            (folder / "package.json").write_text(json.dumps({"private": True, "overrides": dict(overrides)}))
        for command in _commands(registry, requirements, python):
            await _run(command, folder=folder, environment=_environment(), seconds=None)
        done.write_text(wanted)
    return Installation(folder=folder, interpreter=("node",) if registry == "npm" else (str(python),))


def _commands(registry: str, requirements: tuple[str, ...], python: Path) -> list[tuple[str, ...]]:
    if registry == "npm":
        bare = ("--ignore-scripts", "--omit=dev", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error")
        return [("npm", "install", "--prefix", ".", *bare, *requirements)]
    return [
        (sys.executable, "-m", "venv", "venv"),
        (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements),
    ]


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
