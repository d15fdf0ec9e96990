"""A process identified by its pid and its start: the pid alone may be another process' tomorrow."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from hookscope import subprocesses

_PROC = Path("/proc")
_POLL_SECONDS = 0.02


class Process(Struct, frozen=True, kw_only=True):
    """One process of this machine, for all time. `started` is only good for comparison."""

    pid: int
    started: str

    @property
    def is_running(self) -> bool:
        """True if it is still there; one that has ended and was not waited for does not count."""
        return identify(self.pid) == self

    def end(self, grace: float = 1.5) -> None:
        """Send SIGTERM, and after `grace` seconds SIGKILL. Blocks until it is gone; never touches another process."""
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 1.0)):
            if not self.is_running:
                return
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)
            until = time.monotonic() + seconds
            while self.is_running and time.monotonic() < until:
                time.sleep(_POLL_SECONDS)


def identify(pid: int) -> Process | None:
    """Return the process that has the pid at this moment, or None when there is none."""
    started = _started_by_proc(pid) if (_PROC / "self" / "stat").exists() else _started_by_ps(pid)
    return Process(pid=pid, started=started) if started else None


def _started_by_proc(pid: int) -> str | None:
    try:
        # The second field is the name in parentheses, which may hold blanks and parentheses itself.
        state, *fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    # Field 22 counts clock ticks since the machine booted: only together with that boot is it a moment.
    return None if state in "ZX" else f"{_boot()}/{fields[18]}"


def _boot() -> str:
    try:
        return (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text().strip()
    except OSError:
        return "?"


def _started_by_ps(pid: int) -> str | None:
    try:
        output = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            env={**subprocesses.environment(), "LC_ALL": "C"},
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    state, _, started = output.strip().partition(" ")
    return started.strip() or None if state and not state.startswith("Z") else None
