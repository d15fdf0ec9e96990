"""What a command loads: nothing that it does not need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import Home

_SAY_MODULES = """
import atexit, json, sys
atexit.register(lambda: sys.stderr.write("\\n" + json.dumps(sorted(sys.modules))))
"""


def loaded(home: Home, *arguments: str) -> set[str]:
    """The modules that a command line has loaded when it ends."""
    code = f"{_SAY_MODULES}\nfrom hookscope.cli import main; main({list(arguments)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], env=home.environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (("--version",), {"aiohttp", "asyncio", "sqlite3", "textual", "pyngrok", "hookscope.meta"}),
        (("--help",), {"aiohttp", "asyncio", "sqlite3", "textual", "pyngrok"}),
        (("ls",), {"aiohttp", "textual", "pyngrok"}),
        (("trigger", "--list"), {"aiohttp", "textual", "pyngrok"}),
        (("run", "--sandbox", "--json", "--exit-after", "1"), {"textual", "rich", "pyngrok", "yaml"}),
    ],
)
def test_a_command_loads_only_what_it_needs(tmp_path: Path, arguments: tuple[str, ...], unneeded: set[str]) -> None:
    assert not unneeded & loaded(Home(tmp_path / "home"), *arguments)
