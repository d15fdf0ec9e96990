"""Processes that the tests start, and whether they are still there."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def interpreter_environment() -> dict[str, str]:
    """Return the variables with which an interpreter finds this checkout, and takes every warning for an error."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path, "PYTHONWARNINGS": "error"}


@asynccontextmanager
async def python(*arguments: str, **options: Any) -> AsyncIterator[Process]:
    """Start a Python that finds this checkout's hookscope; it is killed at the end if it is still running."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=PIPE, stderr=PIPE, env=environment, **options
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def is_running(pid: int) -> bool:
    """Return whether there is such a process that is more than a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return not Path("/proc/self").exists()  # gone in between, or a system without /proc
    return state.rpartition(")")[2].split()[0] != "Z"


def child_of(parent: int, part: str) -> int:
    """Return the pid of the child process that has `part` in its command line."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(child) for child in children if part in Path(f"/proc/{child}/cmdline").read_text())


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    children = [child for thread in threads for child in (thread / "children").read_text().split()]
    return [pid, *(one for child in children for one in family(int(child)))]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
