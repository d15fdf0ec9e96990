"""The process that makes the lines of a busy run: it reads packed items and answers with their text.

It is connected to the run by a socket and ends when that is cut.
"""

import gc
import signal
import socket
import sys
from contextlib import suppress

from hookscope.formats.line_channel import LineChannel
from hookscope.formats.packed_items import lines_of
from hookscope.settings import Output


def main() -> None:
    """Make lines until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    mode = Output(sys.argv[1])
    with socket.socket(fileno=int(sys.argv[2])) as end, suppress(EOFError):
        run = LineChannel(end)
        run.send(b"")  # Everything is loaded.
        while True:
            lines = lines_of(run.receive(), mode)
            run.send("".join([f"{line}\n" for line in lines]).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
