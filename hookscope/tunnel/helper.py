"""The common parts of a tunnel's helper process: its messages to the engine, and an end that leaves nothing behind.

A helper and its agent form a process group: one signal ends both, whatever hangs and however hookscope ends.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

_AGENT_GRACE = 1.5
_LONGEST_TEXT = 4000


class MessageSender:
    """Sends messages to the engine, from any thread. Every text is cleaned by `clean` and cut to a maximum length."""

    def __init__(self, descriptor: int) -> None:
        self.clean: Callable[[str], str] = str
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="replace")
        self._lock = threading.Lock()

    def send(self, event: str, **fields: Any) -> None:
        """Send one message, a line of JSON."""
        shown = {
            name: self.clean(value)[:_LONGEST_TEXT] if isinstance(value, str) else value
            for name, value in fields.items()
        }
        with self._lock, suppress(OSError):
            self._file.write(json.dumps({"event": event, **shown}) + "\n")
            self._file.flush()


def take_stdout() -> int:
    """Return a private descriptor for the original stdout; output of libraries is discarded."""
    kept = os.dup(sys.stdout.fileno())
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return kept


def leave(agent: "subprocess.Popen[Any] | None", folder: Path) -> NoReturn:
    """End the agent, gently at first, remove the folder, and end everything in this process group."""
    if agent and agent.poll() is None:
        agent.terminate()
        with suppress(subprocess.TimeoutExpired):
            agent.wait(_AGENT_GRACE)
    shutil.rmtree(folder, ignore_errors=True)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)
