"""An application that does as little as it can: a connection that answers 200 to each request."""

import asyncio
from collections.abc import Callable, Mapping

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nOK"


class Answering(asyncio.BufferedProtocol):
    """Hands the headers, by lower-case name, and the body of each request to `take`."""

    def __init__(self, take: Callable[[Mapping[bytes, bytes], bytes], None]) -> None:
        self._take = take
        self._buffer = bytearray(64 << 10)
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what the answers are written to."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return the buffer for the next part of a request."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Answer every request that has come whole."""
        self._data += self._buffer[:nbytes]
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            lines = self._data[:end].split(b"\r\n")[1:]
            headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
            whole = end + 4 + int(headers.get(b"content-length", b"0"))
            if len(self._data) < whole:
                return
            self._take(headers, self._data[end + 4 : whole])
            self._data = self._data[whole:]
            self._transport.write(_OK)
