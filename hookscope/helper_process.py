"""A process that does a part of the work of this one, with an interpreter's lock of its own: bytes to it, bytes back.

Both ends use the same memory again and again. A message has several hundred KiB: to have as much mapped anew for each
takes ten times as long as to copy it.
"""

import gc
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress

from hookscope import subprocesses

_LENGTH_BYTES = 8
_KEPT_BYTES = 4 << 20
_COLLECTED_AFTER = 20_000
"""The number of new objects between two collections."""


class HelperProcess:
    """A module of ours that runs `serve` in a process of its own.

    It knows neither our stdout nor the terminal, and ends when this process does, however that ends. Raises OSError if
    it cannot be started.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._end, theirs = socket.socketpair()
        self._channel = _Channel(self._end)
        with theirs, ExitStack() as unless_started:
            unless_started.enter_context(self._end)
            number = theirs.fileno()
            self._process = subprocess.Popen(
                subprocesses.module_command(module, *arguments, str(number)),
                pass_fds=(number,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=subprocesses.environment(),
                # Ctrl-C is for us, who may still need it after that. No session of its own: Linux shares the
                # processors out between sessions, and a priority only counts within one.
                process_group=0,
            )
            unless_started.pop_all()

    @property
    def is_ready(self) -> bool:
        """True if it waits for its first message. Raises EOFError if it has ended."""
        try:
            self._end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        self._channel.receive()
        return True

    def send(self, message: bytes | bytearray) -> None:
        """Send it something to do, and `receive` the result before the next. Raises EOFError if it has ended."""
        self._channel.send(message)

    def receive(self) -> memoryview:
        """Wait for the result, which the next one overwrites. Raises EOFError if the process has ended."""
        return self._channel.receive()

    def close(self) -> None:
        """End the process, which has nothing to lose."""
        self._process.kill()
        self._process.wait()
        self._end.close()


def serve(number: int, work: Callable[[memoryview], bytes | bytearray]) -> None:
    """Answer each message with what the work makes of it, until the other end of that socket is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    with socket.socket(fileno=number) as end, suppress(EOFError):
        channel = _Channel(end)
        channel.send(b"")  # Everything is loaded.
        while True:
            channel.send(work(channel.receive()))


def serve_prepared(number: int, prepare: Callable[[memoryview], Callable[[memoryview], bytes | bytearray]]) -> None:
    """Do what `serve` does with the work that is prepared with the first message, which an empty one answers."""
    prepared: list[Callable[[memoryview], bytes | bytearray]] = []

    def work(message: memoryview) -> bytes | bytearray:
        if prepared:
            return prepared[0](message)
        prepared.append(prepare(message))
        return b""

    serve(number, work)


def collect_seldom() -> None:
    """Have the collector look for cycles seldom, and not among what is loaded by now: captures are in none."""
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)


class _Channel:
    """One end of a channel of messages, each behind its length. It blocks; raises EOFError when the other is gone."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._memory = bytearray()

    def send(self, message: bytes | bytearray) -> None:
        """Send a message."""
        try:
            self._end.sendall(len(message).to_bytes(_LENGTH_BYTES, "big"))
            self._end.sendall(message)
        except ConnectionError as error:
            raise EOFError from error

    def receive(self) -> memoryview:
        """Return the next message, which the one after it overwrites."""
        return self._receive(int.from_bytes(self._receive(_LENGTH_BYTES), "big"))

    def _receive(self, count: int) -> memoryview:
        if not count <= len(self._memory) <= max(count, _KEPT_BYTES):
            self._memory = bytearray(count)
        whole = memoryview(self._memory)[:count]
        left = whole
        while left:
            try:
                got = self._end.recv_into(left, 0, socket.MSG_WAITALL)
            except ConnectionError as error:
                raise EOFError from error
            if not got:
                raise EOFError
            left = left[got:]
        return whole
