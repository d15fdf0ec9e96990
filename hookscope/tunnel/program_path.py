"""The programs that open tunnels, on this machine."""

import os
import shutil
from pathlib import Path

_START = 4096
"""Bytes of a file, more than the whole of a script that starts a Python package."""


def find_program(name: str) -> str | None:
    """Return the first program of that name on PATH.

    pyngrok's script `ngrok` is passed over. It is in hookscope's own environment, first on PATH where that is active
    or started by uv, and downloads an agent without a word.
    """
    for folder in os.get_exec_path():
        if (found := shutil.which(name, path=folder)) and not _is_script_of_pyngrok(found):
            return found
    return None


def _is_script_of_pyngrok(file: str) -> bool:
    try:
        with Path(file).open("rb") as opened:
            start = opened.read(_START)
    except OSError:  # It can be executed, but not read.
        return False
    return start.startswith(b"#!") and b"from pyngrok.ngrok import main" in start
