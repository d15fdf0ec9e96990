"""The common parts of the helper processes of tunnels: messages to the engine, and an end that leaves nothing behind.

A helper and its agent form a process group: one signal ends both, whatever hangs and however hookscope ends.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Helper(ABC):
    """The work of a helper process, by the instruction `wanted`, whose `folder` is removed at the end."""

    def __init__(self, wanted: "Mapping[str, Any]", messages: MessageSender) -> None:
        self._wanted = wanted
        self._messages = messages
        self._leaving = threading.Lock()

    @abstractmethod
    def serve(self) -> None:
        """Do the work, and `leave` when it has ended by itself."""

    @abstractmethod
    def _end(self) -> None:
        """End what is held."""

    def leave(self) -> NoReturn:
        """End what is held, remove the private folder, then end everything in this process group."""
        self._leaving.acquire()  # Never released: a second caller has nothing left to do.
        self._end()
        shutil.rmtree(self._wanted["folder"], ignore_errors=True)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)


def end_gently(agent: "subprocess.Popen[Any] | None") -> None:
    """End an agent that is running, gently at first."""
    if agent and agent.poll() is None:
        agent.terminate()
        with suppress(subprocess.TimeoutExpired):
            agent.wait(_AGENT_GRACE)


def run(make: "Callable[[Mapping[str, Any], MessageSender], Helper]") -> NoReturn:
    """Take the instruction from stdin, a line of JSON, and serve it until stdin ends."""
    messages = MessageSender(take_stdout())
    helper = make(json.loads(sys.stdin.buffer.readline()), messages)
    threading.Thread(target=helper.serve, name="serve", daemon=True).start()
    sys.stdin.buffer.read()
    helper.leave()
