"""The process that makes the lines of a busy run, as the run sees it."""

import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack

from hookscope import subprocesses
from hookscope.formats.line_channel import LineChannel
from hookscope.formats.packed_items import pack
from hookscope.model.run_events import RunEvent
from hookscope.settings import Output


class LineProcess:
    """Makes text of items in a process of its own, with an interpreter's lock of its own.

    It knows neither stdout nor the terminal, and ends when this process does, however that ends. Raises OSError if it
    cannot be started.
    """

    def __init__(self, mode: Output) -> None:
        self._mode = mode
        self._end, theirs = socket.socketpair()
        self._channel = LineChannel(self._end)
        with theirs, ExitStack() as unless_started:
            unless_started.enter_context(self._end)
            number = theirs.fileno()
            self._process = subprocess.Popen(
                subprocesses.module_command("hookscope.formats.line_worker", mode, str(number)),
                pass_fds=(number,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=subprocesses.environment(),
                start_new_session=True,  # Ctrl-C is for the run, which has its last lines made after that.
            )
            unless_started.pop_all()

    @property
    def is_ready(self) -> bool:
        """True if it waits for its first items. Raises EOFError if it has ended."""
        try:
            self._end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        self._channel.receive()
        return True

    def text_of(self, items: Sequence[RunEvent]) -> memoryview:
        """Return the text of items, which the next call overwrites. Waits; raises EOFError if the process has ended."""
        self._channel.send(pack(items, self._mode))
        return self._channel.receive()

    def close(self) -> None:
        """End the process, which has nothing to lose."""
        self._process.kill()
        self._process.wait()
        self._end.close()
