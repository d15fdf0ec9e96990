"""The process that makes the lines of a busy run: it reads packed items and answers with their text."""

import os
import sys
from collections.abc import Iterable

from hookscope.formats.packed_items import lines_of
from hookscope.helper_process import serve
from hookscope.settings import Output

_NICE = 10
"""Senders and the application wait for the run, nobody for its lines: they are made while it has nothing to do."""


def main() -> None:
    """Make lines until the run is gone."""
    os.nice(_NICE)
    mode = Output(sys.argv[1])
    serve(int(sys.argv[2]), lambda packed: _text_of(lines_of(packed, mode)))


def _text_of(lines: Iterable[str]) -> bytearray:
    """Return lines as text; added up one by one, which takes a sixth less than to join and encode them all."""
    text = bytearray()
    for line in lines:
        text += line.encode("utf-8", "replace")
        text += b"\n"
    return text


if __name__ == "__main__":
    main()
