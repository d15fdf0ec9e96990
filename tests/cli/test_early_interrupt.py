"""Ctrl-C before the command line has loaded."""

import subprocess
import sys

_PROGRAM = """
import signal, sys

class Interrupting:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "click":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting)
from hookscope.cli import main
main(["--version"])
"""


def test_ctrl_c_while_the_command_line_loads_ends_it_quietly() -> None:
    ended = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
