"""What the program has loaded when it starts its first process."""

import json
import subprocess
import sys

from tests.support.program import Home

_UNTIL_THEN = """
import json, os, subprocess, sys
from hookscope import terminal

class First(subprocess.Popen):
    def __init__(self, command, **how):
        print(json.dumps([command, sorted(sys.modules)]), flush=True)
        os._exit(0)

terminal.is_usable = lambda: True
subprocess.Popen = First
"""


def first_process(code: str, home: Home) -> tuple[list[str], set[str]]:
    """Run code in another interpreter, as on a terminal, until it starts a process.

    Return the command line of that process, and the names of the modules that were loaded by then.
    """
    done = subprocess.run(
        [sys.executable, "-c", _UNTIL_THEN + code],
        env=home.environment,
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=60,
    )
    command, modules = json.loads(done.stdout)
    return command, set(modules)
