"""The process that makes the lines of a busy run: it reads packed items and answers with their text.

It is connected to the run by a socket and ends when that is cut.
"""

import gc
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress

from hookscope.formats.line_channel import LineChannel
from hookscope.formats.packed_items import lines_of
from hookscope.settings import Output

_COLLECTED_AFTER = 20_000
"""The number of new objects between two collections: items are in no cycle."""


def main() -> None:
    """Make lines until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)
    mode = Output(sys.argv[1])
    with socket.socket(fileno=int(sys.argv[2])) as end, suppress(EOFError):
        run = LineChannel(end)
        run.send(b"")  # Everything is loaded.
        while True:
            run.send(_text_of(lines_of(run.receive(), mode)))


def _text_of(lines: Iterable[str]) -> bytearray:
    """Return lines as text; added up one by one, which takes a sixth less than to join and encode them all."""
    text = bytearray()
    for line in lines:
        text += line.encode("utf-8", "replace")
        text += b"\n"
    return text


if __name__ == "__main__":
    main()
