import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.first_process import first_process
from tests.support.program import Home

_HEAVY = {"aiohttp", "asyncio", "pyngrok", "sqlite3", "textual"}
_START = """
from hookscope.cli.run.command import command
command(["--sandbox", "--output", {!r}], standalone_mode=False)
"""


@pytest.mark.parametrize(("output", "started"), [("tui", "hookscope.tui"), ("json", "hookscope.sandbox")])
def test_the_process_that_is_waited_for_starts_before_a_run_loads_what_it_needs(
    tmp_path: Path, output: str, started: str
) -> None:
    command, modules = first_process(_START.format(output), Home(tmp_path / "home"))
    assert started in command
    assert not _HEAVY & modules


_WITH_A_TAKEN_PORT = """
import socket
from hookscope.cli.run import command as run

launched = []
launch = run.launch
run.launch = lambda **app: launched.append(launch(**app)) or launched[-1]
with socket.create_server(("127.0.0.1", 0)) as taken:
    port = str(taken.getsockname()[1])
    code = run.command(["--sandbox", "--json", "--port", port], standalone_mode=False)
print(code, launched[0].returncode)
"""


def test_a_run_that_cannot_begin_ends_the_sandbox_that_it_has_launched(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", _WITH_A_TAKEN_PORT],
        env=home.environment,
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "is in use" in done.stderr
    assert done.stdout.splitlines()[-1] == "2 -9"
