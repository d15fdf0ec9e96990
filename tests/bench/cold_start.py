"""Measure the waits for a user: for the version, for a receiver that listens, for the first picture.

    python -m tests.bench.cold_start [RUNS]

Medians in milliseconds of the whole process, beside what the interpreter and the bare libraries take in the same run:
on a busy or slow machine the differences and ratios tell more than the figures.
"""

import json
import os
import pty
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.program import COMMAND, Home

_FIRST_WORD = b"hookscope"


def main() -> None:
    """Measure and print a table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        # As installed: pip compiles what it installs, and a checkout is compiled by its first run.
        home.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        rows: list[tuple[str, Callable[[], float]]] = [
            ("python -c pass", lambda: _ended(home, python, "-c", "pass")),
            ("python -c 'import aiohttp.web'", lambda: _ended(home, python, "-c", "import aiohttp.web")),
            ("python -c 'import textual.app'", lambda: _ended(home, python, "-c", "import textual.app")),
            ("hookscope --version", lambda: _ended(home, *COMMAND, "--version")),
            ("hookscope run: receiver.listening", lambda: _listening(home)),
            ("hookscope run: first paint", lambda: _painted(home)),
        ]
        taken: dict[str, list[float]] = {name: [] for name, _ in rows}
        for _ in range(runs + 1):
            for name, measure in rows:
                taken[name].append(measure())
    for name, values in taken.items():
        kept = values[1:]  # the first run warms the file cache
        print(f"{name:<36} {statistics.median(kept):6.0f} ms   (min {min(kept):.0f}, max {max(kept):.0f})")


def _ended(home: Home, *command: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=home.environment, cwd=home.work, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def _listening(home: Home) -> float:
    started = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, "run", "--sandbox", "--json"], env=home.environment, cwd=home.work, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        elapsed = (time.perf_counter() - started) * 1000
        assert first["type"] == "receiver.listening"
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
    return elapsed


def _painted(home: Home) -> float:
    """Wait until the first word of the screen is on the terminal."""
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home.work)
        os.execvpe(COMMAND[0], [*COMMAND, "run", "--sandbox"], {**home.environment, "TERM": "xterm-256color"})
    seen = b""
    while _FIRST_WORD not in seen:
        seen += os.read(terminal, 65536)
    elapsed = (time.perf_counter() - started) * 1000
    os.kill(pid, signal.SIGTERM)
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass  # the last process on the terminal has closed it
    os.waitpid(pid, 0)
    os.close(terminal)
    return elapsed


if __name__ == "__main__":
    main()
