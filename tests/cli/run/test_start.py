import json
import subprocess
import sys
from pathlib import Path

from tests.support.program import Home

HEAVY = {"aiohttp", "pyngrok", "sqlite3", "textual"}
_UNTIL_THE_SCREEN = """
import json, sys
from hookscope.cli.run import command as run

def open_view(settings, address):
    print(json.dumps(sorted(sys.modules)))
    sys.exit()

run._open_view = open_view
run.command(["--sandbox"], standalone_mode=False)
"""


def test_the_screen_starts_before_a_run_loads_what_it_needs(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", _UNTIL_THE_SCREEN],
        env=home.environment,
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not HEAVY & set(json.loads(done.stdout))
