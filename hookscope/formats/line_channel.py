"""The channel to the process that makes lines: messages of bytes over a socket, each behind its length.

Both ends use the same memory again and again. A message has several hundred KiB: to have as much mapped anew for each
takes ten times as long as to copy it.
"""

import socket

_LENGTH_BYTES = 8
_KEPT_BYTES = 4 << 20


class LineChannel:
    """One end of the channel. It blocks, and raises EOFError when the other end is gone."""

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
